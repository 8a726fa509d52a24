//! Single acts of a customer on Messenger and Instagram: writing, tapping, reacting, reading. Instagram's events have
//! the same envelope; what differs is here too (§2.7).

use crate::clock::now_ms;
use crate::thread::{Attachment, Direction, Message};
use crate::world::{Channel, Event, World};
use serde_json::{Value, json};
use tokio::sync::oneshot;

/// The content of a customer's message.
#[derive(Default)]
pub struct Said {
    pub text: Option<String>,
    /// Payload of a tapped quick reply; the text is its title.
    pub quick_reply_payload: Option<String>,
    /// Files, pictures, stickers.
    pub attachments: Vec<Attachment>,
    pub reply_to: Option<String>,
    /// A referral that opened the thread (§2.5).
    pub referral: Option<Value>,
    /// Instagram: the story that it mentions or replies to, `{kind:"mention"|"reply",url,id}` (§2.7).
    pub story: Value,
    /// Instagram: content that the API cannot show.
    pub unsupported: bool,
    /// How old the message claims to be; the window ages with it.
    pub age_ms: i64,
}

fn item(world: &mut World, page_id: &str, customer_id: &str, timestamp: i64, key: &str, value: Value) -> Value {
    let psid = world.psid(page_id, customer_id);
    let mut item = json!({"sender": {"id": psid}, "recipient": {"id": page_id}, "timestamp": timestamp});
    item[key] = value;
    item
}

fn event(field: &'static str, page_id: &str, customer_id: &str, mid: Option<&str>, item: Value) -> Event {
    let (page_id, customer_id, mid) = (page_id.to_owned(), customer_id.to_owned(), mid.map(str::to_owned));
    Event { field, page_id, customer_id, mid, item }
}

fn is_instagram(world: &World, account_id: &str) -> bool {
    world.channel(account_id) == Some(Channel::Instagram)
}

/// A message id in the form of the account's channel.
pub fn new_mid(world: &mut World, account_id: &str) -> String {
    if is_instagram(world, account_id) { world.next_instagram_mid() } else { world.next_mid() }
}

/// The customer sends a message; returns its id and its time.
pub fn say(
    world: &mut World,
    page_id: &str,
    customer_id: &str,
    content: Said,
    done: Option<oneshot::Sender<bool>>,
) -> (String, i64) {
    let instagram = is_instagram(world, page_id);
    let mut message = Message::new(new_mid(world, page_id), Direction::In);
    message.timestamp = now_ms() - content.age_ms;
    let (mid, timestamp) = (message.mid.clone(), message.timestamp);
    let mut body = json!({"mid": mid});
    if let Some(text) = &content.text {
        body["text"] = json!(text);
    }
    if let Some(payload) = &content.quick_reply_payload {
        body["quick_reply"] = json!({"payload": payload});
    }
    if let Some(reply_to) = &content.reply_to {
        let own =
            world.thread(page_id, customer_id).find(reply_to).is_some_and(|old| old.direction == Direction::In);
        body["reply_to"] = json!({"mid": reply_to});
        if !instagram {
            body["reply_to"]["is_self_reply"] = json!(own);
        }
    }
    if content.story["kind"] == "reply" {
        body["reply_to"] = json!({"story": {"url": content.story["url"], "id": content.story["id"]}});
    }
    if content.unsupported {
        body["is_unsupported"] = json!(true);
    }
    if let Some(referral) = &content.referral {
        body["referral"] = referral.clone();
    }
    if !content.attachments.is_empty() {
        let list = content.attachments.iter().map(|file| {
            // A view-once picture comes without anything to fetch (§2.7).
            if file.payload.is_null() {
                json!({"type": file.kind})
            } else {
                json!({"type": file.kind, "payload": file.payload})
            }
        });
        body["attachments"] = list.collect();
    }
    if content.story["kind"] == "mention" {
        body["attachments"] = json!([{"type": "story_mention", "payload": {"url": content.story["url"]}}]);
    }
    message.story = content.story;
    message.text = content.text;
    message.quick_reply_payload = content.quick_reply_payload;
    message.attachments = content.attachments;
    message.reply_to = content.reply_to;
    let thread = world.thread(page_id, customer_id);
    thread.acted(content.age_ms);
    thread.push(message);
    let item = item(world, page_id, customer_id, timestamp, "message", body);
    world.emit(event("messages", page_id, customer_id, Some(&mid), item), done);
    world.touch(page_id, customer_id);
    (mid, timestamp)
}

/// The customer taps a button, a menu item or Get Started.
pub fn postback(
    world: &mut World,
    page_id: &str,
    customer_id: &str,
    title: &str,
    payload: &str,
    referral: Option<Value>,
) -> String {
    let mut message = Message::new(new_mid(world, page_id), Direction::In);
    message.text = Some(title.to_owned());
    message.postback = Some(json!({"title": title, "payload": payload}));
    let (mid, timestamp) = (message.mid.clone(), message.timestamp);
    let mut body = json!({"mid": mid, "title": title, "payload": payload});
    if let Some(referral) = referral {
        body["referral"] = referral;
    }
    let thread = world.thread(page_id, customer_id);
    thread.acted(0);
    thread.push(message);
    let item = item(world, page_id, customer_id, timestamp, "postback", body);
    world.emit(event("messaging_postbacks", page_id, customer_id, Some(&mid), item), None);
    world.touch(page_id, customer_id);
    mid
}

