//! Deliveries.

mod counts;
mod dismiss;
mod get;
mod list;
mod retry;

use domain::id::DeliveryId;
use domain::not_applied::NotApplied;
use domain::time::Micros;
use serde_json::json;
use store::table::inbox::{self, Arrived};

use crate::app::{LAVKA, TestApp};

/// Stores a delivery of Lavka's that could not be read when it came, and could be now. Returns its id.
pub async fn failed_delivery(it: &TestApp, gateway: &str) -> DeliveryId {
    let message = json!({ "mid": "m_failed", "text": "Late" });
    let event = json!({ "sender": { "id": "4242" }, "recipient": { "id": LAVKA }, "timestamp": 1_790_000_000_001_i64,
        "message": message });
    let body = json!({ "object": "page", "entry": [{ "id": LAVKA, "time": 1, "messaging": [event] }] });
    let id = DeliveryId(engine::clock::id_at(it.clock.now()) + 7);
    let arrived = Arrived {
        id,
        gateway: gateway.parse().unwrap(),
        page: Some(LAVKA.into()),
        at: Micros(0),
        body: body.to_string().into_bytes(),
        keys: vec![],
        unreadable: Some(NotApplied::Mistake {}),
    };
    it.store.commit(inbox::arrive(arrived)).await.unwrap();
    id
}
