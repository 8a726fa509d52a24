//! `POST /conversations/{id}/extend-wrap-up`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    the_agent_gets_more_time
}

async fn the_agent_gets_more_time(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let path = format!("/conversations/{id}/extend-wrap-up");
    assert_eq!(it.call(&ben, Method::POST, &path, None).await.0, StatusCode::CONFLICT, "it is open");
    let queue = it.get(&it.admin, "/queues").await["items"][0]["id"].as_str().unwrap().to_owned();
    let change = json!({ "wrap_up_seconds": 600 });
    it.call(&it.admin, Method::PATCH, &format!("/queues/{queue}"), Some(change)).await;
    let closed = it.post(&ben, &format!("/conversations/{id}/close"), json!({})).await;
    assert_eq!(it.call(&it.admin, Method::POST, &path, None).await.0, StatusCode::CONFLICT, "it is Ben's");
    let more = it.post(&ben, &path, json!({})).await;
    assert_eq!(more["state"], "wrap_up");
    assert!(more["wrap_up_until"].as_str() > closed["wrap_up_until"].as_str(), "{more}");
    it.post(&ben, &format!("/conversations/{id}/close"), json!({})).await;
    assert_eq!(it.call(&ben, Method::POST, &path, None).await.0, StatusCode::CONFLICT, "it is over");
}
