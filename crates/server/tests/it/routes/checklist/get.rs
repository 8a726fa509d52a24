//! `GET /checklist`

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_done_is_ticked() {
    let it = TestApp::start().await;
    let keys = async || {
        let list = it.get(&it.admin, "/checklist").await;
        let items = list["items"].as_array().unwrap().clone();
        items
            .into_iter()
            .map(|one| (one["key"].as_str().unwrap().to_owned(), one["done"] == true))
            .collect::<Vec<_>>()
    };
    let done = |ticks: [bool; 4]| {
        ["gateway", "page", "agent", "message"].map(str::to_owned).into_iter().zip(ticks).collect::<Vec<_>>()
    };
    assert_eq!(keys().await, done([false; 4]));
    it.connected().await;
    it.online(&it.admin).await;
    assert_eq!(keys().await, done([true, true, true, false]));
    it.stop().await;
}
