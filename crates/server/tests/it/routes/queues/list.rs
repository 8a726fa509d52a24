//! `GET /queues`

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_installation_has_the_queue_general() {
    let it = TestApp::start().await;
    let list = it.get(&it.admin, "/queues").await;
    let general = &list["items"][0];
    assert_eq!((&general["name"], &general["all_agents"]), (&"General".into(), &true.into()));
    assert_eq!((&general["offer_seconds"], &general["missed_limit"]), (&30.into(), &3.into()));
    assert_eq!(general["wrap_up_seconds"], 0);
    it.stop().await;
}
