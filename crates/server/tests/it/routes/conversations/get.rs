//! `GET /conversations/{id}`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    it_is_shown_to_its_agent_and_to_supervisors
}

async fn it_is_shown_to_its_agent_and_to_supervisors(it: &TestApp) {
    let (ben, id, gateway) = active(it).await;
    let path = format!("/conversations/{id}");
    let sue = it.user("Sue", Role::Supervisor).await;
    for token in [&ben, &sue] {
        let shown = it.get(token, &path).await;
        assert_eq!(
            (&shown["id"], &shown["state"], &shown["gateway_id"]),
            (&json!(id), &json!("active"), &json!(gateway))
        );
        assert_eq!(shown["window"]["open"], true);
    }
    let carla = it.user("Carla", Role::Agent).await;
    assert_eq!(it.call(&carla, Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(it.call(&sue, Method::GET, "/conversations/1", None).await.0, StatusCode::NOT_FOUND);
}
