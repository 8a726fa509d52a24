//! `DELETE /quick-replies/{id}`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_goes() {
    let it = TestApp::start().await;
    let reply = it
        .post(&it.admin, "/quick-replies", json!({ "shortcut": "hi", "title": "Greeting", "text": "Hello" }))
        .await;
    let path = format!("/quick-replies/{}", reply["id"].as_str().unwrap());
    assert_eq!(it.call(&it.admin, Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(it.call(&it.admin, Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
    it.stop().await;
}
