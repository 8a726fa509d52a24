//! `GET /summary`

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_desk_has_nothing_to_do() {
    let it = TestApp::start().await;
    let summary = it.get(&it.admin, "/summary").await;
    for figure in ["offers", "mine", "waiting", "unread"] {
        assert_eq!(summary[figure], 0, "{figure}");
    }
    assert_eq!(summary["queues"][0]["name"], "General");
    it.stop().await;
}
