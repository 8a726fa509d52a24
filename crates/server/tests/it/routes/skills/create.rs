//! `POST /skills`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_skill_is_made_once() {
    let it = TestApp::start().await;
    let skill = it.post(&it.admin, "/skills", json!({ "name": " Ukrainian " })).await;
    assert_eq!(skill["name"], "Ukrainian");
    let again = it.call(&it.admin, Method::POST, "/skills", Some(json!({ "name": "Ukrainian" }))).await;
    assert_eq!(again.0, StatusCode::CONFLICT);
    it.stop().await;
}
