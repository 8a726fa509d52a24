//! Webhook bodies: Meta's events in our own terms (meta-platform.md §2.4–§2.6).
//!
//! [`decode`] is total below the level of JSON: every event of every entry comes out, in order, and one that makes no
//! sense becomes [`InboundEvent::NotForUs`] with the reason. The signature is checked elsewhere ([`crate::meta::signature`]),
//! over the raw bytes, before anything is parsed.

mod change;
mod event;
mod key;
mod message;
mod past;
mod rare;
mod wire;

use std::borrow::Cow;

use domain::channel::{Account, Address};
use domain::inbound::{Inbound, InboundEvent};
use domain::time::Micros;

pub use self::past::of_the_past;
use self::wire::{Entry, Envelope, Item};
pub use crate::meta::body::Unreadable;
use crate::meta::body::{self};

/// The app ids of Meta's own Page inbox in echoes, under both spellings of the reference (meta-platform.md §2.5).
pub const PAGE_INBOX: [&str; 2] = ["263902037430900", "26390203743090"];

/// Reads a webhook body: every event of every entry, in order. An object without entries holds no
/// events and gives an empty list.
pub fn decode(body: &[u8]) -> Result<Vec<Inbound>, Unreadable> {
    body::read(body, |text| serde_json::from_str(text).map(read))
}

fn read(envelope: Envelope) -> Vec<Inbound> {
    let foreign = match envelope.object.get() {
        None | Some("page") => None,
        Some(other) => Some(other.to_owned()),
    };
    let mut all = Vec::with_capacity(envelope.entry.0.len());
    for entry in envelope.entry.objects() {
        let before = all.len();
        match &foreign {
            Some(object) => all.push(entry_alone(entry, other_object(object))),
            None => read_entry(entry, &mut all),
        }
        if all.len() == before {
            all.push(entry_alone(entry, "an entry without events".into()));
        }
    }
    all
}

fn other_object(object: &str) -> String {
    match object {
        "permissions" | "user" => format!("a change of a person's `{object}`; Health reads grants on its own"),
        other => format!("an event of the object `{}`; only `page` is handled here", shown(other)),
    }
}

fn read_entry(entry: &Entry, all: &mut Vec<Inbound>) {
    for item in &entry.messaging.0 {
        event::read(&Context::new(entry, item), item, false, all);
    }
    for item in &entry.standby.0 {
        event::read(&Context::new(entry, item), item, true, all);
    }
    for change in entry.changes.objects() {
        let what = change::read(entry.id.get().unwrap_or_default(), change);
        all.push(Inbound { what, ..entry_alone(entry, String::new()) });
    }
}

fn entry_alone(entry: &Entry, reason: String) -> Inbound {
    // Messaging entries count milliseconds, entries with changes seconds (§2.4).
    let at = entry.time.0.filter(|time| *time > 0).map(|time| {
        let is_millis = time > 100_000_000_000;
        Micros::from_millis(if is_millis { time } else { time.saturating_mul(1000) })
    });
    Inbound {
        address: Address::new(Account::page(entry.id.own().unwrap_or_default()), ""),
        at,
        standby: false,
        customer: None,
        what: InboundEvent::NotForUs { reason },
    }
}

/// A name out of the body, short enough to show.
fn shown(name: &str) -> Cow<'_, str> {
    match name.char_indices().nth(60) {
        None => Cow::Borrowed(name),
        Some((end, _)) => Cow::Owned(format!("{}…", &name[..end])),
    }
}

/// Whom and when an event is about.
struct Context<'a> {
    page: &'a str,
    /// The id which isn't the page's (§2.4: echoes come with sender and recipient reversed).
    customer: &'a str,
    /// Whether the page is the sender.
    from_page: bool,
    at: Option<Micros>,
}

impl<'a> Context<'a> {
    fn new(entry: &'a Entry, item: &'a Item) -> Self {
        let sender = item.sender.get().unwrap_or_default();
        let recipient = item.recipient.get().unwrap_or_default();
        let is_echo =
            item.events.iter().any(|event| matches!(event, wire::Event::Message(message) if message.is_echo.0));
        let page = entry.id.get().unwrap_or(if is_echo { sender } else { recipient });
        let from_page = is_echo || (sender == page && !sender.is_empty());
        let other = if from_page { recipient } else { sender };
        let at = item.timestamp.0.filter(|t| *t > 0).or(entry.time.0.filter(|t| *t > 0));
        Self { page, customer: if other == page { "" } else { other }, from_page, at: at.map(Micros::from_millis) }
    }

    fn inbound(&self, what: InboundEvent) -> Inbound {
        Inbound {
            address: Address::new(Account::page(self.page), self.customer),
            at: self.at,
            standby: false,
            customer: None,
            what,
        }
    }
}
