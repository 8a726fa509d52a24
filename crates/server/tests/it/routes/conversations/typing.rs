//! `POST /conversations/{id}/typing`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::active;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn typing_is_shown_where_one_may_write() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let (status, _) = it.call(&ben, Method::POST, &format!("/conversations/{id}/typing"), Some(json!({}))).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(it.call(&ben, Method::POST, "/conversations/1/typing", None).await.0, StatusCode::NOT_FOUND);
    it.stop().await;
}
