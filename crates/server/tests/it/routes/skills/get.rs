//! `GET /skills/{id}`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_skill_is_read() {
    let it = TestApp::start().await;
    let skill = it.post(&it.admin, "/skills", json!({ "name": "Ukrainian" })).await;
    let path = format!("/skills/{}", skill["id"].as_str().unwrap());
    assert_eq!(it.get(&it.admin, &path).await, skill);
    assert_eq!(it.call(&it.admin, Method::GET, "/skills/x", None).await.0, StatusCode::NOT_FOUND);
    it.stop().await;
}
