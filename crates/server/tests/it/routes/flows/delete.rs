//! `DELETE /flows/{id}`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flow_that_greets_stays_and_another_goes() {
    let it = TestApp::start().await;
    let gateway = it.gateway().await;
    let used = format!("/flows/{}", gateway["flow_id"].as_str().unwrap());
    let (status, problem) = it.call(&it.admin, Method::DELETE, &used, None).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem["detail"].as_str().unwrap().contains("Lavka"), "{problem}");
    let flow = it.post(&it.admin, "/flows", json!({ "name": "Night" })).await;
    let path = format!("/flows/{}", flow["id"].as_str().unwrap());
    assert_eq!(it.call(&it.admin, Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(it.call(&it.admin, Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
    it.stop().await;
}
