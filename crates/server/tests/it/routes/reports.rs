//! Routes of `/reports`.

mod get;
mod rows;

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixture::active;

/// A conversation that Ben answered 30 seconds after he accepted it, a minute after the customer asked, and closed a minute
/// later; another one waits. His token, its id, and the report of volume that has both.
async fn a_day_of_work(it: &TestApp) -> (String, String, Value) {
    let (ben, id, _) = active(it).await;
    it.clock.advance(30_000_000);
    it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": "Hello, Olena" })).await;
    it.clock.advance(60_000_000);
    it.post(&ben, &format!("/conversations/{id}/close"), json!({ "reason": "solved" })).await;
    it.asks_for_an_agent("maria").await;
    let report = it
        .until("both are counted", async || {
            let report = it.get(&it.admin, "/reports/volume?by=queue").await;
            (report["total"]["queued"] == 2 && report["total"]["closed"] == 1).then_some(report)
        })
        .await;
    (ben, id, report)
}
