//! Events that wait for delivery: which apps get one (§5.1), in one queue per conversation so that order is kept (§2).

use super::{Channel, World};
use crate::clock::now_ms;
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

/// A change of WhatsApp, before it is known who gets it (§2.8).
pub struct Change {
    /// Name of the field that an app must be subscribed to.
    pub field: &'static str,
    /// The number or the business account.
    pub account_id: String,
    /// Whose conversation it is in; empty for what concerns the account.
    pub customer_id: String,
    /// The message that becomes "delivered" by it.
    pub mid: Option<String>,
    pub value: Value,
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
    /// Queues an event for every app that subscribed to its field on both levels (§5.1); returns their number.
    pub fn emit(&mut self, event: Event, mut done: Option<oneshot::Sender<bool>>) -> usize {
        let receivers = self.receivers(&event.page_id, event.field);
        let object = self.channel(&event.page_id).unwrap_or(Channel::Messenger).object();
        for app_id in &receivers {
            let body = json!({
                "object": object,
                "entry": [{"id": event.page_id, "time": now_ms(), "messaging": [event.item]}],
            });
            let outgoing =
                Outgoing { field: event.field.to_owned(), mid: event.mid.clone(), body, done: done.take() };
            self.enqueue((app_id.clone(), event.page_id.clone(), event.customer_id.clone()), outgoing);
        }
        receivers.len()
    }

    /// The same for a change of WhatsApp, whose entry has no time.
    pub fn emit_change(&mut self, change: Change, mut done: Option<oneshot::Sender<bool>>) -> usize {
        let receivers = self.receivers(&change.account_id, change.field);
        let waba_id = self.waba_of(&change.account_id).map(|waba| waba.seed.id.clone()).unwrap_or_default();
        for app_id in &receivers {
            let body = json!({
                "object": Channel::WhatsApp.object(),
                "entry": [{"id": waba_id, "changes": [{"field": change.field, "value": change.value}]}],
            });
            let (field, mid) = (change.field.to_owned(), change.mid.clone());
            let outgoing = Outgoing { field, mid, body, done: done.take() };
            self.enqueue((app_id.clone(), change.account_id.clone(), change.customer_id.clone()), outgoing);
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
        let channel = self.channel(page_id).unwrap_or(Channel::Messenger);
        let entry = match carrier {
            Carrier::Changes if channel == Channel::WhatsApp => {
                json!({"id": self.waba_of(page_id).map(|waba| &waba.seed.id), "changes": [item]})
            }
            Carrier::Messaging => json!({"id": page_id, "time": now_ms(), "messaging": [item]}),
            Carrier::Standby => json!({"id": page_id, "time": now_ms(), "standby": [item]}),
            Carrier::Changes => json!({"id": page_id, "time": now_ms() / 1000, "changes": [item]}),
            Carrier::Body => Value::Null,
        };
        let body =
            if carrier == Carrier::Body { item } else { json!({"object": channel.object(), "entry": [entry]}) };
        let receivers = self.receivers(page_id, field);
        for app_id in &receivers {
            let outgoing = Outgoing { field: field.to_owned(), mid: None, body: body.clone(), done: None };
            self.enqueue((app_id.clone(), page_id.to_owned(), customer_id.to_owned()), outgoing);
        }
        receivers.len()
    }

    /// Live apps that are subscribed to a field of a Page; none while the queue is full.
    fn receivers(&self, page_id: &str, field: &str) -> Vec<String> {
        let waiting: usize = self.queues.values().map(VecDeque::len).take(10_000).sum();
        if waiting > QUEUE_LIMIT {
            tracing::warn!("more than {QUEUE_LIMIT} webhooks wait; an event is dropped");
            return Vec::new();
        }
        self.subscribers(page_id, field)
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
