//! `GET /flow-secrets`

use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_installation_has_none() {
    let it = TestApp::start().await;
    assert_eq!(it.get(&it.admin, "/flow-secrets").await, json!({ "names": [] }));
    it.stop().await;
}
