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
use serde::Deserialize;

pub use self::past::of_the_past;
use self::wire::{Entry, Envelope, Item};

/// The app ids of Meta's own Page inbox in echoes, under both spellings of the reference (meta-platform.md §2.5).
pub const PAGE_INBOX: [&str; 2] = ["263902037430900", "26390203743090"];

/// The body as a whole cannot be read: it is stored as a failed delivery.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The bytes are no UTF-8.
    #[error("the body is not UTF-8 text: byte {0} belongs to no character")]
    NotUtf8(usize),
    /// The text is not JSON. The parser's own message holds positions, never content.
    #[error("the body is not JSON: {0}")]
    NotJson(String),
    /// JSON, but of another kind.
    #[error("the body is JSON but not an object, so it holds no events")]
    NotAnObject,
}

/// Reads a webhook body: every event of every entry, in order. An object without entries holds no
/// events and gives an empty list.
pub fn decode(body: &[u8]) -> Result<Vec<Inbound>, Unreadable> {
    let text = std::str::from_utf8(body).map_err(|e| Unreadable::NotUtf8(e.valid_up_to()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let broken = match parse(text) {
        Ok(inbound) => return inbound,
        Err(broken) => broken,
    };
    // Two things that serde refuses and other readers accept: half a surrogate pair in an escape (a text cut in the
    // middle of an emoji), and a key that occurs twice in an object.
    let mended = mend_surrogates(text);
    if let Some(mended) = &mended
        && let Ok(inbound) = parse(mended)
    {
        return inbound;
    }
    let text = mended.as_deref().unwrap_or(text);
    let value: serde_json::Value =
        serde_json::from_str(text).map_err(|_| Unreadable::NotJson(without_content(&broken)))?;
    if !value.is_object() {
        return Err(Unreadable::NotAnObject);
    }
    let envelope = Envelope::deserialize(&value);
    Ok(read(envelope.map_err(|e| Unreadable::NotJson(without_content(&e)))?))
}

fn parse(text: &str) -> Result<Result<Vec<Inbound>, Unreadable>, serde_json::Error> {
    if !text.trim_start().starts_with('{') {
        serde_json::from_str::<serde::de::IgnoredAny>(text)?;
        return Ok(Err(Unreadable::NotAnObject));
    }
    Ok(Ok(read(serde_json::from_str(text)?)))
}

/// What is wrong, by kind and place: serde's messages can quote the body, ours may not.
fn without_content(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Syntax => "its syntax is broken, or it is nested too deeply",
        _ => "a value is of the wrong kind",
    };
    format!("{what} (line {}, column {})", error.line(), error.column())
}

/// Replaces escapes of lone surrogates (`\ud83d` without its other half) by `\ufffd`; None when
/// there are none.
fn mend_surrogates(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let unit = |at: usize| -> Option<u16> {
        let hex = bytes.get(at..at + 6)?;
        (hex.starts_with(b"\\u")).then_some(())?;
        u16::from_str_radix(std::str::from_utf8(&hex[2..]).ok()?, 16).ok()
    };
    let mut mended: Option<String> = None;
    let mut kept = 0;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        at += match unit(at) {
            Some(0xd800..=0xdbff) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => 12,
            Some(0xd800..=0xdfff) => {
                let out = mended.get_or_insert_default();
                out.push_str(&text[kept..at]);
                out.push_str("\\ufffd");
                kept = at + 6;
                6
            }
            Some(_) => 6,
            // Any other escape: skip the character after the backslash too, it may be one itself.
            None => 2,
        };
    }
    if let Some(out) = &mut mended {
        out.push_str(&text[kept..]);
    }
    mended
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
            what,
        }
    }
}
