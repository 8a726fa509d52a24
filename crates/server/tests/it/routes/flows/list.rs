//! `GET /flows`

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_installation_has_the_welcome_flow_published() {
    let it = TestApp::start().await;
    let list = it.get(&it.admin, "/flows").await;
    assert_eq!(list["items"][0]["name"], "Welcome");
    assert_eq!(list["items"][0]["published_version"], 1);
    assert_eq!(list["items"][0]["problems"].as_array().map(Vec::len), Some(0));
    assert!(list["next"].is_null());
    it.stop().await;
}
