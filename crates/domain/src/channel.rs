//! Channels, and how a customer is addressed on one. Nothing here is specific to one channel: what each of them can
//! do is its [`Capabilities`](crate::capabilities::Capabilities).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::words::words;

/// A channel by its name in the API and the store. An open set, so that a new channel needs no change here; the names
/// are at most [`Channel::LONGEST`] bytes long, so that a channel is as cheap to copy as a number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Channel {
    name: [u8; Self::LONGEST],
    length: u8,
}

impl Channel {
    /// Facebook Messenger.
    pub const MESSENGER: Self = Self::new("messenger");
    /// Instagram.
    pub const INSTAGRAM: Self = Self::new("instagram");
    /// WhatsApp.
    pub const WHATSAPP: Self = Self::new("whatsapp");
    /// No channel: nothing can be sent on it or comes from it.
    pub const NONE: Self = Self::new("");
    /// The longest name, in bytes.
    pub const LONGEST: usize = 15;

    /// The channel of a name that is known when the program is compiled.
    ///
    /// # Panics
    /// If the name is longer than [`Channel::LONGEST`].
    pub const fn new(name: &'static str) -> Self {
        match Self::parse(name) {
            Some(channel) => channel,
            None => panic!("the channel's name is too long"),
        }
    }

    /// The channel of a name; None if no channel can have it.
    pub const fn parse(name: &str) -> Option<Self> {
        let bytes = name.as_bytes();
        if bytes.len() > Self::LONGEST {
            return None;
        }
        let mut padded = [0; Self::LONGEST];
        let mut at = 0;
        while at < bytes.len() {
            padded[at] = bytes[at];
            at += 1;
        }
        #[expect(clippy::cast_possible_truncation, reason = "at most LONGEST")]
        Some(Self { name: padded, length: bytes.len() as u8 })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        std::str::from_utf8(&self.name[..usize::from(self.length)]).expect("it was made of a str")
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Channel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Channel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&name).ok_or_else(|| serde::de::Error::custom("this is no channel"))
    }
}

/// An account of the business on a channel: a Facebook Page, an Instagram account, a WhatsApp number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Account {
    /// The channel.
    pub channel: Channel,
    /// The channel's id of the account: for Messenger the Page id.
    pub id: String,
}

impl Account {
    /// The account with this id on a channel.
    pub fn new(channel: Channel, id: impl Into<String>) -> Self {
        Self { channel, id: id.into() }
    }

    /// A Facebook Page.
    pub fn page(id: impl Into<String>) -> Self {
        Self::new(Channel::MESSENGER, id)
    }
}

/// Which of Meta's logins was used to connect an account. It determines the host for its requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Login {
    /// Facebook Login, or a system user: `graph.facebook.com`.
    #[default]
    Facebook,
    /// Instagram Login: `graph.instagram.com`.
    Instagram,
}

words!(Login { Facebook = "facebook", Instagram = "instagram" });

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.channel, self.id)
    }
}

/// One customer of one account: the key of a thread. Events of one address are applied in order, different ones in
/// parallel. Its text is the `key` of an inbox row.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Address {
    /// The account.
    pub account: Account,
    /// The account's id of the customer: for Messenger the PSID. Empty for events that are about the account alone.
    pub user: String,
}

impl Address {
    /// The address of `user` at `account`.
    pub fn new(account: Account, user: impl Into<String>) -> Self {
        Self { account, user: user.into() }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.account, self.user)
    }
}

impl std::str::FromStr for Address {
    type Err = NoAddress;

    /// Parses the text. Neither a channel's name nor an account's id contains a space.
    fn from_str(text: &str) -> Result<Self, NoAddress> {
        let mut parts = text.splitn(3, ' ');
        let channel = parts.next().and_then(Channel::parse);
        match (channel, parts.next(), parts.next()) {
            (Some(channel), Some(account), Some(user)) => Ok(Self::new(Account::new(channel, account), user)),
            _ => Err(NoAddress),
        }
    }
}

/// A text is not the text of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not the address of a customer")]
pub struct NoAddress;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_an_address_can_be_read_back() {
        let page = Account::page("200");
        for (address, text) in [
            (Address::new(page.clone(), "7001"), "messenger 200 7001"),
            (Address::new(page.clone(), ""), "messenger 200 "),
            (Address::new(page, "comment:5 7"), "messenger 200 comment:5 7"),
        ] {
            assert_eq!(address.to_string(), text);
            assert_eq!(text.parse(), Ok(address));
        }
        for text in ["", "messenger", "messenger 200", "a-name-that-is-too-long 200 7001"] {
            assert_eq!(text.parse::<Address>(), Err(NoAddress), "{text}");
        }
    }

    #[test]
    fn a_channel_is_its_name_in_json() {
        let json = serde_json::to_string(&Channel::MESSENGER).unwrap();
        assert_eq!(json, "\"messenger\"");
        assert_eq!(serde_json::from_str::<Channel>(&json).unwrap(), Channel::MESSENGER);
        assert!(serde_json::from_str::<Channel>("\"sixteen-byte-one\"").is_err());
    }
}
