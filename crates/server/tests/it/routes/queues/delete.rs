//! `DELETE /queues/{id}`

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    the_last_queue_and_one_that_a_flow_names_stay
}

async fn the_last_queue_and_one_that_a_flow_names_stay(it: &TestApp) {
    let path = |queue: &Value| format!("/queues/{}", queue["id"].as_str().unwrap());
    let first = it.get(&it.admin, "/queues").await["items"][0].clone();
    assert_eq!(it.call(&it.admin, Method::DELETE, &path(&first), None).await.0, StatusCode::CONFLICT);
    let sales = it.post(&it.admin, "/queues", json!({ "name": "Sales" })).await;
    let draft =
        json!({ "schema": 1, "start": "a", "nodes": { "a": { "type": "join_queue", "queue_id": sales["id"] } } });
    let flow = it.post(&it.admin, "/flows", json!({ "name": "To sales", "draft": draft })).await;
    let (status, problem) = it.call(&it.admin, Method::DELETE, &path(&sales), None).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem["detail"].as_str().unwrap().contains("To sales"), "{problem}");
    it.call(&it.admin, Method::PATCH, &path(&first), Some(json!({ "overflow_queue_id": sales["id"] }))).await;
    let (_, problem) = it.call(&it.admin, Method::DELETE, &path(&sales), None).await;
    assert!(problem["detail"].as_str().unwrap().contains("the queue \"General\""), "{problem}");
    it.call(&it.admin, Method::PATCH, &path(&first), Some(json!({ "overflow_queue_id": null }))).await;
    it.call(&it.admin, Method::DELETE, &format!("/flows/{}", flow["id"].as_str().unwrap()), None).await;
    assert_eq!(it.call(&it.admin, Method::DELETE, &path(&sales), None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(it.call(&it.admin, Method::DELETE, &path(&sales), None).await.0, StatusCode::NOT_FOUND);
}
