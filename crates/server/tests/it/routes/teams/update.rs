//! `PATCH /teams/{id}`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stale_version_does_not_overwrite() {
    let it = TestApp::start().await;
    let team = it.post(&it.admin, "/teams", json!({ "name": "Sales" })).await;
    let path = format!("/teams/{}", team["id"].as_str().unwrap());
    let change = json!({ "name": "Support", "version": team["version"] });
    let (status, changed) = it.call(&it.admin, Method::PATCH, &path, Some(change.clone())).await;
    assert_eq!((status, &changed["name"]), (StatusCode::OK, &"Support".into()));
    let (status, stale) = it.call(&it.admin, Method::PATCH, &path, Some(change)).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(stale["current"], changed);
    it.stop().await;
}
