//! `GET /close-reasons/{id}`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_close_reason_is_read() {
    let it = TestApp::start().await;
    let reason = it.post(&it.admin, "/close-reasons", json!({ "name": "Solved" })).await;
    let path = format!("/close-reasons/{}", reason["id"].as_str().unwrap());
    assert_eq!(it.get(&it.admin, &path).await, reason);
    assert_eq!(it.call(&it.admin, Method::GET, "/close-reasons/x", None).await.0, StatusCode::NOT_FOUND);
    it.stop().await;
}
