//! Events that wait for delivery: which apps get one (§5.1), in one queue per conversation so that order is kept (§2).

use super::World;
use crate::clock::now_ms;
use crate::seed::Mode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::VecDeque;
use tokio::sync::oneshot;

/// How many deliveries may wait in all.
const QUEUE_LIMIT: usize = 100_000;

/// App, Page, customer: events of one such conversation are delivered in order.
pub type QueueKey = (String, String, String);

/// One event on its way to one app.
pub struct Outgoing {
    /// Name of the subscribed field, for the log.
    pub field: String,
    /// The message that becomes "delivered" by it.
    pub mid: Option<String>,
    /// The whole body.
    pub body: Value,
    /// Receives whether the delivery succeeded, once it is over.
    pub done: Option<oneshot::Sender<bool>>,
}

/// An event of the `messaging` array, before it is known who gets it.
pub struct Event {
    /// Name of the field that an app must be subscribed to.
    pub field: &'static str,
    pub page_id: String,
    pub customer_id: String,
    /// The message that becomes "delivered" by it.
    pub mid: Option<String>,
    /// The item of `messaging` (§2.4).
    pub item: Value,
}

/// The place of an item in the body (§2.3, §2.4).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Carrier {
    /// `entry[].messaging[]`.
    #[default]
    Messaging,
    /// `entry[].standby[]`: another app holds the thread.
    Standby,
    /// `entry[].changes[]`; its time is in seconds.
    Changes,
    /// It is the whole body.
    Body,
}

impl World {
    /// Queues an event for every app that subscribed to its field on both levels (§5.1); answers how many.
    pub fn emit(&mut self, event: Event, mut done: Option<oneshot::Sender<bool>>) -> usize {
        let receivers = self.receivers(&event.page_id, event.field);
        for app_id in &receivers {
            let body = json!({
                "object": "page",
                "entry": [{"id": event.page_id, "time": now_ms(), "messaging": [event.item]}],
            });
            let outgoing =
                Outgoing { field: event.field.to_owned(), mid: event.mid.clone(), body, done: done.take() };
            self.enqueue((app_id.clone(), event.page_id.clone(), event.customer_id.clone()), outgoing);
        }
        receivers.len()
    }

    /// The same for an item of any kind, without checks.
    pub fn emit_raw(
        &mut self,
        page_id: &str,
        customer_id: &str,
        field: &str,
        carrier: Carrier,
        item: Value,
    ) -> usize {
        let entry = match carrier {
            Carrier::Messaging => json!({"id": page_id, "time": now_ms(), "messaging": [item]}),
            Carrier::Standby => json!({"id": page_id, "time": now_ms(), "standby": [item]}),
            Carrier::Changes => json!({"id": page_id, "time": now_ms() / 1000, "changes": [item]}),
            Carrier::Body => Value::Null,
        };
        let body = if carrier == Carrier::Body { item } else { json!({"object": "page", "entry": [entry]}) };
        let receivers = self.receivers(page_id, field);
        for app_id in &receivers {
            let outgoing = Outgoing { field: field.to_owned(), mid: None, body: body.clone(), done: None };
            self.enqueue((app_id.clone(), page_id.to_owned(), customer_id.to_owned()), outgoing);
        }
        receivers.len()
    }

    /// Live apps that are subscribed to a field of a Page; none while the queue is full.
    fn receivers(&self, page_id: &str, field: &str) -> Vec<String> {
        let Some(page) = self.pages.get(page_id) else { return Vec::new() };
        let waiting: usize = self.queues.values().map(VecDeque::len).take(10_000).sum();
        if waiting > QUEUE_LIMIT {
            tracing::warn!("more than {QUEUE_LIMIT} webhooks wait; an event is dropped");
            return Vec::new();
        }
        page.subscribed_apps
            .iter()
            .filter(|(_, fields)| fields.contains(field))
            .filter_map(|(id, _)| self.apps.get(id))
            .filter(|app| app.settings.mode == Mode::Live)
            .filter(|app| app.subscriptions.get("page").is_some_and(|own| own.fields.contains(field)))
            .map(|app| app.settings.id.clone())
            .collect()
    }

    /// How many events wait or are being delivered.
    pub fn waiting_deliveries(&self) -> usize {
        self.queues.values().map(|queue| queue.len() + 1).sum()
    }

    fn enqueue(&mut self, key: QueueKey, outgoing: Outgoing) {
        if let Some(queue) = self.queues.get_mut(&key) {
            queue.push_back(outgoing);
        } else {
            self.queues.insert(key.clone(), VecDeque::from([outgoing]));
            let _ = self.wake.send(key);
        }
    }
}
