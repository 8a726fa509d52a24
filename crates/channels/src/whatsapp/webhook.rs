//! WhatsApp's webhook bodies in our own terms (meta-platform.md §2.8).
//!
//! Every message, status and change of every entry is returned, in order; an invalid one becomes
//! [`InboundEvent::NotForUs`] with the reason. A customer is the business-scoped user id, else the phone number in
//! digits; the number sent with it is another id of the same customer ([`CustomerDetails::phone`]).

mod account;
mod card;
mod customer;
mod message;
mod status;
mod wire;

use std::borrow::Cow;

use domain::channel::{Account, Address, Channel};
use domain::inbound::{CustomerDetails, Inbound, InboundEvent};
use domain::not_applied::NotApplied;
use domain::time::Micros;

pub(super) use self::message::checksum;
use self::wire::{Change, Content, Entry, Envelope};
use crate::meta::body::{self, Unreadable};
use crate::meta::lenient::Number;

/// Reads a webhook body of WhatsApp: every event of every entry, in order.
///
/// # Errors
/// If the body is no JSON object.
pub fn decode(body: &[u8]) -> Result<Vec<Inbound>, Unreadable> {
    body::read(body, |text| Ok(events(&serde_json::from_str(text)?)))
}

fn events(envelope: &Envelope) -> Vec<Inbound> {
    let mut all = Vec::new();
    for entry in envelope.entry.objects() {
        let before = all.len();
        for change in entry.changes.objects() {
            read_change(entry, change, &mut all);
        }
        if all.len() == before {
            all.push(Source::of(entry, None).event(NotApplied::NoEvents {}.into()));
        }
    }
    all
}

fn read_change(entry: &Entry, change: &Change, all: &mut Vec<Inbound>) {
    let nothing = Content::default();
    let value = change.value.0.as_ref().unwrap_or(&nothing);
    let source = Source::of(entry, Some(value));
    let before = all.len();
    for message in value.messages.objects() {
        all.push(message::read(&source, value, message));
    }
    for echo in value.message_echoes.objects() {
        all.push(message::echo(&source, value, echo));
    }
    for status in value.statuses.objects() {
        all.push(status::read(&source, status));
    }
    for preference in value.user_preferences.objects() {
        all.push(customer::preference(&source, value, &preference.0));
    }
    for update in value.user_id_update.objects() {
        all.push(customer::user_id_update(&source, &update.0));
    }
    if all.len() == before {
        all.push(source.event(account::read(change.field.get().unwrap_or_default(), value)));
    }
}

/// The account that received an event.
pub(super) struct Source<'a> {
    /// The number's id if the change contains one, else the business account's.
    account: &'a str,
    /// The entry's time.
    at: Option<Micros>,
}

impl<'a> Source<'a> {
    fn of(entry: &'a Entry, value: Option<&'a Content>) -> Self {
        let number = value.and_then(|value| value.metadata.0.as_ref()).and_then(|meta| meta.phone_number_id.get());
        Self { account: number.or(entry.id.get()).unwrap_or_default(), at: seconds(entry.time) }
    }

    /// An event about the account alone.
    fn event(&self, what: InboundEvent) -> Inbound {
        self.of_customer(Customer::default(), None, what)
    }

    /// An event of a customer; one that is about a customer but names none is not for us.
    fn of_customer(&self, customer: Customer, at: Option<Micros>, what: InboundEvent) -> Inbound {
        let account = Account::new(Channel::WHATSAPP, self.account.replace('\0', ""));
        let customer_details = Some(customer.details).filter(|details| !details.is_empty()).map(Box::new);
        Inbound {
            address: Address::new(account, customer.user),
            at: at.or(self.at),
            standby: false,
            customer: customer_details,
            what,
        }
    }
}

/// The customer of an event.
#[derive(Default)]
pub(super) struct Customer {
    user: String,
    details: CustomerDetails,
}

impl Customer {
    /// By user id, else by phone number; None if neither is known.
    fn known(user: Option<String>, phone: Option<&str>) -> Option<Self> {
        let phone = phone.map(digits).filter(|digits| !digits.is_empty());
        let user = user.or_else(|| phone.clone())?;
        Some(Self { user, details: CustomerDetails { name: None, phone } })
    }
}

/// The digits of a number as WhatsApp writes it: with the country code, often without the `+`.
fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

/// A time in seconds.
fn seconds(number: Number) -> Option<Micros> {
    let seconds = number.0.filter(|seconds| *seconds > 0)?;
    Some(Micros::from_millis(seconds.saturating_mul(1000)))
}

/// A word from the body, short enough to show.
fn shown(word: &str) -> Cow<'_, str> {
    match word.char_indices().nth(60) {
        None => Cow::Borrowed(word),
        Some((end, _)) => Cow::Owned(format!("{}…", &word[..end])),
    }
}

/// A key for an event to which Meta gives no id: the same event, delivered again, gets the same key.
fn key(parts: &[&str], at: Option<Micros>) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in parts.iter().flat_map(|part| part.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    format!("made_{}_{hash:016x}", at.map_or(0, |at| at.millis()))
}

#[cfg(test)]
mod tests;
