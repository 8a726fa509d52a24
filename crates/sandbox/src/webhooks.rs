//! Webhooks to the apps: who gets an event, signing, order within a conversation, retries (§2).

use crate::clock::now_ms;
use crate::crypto::{hmac_sha1_hex, hmac_sha256_hex};
use crate::faults::Kind;
use crate::seed::Mode;
use crate::world::World;
use crate::{Shared, ascii, callbacks, patience};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

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
    /// Told when the delivery is over, with its success.
    pub done: Option<oneshot::Sender<bool>>,
}

/// An event of the `messaging` array, before it is known who gets it.
pub struct Event {
    /// Name of the field that an app must be subscribed to.
    pub field: &'static str,
    /// The Page.
    pub page_id: String,
    /// The customer.
    pub customer_id: String,
    /// The message that becomes "delivered" by it.
    pub mid: Option<String>,
    /// The item of `messaging` (§2.4).
    pub item: Value,
}

/// Where in the body an item stands (§2.3, §2.4).
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

    /// The same for an item of any kind, which nobody has looked at.
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

    /// Live apps that are subscribed to a field of a Page; nobody while too much waits already.
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

    fn enqueue(&mut self, key: QueueKey, outgoing: Outgoing) {
        if let Some(queue) = self.queues.get_mut(&key) {
            queue.push_back(outgoing);
        } else {
            self.queues.insert(key.clone(), VecDeque::from([outgoing]));
            let _ = self.wake.send(key);
        }
    }
}

/// Starts one worker per conversation that has something to deliver.
pub async fn dispatch(shared: Shared, mut woken: mpsc::UnboundedReceiver<QueueKey>) {
    while let Some(key) = woken.recv().await {
        tokio::spawn(work(shared.clone(), key));
    }
}

