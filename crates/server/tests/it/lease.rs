//! The lease on the background work: who loses it stops, and continues once it is free again.

use serde_json::json;
use store::testing;

use crate::app::TestApp;

const GIVE_AWAY: &str = "UPDATE lease SET owner = 'another', until = $1 WHERE name = 'work'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_loses_the_lease_stops_and_goes_on_when_it_is_free() {
    let it = TestApp::start().await;
    it.connected().await;
    it.until("the background work", async || it.workers().contains(&"inbox").then_some(())).await;

    let give = async |until: i64| {
        testing::execute(&it.store, GIVE_AWAY, testing::params![until]).await.unwrap();
    };
    give(i64::MAX).await;
    it.until("the background work to stop", async || (!it.workers().contains(&"inbox")).then_some(())).await;
    assert!(it.workers().contains(&"live_events"), "what needs no lease goes on");
    it.writes("olena", json!({ "text": "Hello" })).await;

    give(0).await;
    it.phone_shows("olena", "").await;
    it.stop().await;
}
