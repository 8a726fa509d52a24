//! `PATCH /close-reasons/{id}`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stale_version_does_not_overwrite() {
    let it = TestApp::start().await;
    let reason = it.post(&it.admin, "/close-reasons", json!({ "name": "Solved" })).await;
    let path = format!("/close-reasons/{}", reason["id"].as_str().unwrap());
    let change = json!({ "name": "Answered", "version": reason["version"] });
    let (status, changed) = it.call(&it.admin, Method::PATCH, &path, Some(change.clone())).await;
    assert_eq!((status, &changed["name"]), (StatusCode::OK, &"Answered".into()));
    let (status, stale) = it.call(&it.admin, Method::PATCH, &path, Some(change)).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(stale["current"], changed);
    it.stop().await;
}
