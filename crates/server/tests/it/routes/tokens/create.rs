//! `POST /tokens`

use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_shown_once_and_has_the_rights_of_its_user() {
    let it = TestApp::start().await;
    let made = it.post(&it.admin, "/tokens", json!({ "name": "Export" })).await;
    let token = made["token"].as_str().unwrap();
    assert!(token.starts_with("dbk_"));
    assert_eq!(it.get(token, "/me").await["user"], it.get(&it.admin, "/me").await["user"]);
    it.stop().await;
}
