//! `PUT /flows/{id}`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_with_problems_is_saved_and_a_stale_version_is_not() {
    let it = TestApp::start().await;
    let flow = it.post(&it.admin, "/flows", json!({ "name": "Night" })).await;
    let path = format!("/flows/{}", flow["id"].as_str().unwrap());
    let mut draft = flow["draft"].clone();
    draft["start"] = json!("nowhere");
    let change = json!({ "draft": draft, "version": flow["version"] });
    let (status, saved) = it.call(&it.admin, Method::PUT, &path, Some(change.clone())).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(saved["problems"][0]["pointer"], "/draft/start");
    let (status, stale) = it.call(&it.admin, Method::PUT, &path, Some(change)).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(stale["current"]["version"], saved["version"]);
    it.stop().await;
}
