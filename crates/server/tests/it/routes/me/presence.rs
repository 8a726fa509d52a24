//! `POST /me/presence`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_beat_is_taken() {
    let it = TestApp::start().await;
    let (status, _) = it.call(&it.admin, Method::POST, "/me/presence", Some(json!({}))).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    it.stop().await;
}
