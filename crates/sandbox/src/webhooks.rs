//! Delivers webhooks to the apps: signing, order within a conversation, retries (§2).

use crate::crypto::{hmac_sha1_hex, hmac_sha256_hex};
use crate::shared::Shared;
use crate::world::{Channel, Kind, Outgoing, QueueKey, Target};
use crate::{ascii, callbacks, patience};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Starts one worker per conversation that has something to deliver.
pub async fn dispatch(shared: Shared, mut queued: mpsc::UnboundedReceiver<QueueKey>) {
    while let Some(key) = queued.recv().await {
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

/// Puts the event back after the next one of the conversation and returns that one.
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
    let attempts = {
        let world = shared.world();
        let attempts = world.settings.webhook_attempts.clamp(1, 1_000);
        // WhatsApp tries for days, not for an hour (§2.3).
        if world.channel(&key.1) == Some(Channel::WhatsApp) { attempts * 60 } else { attempts }
    };
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
    /// The app is no longer subscribed.
    Gone,
}

async fn attempt(shared: &Shared, key: &QueueKey, outgoing: &Outgoing, number: u32) -> Attempt {
    let Some(Target { url, secret }) = shared.world().target(&key.0, &key.1) else {
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

/// Posts a body with both signature headers (§2.2); returns the HTTP status or why there is none.
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
