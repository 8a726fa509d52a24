//! The customer's side: what the phone does, and the events that follow (§2.5, §2.6).

mod act;
mod burst;
mod view;
pub mod whatsapp;

pub use act::{Said, edit, new_mid, postback, react, read, referral, say, unsend};
pub use burst::{Burst, burst, named_customer, new_customer};
pub use view::view;

use crate::clock::now_ms;
use crate::crypto::stable_hash;
use crate::shared::Shared;
use crate::thread::{Attachment, Message};
use crate::world::{Channel, Event, World};
use serde_json::{Value, json};
use std::time::Duration;

/// The like sticker (§2.5).
pub const LIKE_STICKER: &str = "369239263222822";

/// The echo of a message that the Page sent (§2.5): sender and recipient reversed, `app_id` a number. Instagram's comes
/// under `messages` and names no app (§2.7).
pub fn echo_event(world: &mut World, page_id: &str, customer_id: &str, message: &Message) -> Event {
    let instagram = world.channel(page_id) == Some(Channel::Instagram);
    let mut body = json!({"mid": message.mid, "is_echo": true});
    if let Some(app_id) = message.app_id.as_deref().filter(|_| !instagram) {
        body["app_id"] = app_id.parse::<u64>().map_or_else(|_| json!(app_id), |number| json!(number));
    }
    if let Some(metadata) = &message.metadata {
        body["metadata"] = json!(metadata);
    }
    if let Some(text) = &message.text {
        body["text"] = json!(text);
    }
    if let Some(mid) = &message.reply_to {
        body["reply_to"] = json!({"mid": mid});
        if !instagram {
            body["reply_to"]["is_self_reply"] = json!(false);
        }
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
        field: if instagram { "messages" } else { "message_echoes" },
        page_id: page_id.to_owned(),
        customer_id: customer_id.to_owned(),
        mid: None,
        item: json!({
            "sender": {"id": page_id}, "recipient": {"id": psid}, "timestamp": message.timestamp, "message": body,
        }),
    }
}

/// The phone receives a message a moment later: the mark on it, and the `delivery` event (§2.6), which Instagram does
/// not have (§2.7).
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
        if world.channel(&page_id) == Some(Channel::Instagram) {
            return;
        }
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
