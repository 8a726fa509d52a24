//! `POST /flows`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flow_without_a_draft_is_a_copy_of_welcome_that_nobody_meets() {
    let it = TestApp::start().await;
    let flow = it.post(&it.admin, "/flows", json!({ "name": " Night " })).await;
    assert_eq!(flow["name"], "Night");
    assert!(flow["published_version"].is_null() && flow["published"].is_null());
    assert_eq!(flow["draft"]["schema"], 1);
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_is_taken_and_a_draft_of_no_shape_are_refused() {
    let it = TestApp::start().await;
    let (status, problem) = it.call(&it.admin, Method::POST, "/flows", Some(json!({ "name": "Welcome" }))).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(problem["errors"][0]["pointer"], "/name");
    let draft = json!({ "name": "Night", "draft": { "schema": 1 } });
    let (status, problem) = it.call(&it.admin, Method::POST, "/flows", Some(draft)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["pointer"], "/draft/start");
    it.stop().await;
}
