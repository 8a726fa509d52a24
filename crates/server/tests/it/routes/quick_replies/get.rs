//! `GET /quick-replies/{id}`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_reply_is_read() {
    let it = TestApp::start().await;
    let reply = it
        .post(&it.admin, "/quick-replies", json!({ "shortcut": "hi", "title": "Greeting", "text": "Hello" }))
        .await;
    let path = format!("/quick-replies/{}", reply["id"].as_str().unwrap());
    assert_eq!(it.get(&it.admin, &path).await, reply);
    assert_eq!(it.call(&it.admin, Method::GET, "/quick-replies/1", None).await.0, StatusCode::NOT_FOUND);
    it.stop().await;
}
