//! The customer's side: what the phone does, and the events that follow (§2.5, §2.6).

mod act;
mod burst;

pub use act::{Said, edit, postback, react, read, referral, say, unsend};
pub use burst::{Burst, burst, named_customer, new_customer};

use crate::clock::now_ms;
use crate::crypto::stable_hash;
use crate::shared::Shared;
use crate::thread::{Attachment, Message};
use crate::world::{Event, World};
use serde_json::{Value, json};
use std::time::Duration;

/// The like sticker (§2.5).
pub const LIKE_STICKER: &str = "369239263222822";

/// The echo of a message that the Page sent (§2.5): sender and recipient reversed, `app_id` a number.
pub fn echo_event(world: &mut World, page_id: &str, customer_id: &str, message: &Message) -> Event {
    let mut body = json!({"mid": message.mid, "is_echo": true});
    if let Some(app_id) = message.app_id.as_deref() {
        body["app_id"] = app_id.parse::<u64>().map_or_else(|_| json!(app_id), |number| json!(number));
    }
    if let Some(metadata) = &message.metadata {
        body["metadata"] = json!(metadata);
    }
    if let Some(text) = &message.text {
        body["text"] = json!(text);
    }
    if let Some(mid) = &message.reply_to {
        body["reply_to"] = json!({"mid": mid, "is_self_reply": false});
    }
    let mut attachments: Vec<Value> =
        message.attachments.iter().map(|file| json!({"type": file.kind, "payload": file.payload})).collect();
    if let Some(template) = &message.template {
        attachments.push(json!({"type": "template", "payload": template}));
    }
    if !attachments.is_empty() {
        body["attachments"] = json!(attachments);
    }
    let psid = world.psid(page_id, customer_id);
    Event {
        field: "message_echoes",
        page_id: page_id.to_owned(),
        customer_id: customer_id.to_owned(),
        mid: None,
        item: json!({
            "sender": {"id": page_id}, "recipient": {"id": psid}, "timestamp": message.timestamp, "message": body,
        }),
    }
}

/// The phone receives a message a moment later: the mark on it, and the `delivery` event (§2.6).
pub fn receive_later(shared: &Shared, page_id: &str, customer_id: &str, mid: &str, delay_ms: u64) {
    let (shared, page_id, customer_id) = (shared.clone(), page_id.to_owned(), customer_id.to_owned());
    let mid = mid.to_owned();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        let mut world = shared.world();
        let psid = world.psid(&page_id, &customer_id);
        let Some(message) = world.thread(&page_id, &customer_id).find(&mid) else {
            return;
        };
        message.delivered = true;
        let watermark = message.timestamp;
        let item = json!({
            "sender": {"id": psid}, "recipient": {"id": page_id}, "timestamp": now_ms(),
            "delivery": {"mids": [mid], "watermark": watermark},
        });
        world.touch(&page_id, &customer_id);
        world.emit(Event { field: "message_deliveries", page_id, customer_id, mid: None, item }, None);
    });
}

/// A sticker as an attachment (§2.5): type `sticker` since 2026-06.
pub fn sticker(world: &World, sticker_id: &str) -> Attachment {
    let url = format!("{}/cdn/sticker/{sticker_id}.png", world.base_url);
    Attachment {
        kind: "sticker".to_owned(),
        url: Some(url.clone()),
        name: None,
        mime: Some("image/png".to_owned()),
        attachment_id: None,
        payload: json!({"url": url, "sticker_id": sticker_id.parse::<u64>().unwrap_or_else(|_| stable_hash(sticker_id))}),
    }
}

/// A thread as the phone and the tests see it.
pub fn view(world: &mut World, page_id: &str, customer_id: &str) -> Value {
    let psid = world.psid(page_id, customer_id);
    let page = world.pages.get(page_id).map(|page| {
        json!({"id": page_id, "name": page.seed.name, "category": page.seed.category,
            "picture_url": world.page_picture(page_id), "profile": page.profile,
            "subscribed_by": page.subscribed_apps.keys().collect::<Vec<_>>()})
    });
    let customer = world.customers.get(customer_id).map(|customer| {
        json!({"id": customer_id, "psid": psid, "first_name": customer.first_name, "last_name": customer.last_name,
            "name": format!("{} {}", customer.first_name, customer.last_name).trim(),
            "picture_url": world.customer_picture(customer_id)})
    });
    let thread = world.thread(page_id, customer_id);
    let (page_seen, customer_read) = (thread.page_seen_ms, thread.customer_read_ms);
    let messages: Vec<Value> = thread
        .messages
        .iter()
        .map(|message| {
            let mut value = json!(message);
            value["seen"] = json!(match message.direction {
                crate::thread::Direction::In => message.timestamp <= page_seen,
                crate::thread::Direction::Out => message.timestamp <= customer_read,
            });
            value
        })
        .collect();
    json!({
        "page": page,
        "customer": customer,
        "messages": messages,
        "typing": thread.typing_until > now_ms(),
        "typing_until": thread.typing_until,
        "page_seen_ms": page_seen,
        "customer_read_ms": customer_read,
        "blocked": thread.blocked,
        "window_closes_ms": thread.window_closes_ms(),
    })
}
