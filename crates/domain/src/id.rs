//! Identifiers. One 64-bit number, ordered by time, for every row of every table; text of decimal digits in the API,
//! because JavaScript's numbers end at 2^53.
//!
//! Layout: 41 bits of milliseconds since 2025-01-01, 10 bits of node, 12 bits of counter. The engine creates them,
//! because a clock is needed; `domain` only asks for the next one through [`Ids`].

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A source of fresh identifiers, handed to domain functions by the caller.
pub trait Ids {
    /// The next identifier, greater than all that this source returned before.
    fn next(&mut self) -> i64;
}

impl<F: FnMut() -> i64> Ids for F {
    fn next(&mut self) -> i64 {
        self()
    }
}

/// An identifier could not be read: not the decimal text of a positive 64-bit number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an id: ids are decimal numbers, written as text")]
pub struct BadId(pub String);

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub i64);

        impl $name {
            /// A fresh identifier of this kind.
            pub fn fresh(ids: &mut dyn Ids) -> Self {
                Self(ids.next())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                match text.parse::<i64>() {
                    Ok(number) if number > 0 => Ok(Self(number)),
                    _ => Err(BadId(text.chars().take(40).collect())),
                }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// A user who signs in; an agent is a user with the switch `agent` on and has the same id.
    UserId,
    /// A Meta app connected to Deskbell.
    GatewayId,
    /// A person who writes to us.
    ContactId,
    /// A contact as one account knows them.
    IdentityId,
    /// One dialogue from first message to close.
    ConversationId,
    /// One message of a conversation.
    MessageId,
    /// A file: received, to be sent, or a picture of a contact.
    MediumId,
    /// A queue that agents serve.
    QueueId,
    /// A team of agents.
    TeamId,
    /// Something that an agent can do at a level.
    SkillId,
    /// Working hours.
    CalendarId,
    /// What agents fill in about a conversation.
    FormId,
    /// A macro: several actions of an agent under one name.
    MacroId,
    /// A role that administrators made.
    RoleId,
    /// A bot's program.
    FlowId,
    /// A link or code word that leads to a flow and a queue.
    EntryPointId,
    /// One webhook POST as Meta delivered it.
    DeliveryId,
    /// One part of a message on its way to Meta.
    OutboxId,
    /// A template that is sent to many recipients.
    CampaignId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_text_in_json_and_refuse_numbers_that_are_none() {
        let id = ConversationId(9_007_199_254_740_993);
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"9007199254740993\"");
        assert_eq!(serde_json::from_str::<ConversationId>("\"9007199254740993\"").unwrap(), id);
        for bad in ["", "0", "-4", "1e3", "x", "9223372036854775808"] {
            assert!(bad.parse::<ConversationId>().is_err(), "{bad}");
        }
    }
}
