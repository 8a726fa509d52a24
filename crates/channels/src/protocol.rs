//! The interface that each channel implements. The engine calls it where it receives, sends, fetches profiles and
//! checks the health of accounts, and knows no channel by name.

use std::fmt;

use domain::capabilities::Capabilities;
pub use domain::capabilities::Refused;
use domain::channel::{Address, Channel};
use domain::id::MediumId;
use domain::inbound::{FileKind, Inbound};
use domain::outbound::Part;
use domain::time::Micros;

use crate::connecting::Connecting;
use crate::instagram::Instagram;
use crate::messenger::Messenger;
use crate::meta::body;
pub use crate::meta::body::Unreadable;
use crate::meta::error::GraphError;
use crate::meta::graph::{self, Call, PastMessage, Platform, Profile, Sent};
use crate::recipient::Recipient;
use crate::whatsapp::WhatsApp;

/// The temporary address of a customer's file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileAddress {
    /// The address; None if the channel no longer has the file.
    pub url: Option<String>,
    /// The SHA-256 of its bytes in hex, if the channel reports it.
    pub sha256: Option<String>,
}

/// The longest name under which an agent's messages appear, in characters (meta-platform.md §3.6).
pub const PERSONA_NAME: usize = 50;

/// One channel. All of them use Meta's Graph API, so a request is a [`Call`].
pub trait Protocol: fmt::Debug + Send + Sync {
    /// What can be sent.
    fn capabilities(&self) -> &'static Capabilities;

    /// The value of `object` in its webhook bodies (meta-platform.md §2.4).
    fn object(&self) -> &'static str {
        self.connecting().object
    }

    /// Reads one of its webhook bodies: every event, in order.
    ///
    /// # Errors
    /// If the body is no JSON object.
    fn decode(&self, body: &[u8]) -> Result<Vec<Inbound>, Unreadable>;

    /// The request that sends one part of a message. The bytes of a file are added by the caller.
    fn encode(&self, part: &Part, to: &Recipient) -> Result<Call, Refused>;

    /// The request that uploads a file for the account at `node`, to be sent by its id. None: files are sent with
    /// their message.
    fn upload(&self, node: &str, medium: MediumId, kind: FileKind, mime: &str) -> Option<Call>;

    /// Reads the answer to [`Protocol::upload`]'s request: the channel's id of the file.
    fn read_uploaded(&self, answer: &[u8]) -> Result<Option<String>, GraphError> {
        Ok(graph::read::<graph::Uploaded>(200, answer)?.attachment_id)
    }

    /// How many days the channel stores an uploaded file.
    fn upload_days(&self) -> i64 {
        90
    }

    /// Whether typing and seen marks refer to the customer's last message.
    fn marks_name_a_message(&self) -> bool {
        false
    }

    /// The request for the address of a customer's file, by the channel's id of it. None: its address comes with the event.
    fn file_address(&self, node: &str, id: &str) -> Option<Call> {
        let _ = (node, id);
        None
    }

    /// Reads the answer to [`Protocol::file_address`]'s request.
    fn read_file_address(&self, answer: &[u8]) -> Result<FileAddress, GraphError> {
        let _ = answer;
        Ok(FileAddress::default())
    }

    /// The request that creates the name and picture under which an agent's messages appear. None: the channel has no
    /// personas.
    fn persona(&self, _node: &str, _name: &str, _picture: &str) -> Option<Call> {
        None
    }

    /// The app id of Meta's own inbox on this channel, to which a thread can be passed (meta-platform.md §5.4). None:
    /// threads cannot be passed on.
    fn inbox(&self) -> Option<&'static str> {
        None
    }

    /// The channel's name in the Conversations API, which contains messages that no webhook delivered
    /// (meta-platform.md §4.3). None: the channel is not in that API.
    fn platform(&self) -> Option<Platform> {
        None
    }

    /// A message of the past, between the account and a customer, in the form of a webhook body, for
    /// [`Protocol::decode`].
    fn of_the_past(&self, _to: &Address, _from_account: bool, _at: Micros, _past: &PastMessage) -> Vec<u8> {
        Vec::new()
    }

    /// Reads the answer to [`Protocol::encode`]'s request.
    fn read_sent(&self, answer: &[u8]) -> Sent {
        graph::read(200, answer).unwrap_or_default()
    }

    /// The request for a customer's name and picture. None: the channel has neither, or sends them with each message.
    fn profile(&self, user: &str) -> Option<Call>;

    /// Reads the answer to [`Protocol::profile`]'s request.
    fn read_profile(&self, answer: &[u8]) -> Result<Profile, GraphError> {
        graph::read(200, answer)
    }

    /// What connecting one of its accounts requires at Meta.
    fn connecting(&self) -> &'static Connecting {
        Connecting::of(self.capabilities().channel)
    }
}

