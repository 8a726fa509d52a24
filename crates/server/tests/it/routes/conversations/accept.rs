//! `POST /conversations/{id}/accept`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    the_agent_who_is_offered_it_takes_it_once
}

async fn the_agent_who_is_offered_it_takes_it_once(it: &TestApp) {
    it.connected().await;
    let ben = it.user("Ben", Role::Agent).await;
    it.online(&ben).await;
    it.asks_for_an_agent("olena").await;
    let id = it.offered(&ben).await["id"].as_str().unwrap().to_owned();
    let path = format!("/conversations/{id}/accept");
    let carla = it.user("Carla", Role::Agent).await;
    assert_eq!(it.call(&carla, Method::POST, &path, None).await.0, StatusCode::CONFLICT, "offered to another");
    let taken = it.post(&ben, &path, json!({})).await;
    assert_eq!((&taken["state"], &taken["agent"]["name"]), (&json!("active"), &json!("Ben")));
    let (status, problem) = it.call(&carla, Method::POST, &path, None).await;
    assert_eq!(status, StatusCode::CONFLICT, "too late: {problem}");
    assert_eq!(it.call(&ben, Method::POST, "/conversations/1/accept", None).await.0, StatusCode::NOT_FOUND);
}
