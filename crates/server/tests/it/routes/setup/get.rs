//! `GET /setup`

use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_installation_with_a_user_needs_no_set_up() {
    let it = TestApp::start().await;
    let answer = it.http().get(format!("{}/api/v1/setup", it.url)).send().await.unwrap();
    assert_eq!(answer.json::<serde_json::Value>().await.unwrap(), json!({ "needed": false }));
    it.stop().await;
}