/// The channels of an installation.
#[derive(Debug, Clone)]
pub struct Channels(Vec<&'static dyn Protocol>);

impl Default for Channels {
    /// The channels of this program.
    fn default() -> Self {
        Self(vec![&Instagram, &WhatsApp, &Messenger])
    }
}

impl Channels {
    /// Adds a channel.
    #[must_use]
    pub fn with(mut self, protocol: &'static dyn Protocol) -> Self {
        self.0.insert(0, protocol);
        self
    }

    /// A channel; None if this program does not have it.
    pub fn get(&self, channel: Channel) -> Option<&'static dyn Protocol> {
        self.0.iter().copied().find(|protocol| protocol.capabilities().channel == channel)
    }

    /// What can be sent on a channel; for one that this program does not have, what the last one can send.
    pub fn capabilities(&self, channel: Channel) -> &'static Capabilities {
        self.get(channel).unwrap_or_else(|| self.last()).capabilities()
    }

    /// What a flow may send. Flows are not bound to a channel, so they are checked against the most common one.
    pub fn for_flows(&self) -> &'static Capabilities {
        self.last().capabilities()
    }

    /// What connecting an account of a channel requires at Meta.
    pub fn connecting(&self, channel: Channel) -> &'static Connecting {
        self.get(channel).map_or_else(|| Connecting::of(channel), |protocol| protocol.connecting())
    }

    /// The capabilities of each channel.
    pub fn all(&self) -> impl Iterator<Item = &'static Capabilities> {
        self.0.iter().map(|protocol| protocol.capabilities())
    }

    /// Reads a webhook body. One that belongs to no channel is read by the last one, which reports this for each
    /// event.
    pub fn decode(&self, body: &[u8]) -> Result<Vec<Inbound>, Unreadable> {
        let object = body::object(body);
        let own = self.0.iter().copied().find(|protocol| object.as_deref() == Some(protocol.object()));
        own.unwrap_or_else(|| self.last()).decode(body)
    }

    fn last(&self) -> &'static dyn Protocol {
        *self.0.last().expect("there is always one")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_goes_to_the_channel_that_its_object_names_whatever_else_it_quotes() {
        let channels = Channels::default();
        let of = |body: &str| {
            let events = channels.decode(body.as_bytes()).unwrap();
            events.first().map(|event| event.address.account.channel)
        };
        let entry = r#""entry":[{"id":"whatsapp_business_account"}]"#;
        assert_eq!(of(&format!(r#"{{"object":"page",{entry}}}"#)), Some(Channel::MESSENGER));
        assert_eq!(of(&format!(r#"{{{entry},"object":"instagram"}}"#)), Some(Channel::INSTAGRAM));
        assert_eq!(of(&format!(r#"{{"object":"whatsapp_business_account",{entry}}}"#)), Some(Channel::WHATSAPP));
        assert_eq!(
            of(&format!(r#"{{"object":"threads",{entry}}}"#)),
            Some(Channel::MESSENGER),
            "read by the last"
        );
        for object in ["page", "instagram", "whatsapp_business_account"] {
            let broken = format!(r#"{{"object":"{object}","entry":["#);
            assert!(matches!(channels.decode(broken.as_bytes()), Err(Unreadable::NotJson { .. })), "{object}");
            assert_eq!(channels.decode(format!(r#"{{"object":"{object}"}}"#).as_bytes()), Ok(vec![]));
        }
    }
}
