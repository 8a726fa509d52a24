//! What the outside world tells us, in our own words. A channel turns its events into [`Inbound`];
//! from there on nobody asks which channel it was.

use serde::{Deserialize, Serialize};

use crate::time::Micros;

/// One thing that happened on a channel, for one customer of one page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inbound {
    /// The page (Meta's Page id) that it happened on.
    pub page: String,
    /// How the page knows the customer (PSID). Empty for events about the page alone.
    pub customer: String,
    /// The channel's own time of it; None where the channel gives none.
    pub at: Option<Micros>,
    /// What happened.
    pub what: Happening,
}

/// The kinds of things that happen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Happening {
    /// The customer said something.
    Said(Said),
    /// The page said something: our own message coming back, or somebody else's.
    Echo(Echo),
    /// The customer changed the words of an earlier message.
    Edited {
        /// The channel's id of the message.
        mid: String,
        /// Its new words.
        text: String,
    },
    /// The customer took a message back.
    Unsent {
        /// The channel's id of the message.
        mid: String,
    },
    /// The customer put a reaction on a message, or took it off.
    Reacted {
        /// The channel's id of the message.
        mid: String,
        /// The emoji; None takes the reaction off.
        emoji: Option<String>,
    },
    /// Messages of ours arrived.
    Delivered {
        /// The ids that the channel names; may be empty.
        mids: Vec<String>,
        /// Everything sent up to here has arrived.
        watermark: Micros,
    },
    /// Messages of ours were read: everything up to the watermark.
    Read {
        /// Everything sent up to here was read.
        watermark: Micros,
    },
    /// The customer came by a link or an advertisement into an existing thread.
    Referred(Referral),
    /// Something known to the channel that has no words of its own: kept and shown as one line.
    Notice {
        /// A short sentence for the thread.
        text: String,
    },
    /// Something about the page, not about a customer (for example a policy warning).
    PageAlarm {
        /// A sentence for Health.
        text: String,
    },
    /// For another receiver (a thread we do not own), or nothing that we handle: recorded, not applied.
    NotForUs {
        /// Why.
        reason: String,
    },
}

impl Happening {
    /// Whether Meta counts it as an act of the customer that opens the 24-hour window
    /// (meta-platform.md §3.5): words, postbacks, a link into the thread, a reaction.
    pub fn opens_window(&self) -> bool {
        match self {
            Happening::Said(_) | Happening::Referred(_) => true,
            Happening::Reacted { emoji, .. } => emoji.is_some(),
            _ => false,
        }
    }
}

/// Words, files or a choice of the customer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Said {
    /// The channel's id of the message: the key by which a duplicate is known. Some postbacks have none
    /// (meta-platform.md §2.6); the channel then makes one from what does identify it.
    pub mid: String,
    /// What kind of thing it is.
    pub form: Form,
    /// The words; of a quick reply or postback its title.
    pub text: Option<String>,
    /// What a button or quick reply stands for; goes to the flow, is not shown.
    pub payload: Option<String>,
    /// Files that belong to it.
    pub files: Vec<RemoteFile>,
    /// The channel's id of the message that it answers.
    pub reply_to: Option<String>,
    /// Where the customer came from, when the message carries it.
    pub referral: Option<Referral>,
    /// Degrees north and east, for a location.
    pub place: Option<(f64, f64)>,
    /// Address and title, for a shared link.
    pub link: Option<(String, Option<String>)>,
}

/// The form of what was said: the API's `kind` of an inbound message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Words.
    #[default]
    Text,
    /// Files, with or without words.
    Attachment,
    /// A tap on a button, menu entry or Get Started.
    Postback,
    /// A link or an advertisement that led here.
    Referral,
    /// A place.
    Location,
    /// A link, post or reel passed on.
    Share,
    /// A card, product or receipt.
    Template,
    /// Something that the channel does not show to businesses, or that we do not know.
    Unsupported,
}

/// A file that lies on the channel's servers for a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RemoteFile {
    /// What it is.
    pub kind: FileKind,
    /// Where it can be fetched; None when the channel gave no address.
    pub url: Option<String>,
    /// Its name, where the channel tells.
    pub name: Option<String>,
}

/// The kinds of files that a channel knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// A picture, moving or not.
    Image,
    /// A film.
    Video,
    /// Speech or music.
    Audio,
    /// Anything else.
    File,
    /// A sticker.
    Sticker,
}

impl FileKind {
    /// The API's word for it.
    pub fn word(self) -> &'static str {
        match self {
            FileKind::Image => "image",
            FileKind::Video => "video",
            FileKind::Audio => "audio",
            FileKind::File => "file",
            FileKind::Sticker => "sticker",
        }
    }
}

/// Where a customer came from.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Referral {
    /// The `ref` parameter of the link.
    pub code: Option<String>,
    /// `ADS`, `SHORTLINK`, … as the channel names it.
    pub source: Option<String>,
    /// The advertisement's title, or its id.
    pub ad: Option<String>,
    /// The channel gives a referral no id; this one is made from its content and time.
    pub key: String,
}

/// A message of the page that the channel reports back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Echo {
    /// The channel's id of the message.
    pub mid: String,
    /// The app that sent it, as the channel names it; None when it does not tell.
    pub app: Option<String>,
    /// What we put into the message when we sent it; None for other senders.
    pub metadata: Option<String>,
    /// The words.
    pub text: Option<String>,
    /// The files.
    pub files: Vec<RemoteFile>,
}
