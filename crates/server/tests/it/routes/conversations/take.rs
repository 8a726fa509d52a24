//! `POST /conversations/{id}/take`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    a_supervisor_takes_a_conversation_over
}

async fn a_supervisor_takes_a_conversation_over(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let path = format!("/conversations/{id}/take");
    assert_eq!(it.call(&ben, Method::POST, &path, None).await.0, StatusCode::FORBIDDEN);
    let sue = it.user("Sue", Role::Supervisor).await;
    let taken = it.post(&sue, &path, json!({})).await;
    assert_eq!((&taken["state"], &taken["agent"]["name"]), (&json!("active"), &json!("Sue")));
    it.post(&sue, &format!("/conversations/{id}/close"), json!({})).await;
    assert_eq!(it.call(&sue, Method::POST, &path, None).await.0, StatusCode::CONFLICT, "it is closed");
    assert_eq!(it.call(&sue, Method::POST, "/conversations/1/take", None).await.0, StatusCode::NOT_FOUND);
}
