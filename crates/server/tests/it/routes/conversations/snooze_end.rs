//! `DELETE /conversations/{id}/snooze`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    its_agent_brings_it_back_and_so_does_a_supervisor
}

async fn its_agent_brings_it_back_and_so_does_a_supervisor(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let path = format!("/conversations/{id}/snooze");
    assert_eq!(it.call(&ben, Method::DELETE, &path, None).await.0, StatusCode::CONFLICT, "it is not set aside");
    let (sue, carla) = (it.user("Sue", Role::Supervisor).await, it.user("Carla", Role::Agent).await);
    for token in [&ben, &sue] {
        it.post(&ben, &path, json!({ "until": null })).await;
        assert_eq!(it.call(&carla, Method::DELETE, &path, None).await.0, StatusCode::NOT_FOUND);
        let (status, back) = it.call(token, Method::DELETE, &path, None).await;
        assert_eq!(
            (status, &back["state"], &back["agent"]["name"]),
            (StatusCode::OK, &json!("active"), &json!("Ben"))
        );
    }
}
