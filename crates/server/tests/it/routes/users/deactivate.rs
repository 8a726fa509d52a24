//! `POST /users/{id}/deactivate`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    who_is_deactivated_is_signed_out_and_their_conversations_go_to_others
}

async fn who_is_deactivated_is_signed_out_and_their_conversations_go_to_others(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let his = it.get(&ben, "/me").await["user"]["id"].as_str().unwrap().to_owned();
    let off = it.post(&it.admin, &format!("/users/{his}/deactivate"), json!({})).await;
    assert_eq!(off["active"], false);
    assert_eq!(it.call(&ben, Method::GET, "/me", None).await.0, StatusCode::UNAUTHORIZED);
    assert_ne!(it.get(&it.admin, &format!("/conversations/{id}")).await["state"], "active");
    let own = it.get(&it.admin, "/me").await["user"]["id"].as_str().unwrap().to_owned();
    let (status, problem) = it.call(&it.admin, Method::POST, &format!("/users/{own}/deactivate"), None).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem["detail"].as_str().unwrap().contains("last administrator"), "{problem}");
    let (status, _) = it.call(&it.admin, Method::POST, "/users/1/deactivate", None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
