//! `GET /entry-points`

use crate::app::TestApp;

use super::made;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_as_it_was_made() {
    let it = TestApp::start().await;
    it.connected().await;
    let made = made(&it).await;
    let list = it.get(&it.admin, "/entry-points").await;
    assert_eq!((&list["items"][0], &list["next"]), (&made, &serde_json::Value::Null));
    it.stop().await;
}
