//! Why something could not be sent, as data: `{code, args}` in the store and the API.
//!
//! The screens word failures. The English is in `failure/english.rs`; it is the `reason` and `action` of the API and
//! is never stored. The meaning of a channel's own error numbers is defined by the channel.

mod english;

use serde::{Deserialize, Serialize};

use crate::capabilities::Unit;
use crate::channel::Channel;
use crate::inbound::FileKind;

pub use english::FailureText;

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = FailureCause))]
#[serde(tag = "code", content = "args", rename_all = "snake_case")]
pub enum Failure {
    /// The channel refused it, or did not answer.
    Channel(ChannelError),
    /// Deskbell's own store did not answer, so nothing was sent.
    StoreUnreachable {},
    /// The gateway was deleted.
    GatewayDeleted {},
    /// The Page was removed from its gateway.
    PageRemoved {},
    /// The customer or the message was erased.
    CustomerGone {},
    /// The customer refused marketing messages before this one left.
    MarketingRefused {},
    /// No token of the Page is valid; the message waits.
    Disconnected {},
    /// No token of the Page is valid; the reaction is dropped.
    ReactionDisconnected {},
    /// The channel has not accepted the reaction yet.
    ReactionDelayed {},
    /// The channel's id of the message that the reaction is for is not known.
    ReactionTargetUnknown {},
    /// The file is not in the media store.
    FileLost {},
    /// The channel does not store the file.
    FileNotStored {},
    /// It was never confirmed, and the channel does not show it.
    NotShown {},
    /// It was never confirmed, and the channel no longer shows messages from that time.
    NotVisible {},
    /// The customer never did anything that opens the window.
    WindowNeverOpened {
        /// How long it would be open.
        hours: i64,
    },
    /// The window is closed for automatic messages.
    WindowClosedToBots {
        /// How long it was open.
        hours: i64,
    },
    /// The window is closed, and the app lacks the feature that gives agents more time.
    WindowClosed {
        /// How long it was open.
        hours: i64,
        /// How long agents could write with that feature.
        days: i64,
    },
    /// The window is closed for agents as well.
    WindowClosedToPeople {
        /// How long it was open for bots and agents.
        hours: i64,
        /// How long it was open for agents.
        days: i64,
    },
    /// The comment already got its one private reply.
    CommentAnswered {},
    /// The comment was removed.
    CommentRemoved {},
    /// The comment is too old for a private reply.
    CommentTooOld {
        /// Its age.
        days: i64,
        /// The maximum age.
        limit: i64,
    },
    /// This version of Deskbell does not have the channel.
    ChannelMissing {
        /// The channel.
        #[cfg_attr(feature = "schema", schema(value_type = String))]
        channel: Channel,
    },
    /// The channel does not send this at all.
    NotOnChannel {
        /// The channel's name on screens.
        channel: String,
    },
    /// The text is empty.
    TextEmpty {},
    /// The whole text is too long.
    TextTooLong {
        /// The unit of both.
        unit: Unit,
        /// Its length.
        length: usize,
        /// The maximum length.
        limit: usize,
    },
    /// The text of one request is too long.
    PartTooLong {
        /// The channel's name on screens.
        channel: String,
        /// The unit of both.
        unit: Unit,
        /// Its length, in UTF-16 units.
        length: usize,
        /// The maximum length.
        limit: usize,
    },
    /// The file is empty.
    FileEmpty {},
    /// The file is too large.
    FileTooLarge {
        /// The channel's name on screens.
        channel: String,
        /// Its size.
        bytes: u64,
        /// The maximum size.
        limit: u64,
    },
    /// The channel does not accept this kind of file, or this format.
    FileTypeNotTaken {
        /// The channel's name on screens.
        channel: String,
        /// What the file is.
        kind: FileKind,
        /// Its media type.
        mime: String,
        /// The media types of this kind that it accepts; empty if there are none.
        types: Vec<String>,
    },
    /// The channel has no reactions.
    NoReactions {
        /// The channel's name on screens.
        channel: String,
    },
    /// The channel does not support this emoji as a reaction.
    ReactionNotTaken {
        /// The channel's name on screens.
        channel: String,
        /// The emoji.
        emoji: String,
        /// Those that it accepts.
        taken: String,
    },
    /// The channel has no quick replies.
    NoChoices {
        /// The channel's name on screens.
        channel: String,
    },
    /// The channel has no cards or buttons.
    NoTemplates {
        /// The channel's name on screens.
        channel: String,
    },
    /// There are too many files.
    TooManyFiles {
        /// The number.
        count: usize,
        /// The maximum number.
        limit: usize,
    },
    /// There are too many quick replies.
    TooManyChoices {
        /// The channel's name on screens.
        channel: String,
        /// The number.
        count: usize,
        /// The maximum number.
        limit: usize,
    },
    /// A quick reply has no title.
    ChoiceWithoutTitle {},
    /// The title of a quick reply is too long.
    ChoiceTitleTooLong {
        /// The channel's name on screens.
        channel: String,
        /// The title.
        title: String,
        /// Its length, in UTF-16 units.
        length: usize,
        /// The maximum length.
        limit: usize,
    },
    /// The payload of a quick reply is too long.
    ChoicePayloadTooLong {
        /// The channel's name on screens.
        channel: String,
        /// The title of that quick reply.
        title: String,
        /// The length of its payload, in UTF-16 units.
        length: usize,
        /// The maximum length.
        limit: usize,
    },
    /// Two buttons have the same title, which the channel does not accept.
    ChoiceTitleTwice {
        /// The channel's name on screens.
        channel: String,
        /// The title.
        title: String,
    },
    /// Two buttons have the same payload, which the channel does not accept.
    ChoicePayloadTwice {
        /// The channel's name on screens.
        channel: String,
        /// The title of the second one.
        title: String,
    },
    /// The channel does not support these cards or buttons.
    TemplateNotTaken {
        /// The channel's name on screens.
        channel: String,
        /// The place within them: a JSON pointer.
        pointer: String,
    },
    /// There are too many pictures.
    TooManyPictures {
        /// The channel's name on screens.
        channel: String,
        /// The number.
        count: usize,
        /// The maximum number.
        limit: usize,
    },
    /// The marker that is returned in the echo is too long.
    MetadataTooLong {
        /// Its length, in UTF-16 units.
        length: usize,
        /// The limit.
        limit: usize,
    },
}

impl Failure {
    /// The channel's own code and finer code; 0 where it gave none.
    pub fn numbers(&self) -> (i64, i64) {
        match self {
            Failure::Channel(error) => (error.code, error.subcode),
            _ => (0, 0),
        }
    }
}

/// What a channel answered, in its own numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChannelError {
    /// The entry of the channel's catalogue that explains it.
    pub case: ErrorCase,
    /// The channel's code; 0 if it gave none.
    pub code: i64,
    /// The channel's subcode; 0 if it gave none.
    pub subcode: i64,
    /// The channel's id of this error, for a request to its support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub trace: Option<String>,
}

/// The parts of a channel's error that decide what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCase {
    /// The code is in the channel's catalogue.
    Listed,
    /// The channel reports that it is temporary.
    Transient,
    /// Too many requests.
    Throttled,
    /// No answer came.
    NoAnswer,
    /// The answer could not be read.
    Unreadable,
    /// The answer was a redirect.
    Redirected,
    /// The answer was a refusal without a code.
    Codeless,
    /// The answer has a code that the catalogue lacks.
    UnknownCode,
}
