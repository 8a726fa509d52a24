//! What an event itself contains about its customer, on channels that include names and phone numbers, and how
//! customers get another id.

use serde::{Deserialize, Serialize};

use super::{Inbound, InboundEvent};
use crate::channel::Address;

/// What an event contains about its customer besides the id in its address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CustomerDetails {
    /// The name that they chose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their phone number in digits, beginning with the country code: another id of the same customer. It is the user
    /// of the address where the channel gives no other id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

impl CustomerDetails {
    /// Whether it contains nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Inbound {
    /// Every other address that events may use for its customer. Events that share an address are about one customer,
    /// and are applied in order.
    pub fn other_addresses(&self) -> Vec<Address> {
        let Address { account, user } = &self.address;
        let phone = self.customer.as_deref().and_then(|details| details.phone.as_ref());
        let renamed = match &self.what {
            InboundEvent::Renamed(new) => [new.user.as_ref(), new.phone.as_ref()],
            _ => [None, None],
        };
        let names = phone.into_iter().chain(renamed.into_iter().flatten()).filter(|name| *name != user);
        names.map(|name| Address::new(account.clone(), name.clone())).collect()
    }
}

/// A customer has a new id, a new phone number, or both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renamed {
    /// Given by the channel, or derived from its content and time, to detect duplicates.
    pub key: String,
    /// The new id; None if it stays, or if the phone number is the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The new phone number in digits; None if the channel does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// The customer's own setting: whether the business may send them marketing messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarketingChoice {
    /// Refuses them.
    Stop,
    /// Allows them again.
    Resume,
}
