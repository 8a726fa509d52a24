//! Messenger's and Instagram's webhook bodies in our own terms (meta-platform.md §2.4–§2.7): both come as
//! `messaging[]` and `standby[]` in one format. The differences are in a [`Dialect`].
//!
//! [`decode`] is total below the level of JSON: every event of every entry is returned, in order, and an invalid one
//! becomes [`InboundEvent::NotForUs`] with the reason. The signature is checked elsewhere
//! ([`crate::meta::signature`]), over the raw bytes, before anything is parsed.

pub(crate) mod event;
mod key;
mod message;
pub(crate) mod past;
pub(crate) mod rare;
pub(crate) mod wire;

use std::borrow::Cow;

use domain::channel::{Account, Address, Channel};
use domain::inbound::{Inbound, InboundEvent};
use domain::not_applied::NotApplied;
use domain::time::Micros;

use super::body;
pub use super::body::Unreadable;

use self::wire::{Change, Entry, Envelope, Item};

/// What is specific to one of these channels.
pub(crate) struct Dialect {
    /// The channel of the addresses.
    pub channel: Channel,
    /// The envelope's `object`.
    pub object: &'static str,
    /// Reads one of the `changes[]` of the account with this id.
    pub change: fn(&str, &Change) -> InboundEvent,
}

/// Reads a webhook body: every event of every entry, in order. An object without entries gives an empty list.
pub(crate) fn decode(dialect: &Dialect, body: &[u8]) -> Result<Vec<Inbound>, Unreadable> {
    body::read(body, |text| Ok(read(dialect, &serde_json::from_str(text)?)))
}

fn read(dialect: &Dialect, envelope: &Envelope) -> Vec<Inbound> {
    let foreign = envelope.object.get().filter(|object| *object != dialect.object);
    let mut all = Vec::with_capacity(envelope.entry.0.len());
    for entry in envelope.entry.objects() {
        let before = all.len();
        match foreign {
            Some(object) => all.push(entry_alone(dialect, entry, other_object(dialect, object))),
            None => read_entry(dialect, entry, &mut all),
        }
        if all.len() == before {
            all.push(entry_alone(dialect, entry, NotApplied::NoEvents {}));
        }
    }
    all
}

fn other_object(dialect: &Dialect, object: &str) -> NotApplied {
    match object {
        "permissions" | "user" => NotApplied::PersonChanged { object: object.into() },
        other => NotApplied::OtherObject { object: shown(other).into(), handled: dialect.object.into() },
    }
}

fn read_entry(dialect: &Dialect, entry: &Entry, all: &mut Vec<Inbound>) {
    for item in &entry.messaging.0 {
        event::read(&Context::new(dialect, entry, item), item, false, all);
    }
    for item in &entry.standby.0 {
        event::read(&Context::new(dialect, entry, item), item, true, all);
    }
    for change in entry.changes.objects() {
        let what = (dialect.change)(entry.id.get().unwrap_or_default(), change);
        all.push(Inbound { what, ..entry_alone(dialect, entry, NotApplied::NoEvents {}) });
    }
}

fn entry_alone(dialect: &Dialect, entry: &Entry, reason: NotApplied) -> Inbound {
    // The times of messaging entries are in milliseconds, of entries with changes in seconds (§2.4).
    let at = entry.time.0.filter(|time| *time > 0).map(|time| {
        let is_millis = time > 100_000_000_000;
        Micros::from_millis(if is_millis { time } else { time.saturating_mul(1000) })
    });
    Inbound {
        address: Address::new(Account::new(dialect.channel, entry.id.own().unwrap_or_default()), ""),
        at,
        standby: false,
        customer: None,
        what: InboundEvent::NotForUs { reason },
    }
}

/// A name from the body, short enough to show.
pub(crate) fn shown(name: &str) -> Cow<'_, str> {
    match name.char_indices().nth(60) {
        None => Cow::Borrowed(name),
        Some((end, _)) => Cow::Owned(format!("{}…", &name[..end])),
    }
}

/// The customer and time of an event.
pub(crate) struct Context<'a> {
    channel: Channel,
    account: &'a str,
    /// The id that isn't the account's (§2.4: echoes come with sender and recipient reversed).
    customer: &'a str,
    /// Whether the account is the sender.
    from_account: bool,
    at: Option<Micros>,
}

impl<'a> Context<'a> {
    fn new(dialect: &Dialect, entry: &'a Entry, item: &'a Item) -> Self {
        let sender = item.sender.get().unwrap_or_default();
        let recipient = item.recipient.get().unwrap_or_default();
        let is_echo =
            item.events.iter().any(|event| matches!(event, wire::Event::Message(message) if message.is_echo.0));
        let account = entry.id.get().unwrap_or(if is_echo { sender } else { recipient });
        let from_account = is_echo || (sender == account && !sender.is_empty());
        let other = if from_account { recipient } else { sender };
        let at = item.timestamp.0.filter(|t| *t > 0).or(entry.time.0.filter(|t| *t > 0));
        Self {
            channel: dialect.channel,
            account,
            customer: if other == account { "" } else { other },
            from_account,
            at: at.map(Micros::from_millis),
        }
    }

    fn inbound(&self, what: InboundEvent) -> Inbound {
        Inbound {
            address: Address::new(Account::new(self.channel, self.account), self.customer),
            at: self.at,
            standby: false,
            customer: None,
            what,
        }
    }
}
