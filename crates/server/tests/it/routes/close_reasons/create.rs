//! `POST /close-reasons`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_close_reason_is_made_once() {
    let it = TestApp::start().await;
    let reason = it.post(&it.admin, "/close-reasons", json!({ "name": " Solved " })).await;
    assert_eq!(reason["name"], "Solved");
    let again = it.call(&it.admin, Method::POST, "/close-reasons", Some(json!({ "name": "Solved" }))).await;
    assert_eq!(again.0, StatusCode::CONFLICT);
    it.stop().await;
}
