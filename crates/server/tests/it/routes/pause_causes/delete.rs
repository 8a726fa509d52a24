//! `DELETE /pause-causes/{id}`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cause_goes() {
    let it = TestApp::start().await;
    let cause = it.post(&it.admin, "/pause-causes", json!({ "name": "Dentist" })).await;
    let path = format!("/pause-causes/{}", cause["id"].as_str().unwrap());
    assert_eq!(it.call(&it.admin, Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(it.call(&it.admin, Method::DELETE, &path, None).await.0, StatusCode::NOT_FOUND);
    it.stop().await;
}
