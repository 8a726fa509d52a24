//! A thread between a customer and a Page: messages, window, typing, seen.

use crate::clock::now_ms;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// How many messages of a thread are stored.
const MESSAGE_LIMIT: usize = 5_000;
const HOUR_MS: i64 = 3_600_000;

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The customer, to the Page.
    In,
    /// The Page, to the customer.
    Out,
}

/// How a WhatsApp message was sent: what its statuses repeat (§2.8).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Sending {
    /// The phone in digits; empty if only a BSUID was named.
    pub phone: String,
    /// The BSUID, if that was named.
    pub user_id: String,
    /// `biz_opaque_callback_data`.
    pub opaque: Option<String>,
    /// `service`, `utility`, `marketing`, `authentication`.
    pub category: String,
    pub billable: bool,
}

/// A file or picture in a message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Attachment {
    /// `image`, `audio`, `video`, `file`, `sticker`, `fallback`, `location`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it can be fetched.
    pub url: Option<String>,
    pub name: Option<String>,
    pub mime: Option<String>,
    /// Attachment id, if it is reusable.
    pub attachment_id: Option<String>,
    /// The `payload` that the webhook carries.
    #[serde(default)]
    pub payload: Value,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Message {
    pub mid: String,
    /// Who wrote it.
    pub direction: Direction,
    /// Text, if any.
    pub text: Option<String>,
    pub attachments: Vec<Attachment>,
    /// Template payload (`generic`, `button`, …).
    pub template: Option<Value>,
    /// Quick replies offered with it.
    pub quick_replies: Vec<Value>,
    /// Payload of the quick reply that the customer tapped.
    pub quick_reply_payload: Option<String>,
    /// `{title,payload}` if it was a tapped button.
    pub postback: Option<Value>,
    pub reply_to: Option<String>,
    /// `customer` or `page` → emoji.
    pub reactions: BTreeMap<String, String>,
    /// Milliseconds since 1970.
    pub timestamp: i64,
    /// The app that sent it; the Page's inbox is 263902037430900.
    pub app_id: Option<String>,
    /// The sender's own mark, returned in the echo (§3.1).
    pub metadata: Option<String>,
    /// `{id,name,profile_picture_url}` of the persona it was sent as (§3.6).
    pub persona: Option<Value>,
    /// Message tag it was sent under.
    pub tag: Option<String>,
    /// Inbound: an app responded to its webhook with 200. Outbound: the phone has received it.
    pub delivered: bool,
    /// How often the customer edited it; the webhook of an edit counts too (§2.5).
    pub edits: u32,
    /// The customer unsent it: none of its content remains.
    pub unsent: bool,
    /// WhatsApp: the whole message, `{"type":"text","text":{…}}`.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub content: Value,
    /// WhatsApp, out: `accepted`, `sent`, `delivered`, `read`, `played`, `failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// WhatsApp, out: how it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sending: Option<Sending>,
    /// WhatsApp: the error of a failed message.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub error: Value,
    /// Instagram: the story that it mentions or replies to, `{kind,url,id}`.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub story: Value,
}

impl Message {
    /// A bare message; the caller fills in the rest.
    pub fn new(mid: String, direction: Direction) -> Self {
        Self {
            mid,
            direction,
            text: None,
            attachments: Vec::new(),
            template: None,
            quick_replies: Vec::new(),
            quick_reply_payload: None,
            postback: None,
            reply_to: None,
            reactions: BTreeMap::new(),
            timestamp: now_ms(),
            app_id: None,
            metadata: None,
            persona: None,
            tag: None,
            delivered: false,
            edits: 0,
            unsent: false,
            content: Value::Null,
            status: None,
            sending: None,
            error: Value::Null,
            story: Value::Null,
        }
    }
}

/// Whether a message may be sent now (§3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Within 24 hours of the customer's last act.
    Standard,
    /// Within seven days: `HUMAN_AGENT` only.
    HumanAgent,
    /// Later, or the customer never wrote.
    Closed,
}

/// All that is known about one thread.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Thread {
    /// Oldest first.
    pub messages: Vec<Message>,
    /// When the customer last did something that opens the window, in the thread's own time.
    pub last_action_ms: Option<i64>,
    /// By how much the thread's clock is ahead (`POST /control/clock`).
    pub shift_ms: i64,
    /// Until when the phone shows typing dots.
    pub typing_until: i64,
    /// The Page has seen everything up to here (`mark_seen`).
    pub page_seen_ms: i64,
    /// The customer has seen everything up to here.
    pub customer_read_ms: i64,
    /// The customer blocked the Page.
    pub blocked: bool,
    /// WhatsApp: the business wrote to the phone, so webhooks name it (§2.8).
    #[serde(default)]
    pub phone_known: bool,
    /// WhatsApp: the customer wants no marketing (`user_preferences`).
    #[serde(default)]
    pub marketing_stopped: bool,
    /// WhatsApp: what remains of the burst to one person, and since when (§7.4).
    #[serde(skip)]
    pub pair: Option<(f64, i64)>,
}

impl Thread {
    /// Appends a message; the oldest ones make room.
    pub fn push(&mut self, message: Message) {
        if self.messages.len() >= MESSAGE_LIMIT {
            self.messages.drain(..MESSAGE_LIMIT / 10);
        }
        if message.direction == Direction::Out {
            self.typing_until = 0;
        }
        self.messages.push(message);
    }

    pub fn find(&mut self, mid: &str) -> Option<&mut Message> {
        self.messages.iter_mut().rev().find(|message| message.mid == mid)
    }

    /// The customer did something that opens the 24-hour window (§3.5), `age_ms` ago.
    pub fn acted(&mut self, age_ms: i64) {
        let at = now_ms() + self.shift_ms - age_ms;
        self.last_action_ms = Some(self.last_action_ms.map_or(at, |before| before.max(at)));
    }

    /// Whether a message may be sent now.
    pub fn window(&self) -> Window {
        let Some(last) = self.last_action_ms else {
            return Window::Closed;
        };
        match now_ms() + self.shift_ms - last {
            age if age <= 24 * HOUR_MS => Window::Standard,
            age if age <= 7 * 24 * HOUR_MS => Window::HumanAgent,
            _ => Window::Closed,
        }
    }

    /// When the standard window closes, in real milliseconds; `None` if it never opened.
    pub fn window_closes_ms(&self) -> Option<i64> {
        self.last_action_ms.map(|last| last - self.shift_ms + 24 * HOUR_MS)
    }
}
