//! Instagram's webhook bodies: Meta's events in our own terms (meta-platform.md §2.7). Their format is Messenger's, read
//! by [`crate::meta::messaging`]; comments and mentions are Instagram's own.

mod change;

use domain::channel::{Address, Channel};
use domain::inbound::Inbound;
use domain::time::Micros;

use crate::meta::body::Unreadable;
use crate::meta::graph::PastMessage;
use crate::meta::messaging::{self, Dialect, past};

const DIALECT: Dialect = Dialect { channel: Channel::INSTAGRAM, object: "instagram", change: change::read };

/// Reads a webhook body of Instagram: every event of every entry, in order.
///
/// # Errors
/// If the body is no JSON object.
pub fn decode(body: &[u8]) -> Result<Vec<Inbound>, Unreadable> {
    messaging::decode(&DIALECT, body)
}

/// A webhook body with this one message between the account and a customer, written at `at`.
pub(super) fn of_the_past(to: &Address, from_account: bool, at: Micros, past: &PastMessage) -> Vec<u8> {
    past::body(&DIALECT, to, from_account, at, past)
}
