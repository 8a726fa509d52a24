//! `GET /tokens`

use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_listed_without_themselves() {
    let it = TestApp::start().await;
    it.post(&it.admin, "/tokens", json!({ "name": "Export" })).await;
    let list = it.get(&it.admin, "/tokens").await;
    let token = list["items"].as_array().unwrap().iter().find(|token| token["name"] == "Export").unwrap();
    assert!(token.get("token").is_none() && token["last_used_at"].is_null(), "{token}");
    it.stop().await;
}
