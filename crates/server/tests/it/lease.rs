//! The lease on the background work: who loses it stops, and continues once it is free again.

use serde_json::json;
use store::testing;

use crate::app::{Engine, TestApp};

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_starts_takes_the_lease_from_the_dead_on_sqlite() {
    takes_over(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_starts_takes_the_lease_from_the_dead_on_postgres() {
    takes_over(Engine::Postgres).await;
}

async fn takes_over(engine: Engine) {
    let Some(mut it) = TestApp::start_process_on(engine, "info").await else { return };
    it.connected().await;
    it.kill();
    testing::execute(&it.store, GIVE_AWAY, testing::params![i64::MAX / 2]).await.unwrap();
    it.restart().await;
    it.writes("olena", json!({ "text": "Hello" })).await;
    it.phone_shows("olena", "").await;
    it.stop().await;
}
