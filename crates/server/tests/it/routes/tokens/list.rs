//! `GET /tokens`

use domain::role::Role;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_listed_without_themselves() {
    let it = TestApp::start().await;
    it.person("Ben", Role::Agent).await;
    let own = it.makes_token("ben@example.org", "Script").await["token"].clone();
    it.makes_token("ben@example.org", "Export").await;
    let list = it.get(own.as_str().unwrap(), "/tokens").await;
    let token = list["items"].as_array().unwrap().iter().find(|token| token["name"] == "Export").unwrap();
    assert!(token.get("token").is_none() && token["last_used_at"].is_null(), "{token}");
    it.stop().await;
}