/// The customer reacts to a message, or takes the reaction back with `None`; `false` if there is no such message.
pub fn react(world: &mut World, page_id: &str, customer_id: &str, mid: &str, emoji: Option<&str>) -> bool {
    let instagram = is_instagram(world, page_id);
    let thread = world.thread(page_id, customer_id);
    let Some(message) = thread.find(mid) else {
        return false;
    };
    let body = match emoji {
        Some(emoji) => {
            message.reactions.insert("customer".to_owned(), emoji.to_owned());
            let name = match reaction_name(emoji) {
                "smile" if instagram => "laugh",
                name => name,
            };
            json!({"mid": mid, "action": "react", "reaction": name, "emoji": emoji})
        }
        None => {
            message.reactions.remove("customer");
            json!({"mid": mid, "action": "unreact"})
        }
    };
    thread.acted(0);
    let item = item(world, page_id, customer_id, now_ms(), "reaction", body);
    world.emit(event("message_reactions", page_id, customer_id, None, item), None);
    world.touch(page_id, customer_id);
    true
}

fn reaction_name(emoji: &str) -> &'static str {
    match emoji.trim_end_matches('\u{fe0f}') {
        "😆" | "😀" | "😂" => "smile",
        "😠" | "😡" => "angry",
        "😢" => "sad",
        "😮" => "wow",
        "❤" | "😍" => "love",
        "👍" => "like",
        "👎" => "dislike",
        _ => "other",
    }
}

/// The customer edits an own message; `false` if there is no such message.
pub fn edit(world: &mut World, page_id: &str, customer_id: &str, mid: &str, text: &str) -> bool {
    let Some(message) = own(world, page_id, customer_id, mid) else {
        return false;
    };
    message.text = Some(text.to_owned());
    message.edits += 1;
    let body = json!({"mid": mid, "text": text, "num_edit": message.edits});
    let item = item(world, page_id, customer_id, now_ms(), "message_edit", body);
    let field = if is_instagram(world, page_id) { "message_edit" } else { "message_edits" };
    world.emit(event(field, page_id, customer_id, None, item), None);
    world.touch(page_id, customer_id);
    true
}

/// The customer unsends an own message; `false` if there is no such message. Meta documents it for Instagram only
/// (§2.5), but an app must be able to take it.
pub fn unsend(world: &mut World, page_id: &str, customer_id: &str, mid: &str) -> bool {
    let Some(message) = own(world, page_id, customer_id, mid) else {
        return false;
    };
    message.text = None;
    message.attachments.clear();
    message.postback = None;
    message.story = Value::Null;
    message.unsent = true;
    let item = item(world, page_id, customer_id, now_ms(), "message", json!({"mid": mid, "is_deleted": true}));
    world.emit(event("messages", page_id, customer_id, None, item), None);
    world.touch(page_id, customer_id);
    true
}

/// A message of the customer that was not unsent.
fn own<'a>(world: &'a mut World, page_id: &str, customer_id: &str, mid: &str) -> Option<&'a mut Message> {
    let found = world.thread(page_id, customer_id).find(mid);
    found.filter(|message| message.direction == Direction::In && !message.unsent)
}

/// The customer has seen everything the Page wrote so far; silent if there is nothing new.
pub fn read(world: &mut World, page_id: &str, customer_id: &str) -> bool {
    let instagram = is_instagram(world, page_id);
    let thread = world.thread(page_id, customer_id);
    let newest = thread.messages.iter().rev().find(|message| message.direction == Direction::Out);
    let Some((newest, mid)) = newest.map(|message| (message.timestamp, message.mid.clone())) else {
        return false;
    };
    if newest <= thread.customer_read_ms {
        return false;
    }
    let watermark = now_ms().max(newest);
    thread.customer_read_ms = watermark;
    // Instagram names the message instead of a time (§2.7).
    let (field, read) = if instagram {
        ("messaging_seen", json!({"mid": mid}))
    } else {
        ("message_reads", json!({"watermark": watermark}))
    };
    let item = item(world, page_id, customer_id, now_ms(), "read", read);
    world.emit(event(field, page_id, customer_id, None, item), None);
    world.touch(page_id, customer_id);
    true
}

/// The customer opens the existing thread by an m.me link or an ad (§2.6).
pub fn referral(world: &mut World, page_id: &str, customer_id: &str, referral: Value) {
    world.thread(page_id, customer_id).acted(0);
    let item = item(world, page_id, customer_id, now_ms(), "referral", referral);
    let field = if is_instagram(world, page_id) { "messaging_referral" } else { "messaging_referrals" };
    world.emit(event(field, page_id, customer_id, None, item), None);
}