/// Delivers the queue of one conversation, one event after the other, until it is empty.
async fn work(shared: Shared, key: QueueKey) {
    let mut stopping = shared.stopping.subscribe();
    loop {
        let outgoing = {
            let mut world = shared.world();
            match world.queues.get_mut(&key).and_then(VecDeque::pop_front) {
                Some(outgoing) => outgoing,
                None => {
                    world.queues.remove(&key);
                    return;
                }
            }
        };
        tokio::select! {
            () = deliver(&shared, &key, outgoing) => {}
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
    }
}

async fn deliver(shared: &Shared, key: &QueueKey, mut outgoing: Outgoing) {
    let (_, page_id, customer_id) = key;
    let fault = |kind| {
        let mut world = shared.world();
        world
            .take_conversation_fault(kind, page_id, customer_id)
            .or_else(|| world.chaos_webhook(kind, page_id, customer_id))
    };
    if fault(Kind::WebhookDrop).is_some() {
        log(shared, key, &outgoing, json!({"error": "Dropped by a fault."}));
        return;
    }
    if fault(Kind::WebhookReorder).is_some() {
        outgoing = swap_with_next(shared, key, outgoing).await;
    }
    if let Some(fault) = fault(Kind::WebhookDelay) {
        tokio::time::sleep(Duration::from_millis(fault.delay_ms)).await;
    }
    let delivered = deliver_with_retries(shared, key, &outgoing).await;
    if let Some(fault) = fault(Kind::WebhookDuplicate) {
        for _ in 1..fault.copies.unwrap_or(1) {
            attempt(shared, key, &outgoing, 1).await;
        }
        if fault.delay_ms == 0 {
            attempt(shared, key, &outgoing, 1).await;
        } else {
            straggler(shared, key, &outgoing, fault.delay_ms);
        }
    }
    if delivered && let Some(mid) = &outgoing.mid {
        let mut world = shared.world();
        if let Some(message) = world.thread(page_id, customer_id).find(mid) {
            message.delivered = true;
        }
        world.touch(page_id, customer_id);
    }
    if let Some(done) = outgoing.done {
        let _ = done.send(delivered);
    }
}

/// Delivers one more copy later, when others of the conversation have passed.
fn straggler(shared: &Shared, key: &QueueKey, outgoing: &Outgoing, delay_ms: u64) {
    let (shared, key) = (shared.clone(), key.clone());
    let copy = Outgoing { field: outgoing.field.clone(), mid: None, body: outgoing.body.clone(), done: None };
    tokio::spawn(async move {
        let mut stopping = shared.stopping.subscribe();
        let late = async {
            tokio::time::sleep(Duration::from_millis(delay_ms)).await;
            attempt(&shared, &key, &copy, 1).await;
        };
        tokio::select! {
            () = late => {}
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
    });
}

/// Puts the event back behind the next one of the conversation and answers that one.
async fn swap_with_next(shared: &Shared, key: &QueueKey, outgoing: Outgoing) -> Outgoing {
    for _ in 0..20 {
        {
            let mut world = shared.world();
            if let Some(queue) = world.queues.get_mut(key)
                && let Some(next) = queue.pop_front()
            {
                queue.push_front(outgoing);
                return next;
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    outgoing
}

async fn deliver_with_retries(shared: &Shared, key: &QueueKey, outgoing: &Outgoing) -> bool {
    let attempts = shared.world().settings.webhook_attempts.clamp(1, 1_000);
    for number in 1..=attempts {
        if number > 1 {
            patience::sleep(shared, patience::wait_before(number)).await;
        }
        match attempt(shared, key, outgoing, number).await {
            Attempt::Delivered => return true,
            Attempt::Gone => return false,
            Attempt::Failed => {}
        }
    }
    false
}

enum Attempt {
    Delivered,
    Failed,
    /// The app is no longer subscribed: nobody to deliver to.
    Gone,
}

async fn attempt(shared: &Shared, key: &QueueKey, outgoing: &Outgoing, number: u32) -> Attempt {
    let target = {
        let world = shared.world();
        let subscribed = world.pages.get(&key.1).is_some_and(|page| page.subscribed_apps.contains_key(&key.0));
        world.apps.get(&key.0).filter(|_| subscribed).and_then(|app| {
            let subscription = app.subscriptions.get("page")?;
            Some((subscription.callback_url.clone(), app.settings.secret.clone()))
        })
    };
    let Some((url, secret)) = target else {
        return Attempt::Gone;
    };
    let started = Instant::now();
    let permit = shared.delivery_permits.acquire().await;
    let answer = post_signed(shared, &url, &secret, ascii::to_bytes(&outgoing.body)).await;
    drop(permit);
    let mut entry = json!({"attempt": number, "url": url, "ms": started.elapsed().as_millis() as u64});
    let delivered = match answer {
        Ok(status) => {
            entry["status"] = json!(status);
            status == 200
        }
        Err(error) => {
            entry["error"] = json!(error);
            false
        }
    };
    log(shared, key, outgoing, entry);
    let mut world = shared.world();
    if delivered {
        world.webhook_succeeded(&key.0, &key.1);
        return Attempt::Delivered;
    }
    if world.webhook_failed(&key.0, &key.1) { Attempt::Gone } else { Attempt::Failed }
}

/// Posts a body with both signature headers (§2.2); answers the HTTP status or why there is none.
pub async fn post_signed(shared: &Shared, url: &str, secret: &str, body: Vec<u8>) -> Result<u16, String> {
    let (timeout, external) = {
        let world = shared.world();
        (world.settings.webhook_timeout_ms, world.settings.allow_external)
    };
    callbacks::check_target(url, external)?;
    let answer = shared
        .http
        .post(url)
        .header("content-type", "application/json")
        .header("user-agent", "facebookexternalua")
        .header("x-hub-signature", format!("sha1={}", hmac_sha1_hex(secret, &body)))
        .header("x-hub-signature-256", format!("sha256={}", hmac_sha256_hex(secret, &body)))
        .timeout(Duration::from_millis(timeout))
        .body(body)
        .send()
        .await;
    answer.map(|answer| answer.status().as_u16()).map_err(|error| callbacks::describe(&error))
}

fn log(shared: &Shared, key: &QueueKey, outgoing: &Outgoing, mut entry: Value) {
    entry["kind"] = json!("webhook");
    entry["app_id"] = json!(key.0);
    entry["page_id"] = json!(key.1);
    entry["customer_id"] = json!(key.2);
    entry["field"] = json!(outgoing.field);
    entry["body"] = outgoing.body.clone();
    shared.world().log_delivery(entry);
}
