//! What channels report, in our own terms. A channel turns its events into [`Inbound`]; from there on no code asks
//! which channel it was.

mod account_event;
mod comment;
mod control;
mod customer;
mod sending;

use serde::{Deserialize, Serialize};

pub use self::account_event::{AccountEvent, TemplateName};
pub use self::comment::{Comment, Verb};
pub use self::control::{Control, ControlStep, PolicyAction};
pub use self::customer::{CustomerDetails, MarketingChoice, Renamed};
pub use self::sending::{Progress, SendStatus};
use crate::channel::Address;
use crate::not_applied::NotApplied;
use crate::thread_event::ThreadEvent;
use crate::time::Micros;

/// One thing that happened on a channel, for one customer of one account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inbound {
    /// The customer that it is about; without a user for events about the account alone.
    pub address: Address,
    /// The channel's own time of it; None where the channel gives none.
    pub at: Option<Micros>,
    /// Another receiver holds the thread (meta-platform.md §5.4): it is written down and nothing answers it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub standby: bool,
    /// What the event itself says of the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<Box<CustomerDetails>>,
    /// What happened.
    pub what: InboundEvent,
}

impl Inbound {
    /// Every id of the channel's in it by which something is stored or looked up.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        let (of_message, others): (&str, &[String]) = match &self.what {
            InboundEvent::Said(Said { mid, .. })
            | InboundEvent::Echo(Echo { mid, .. })
            | InboundEvent::Edited { mid, .. }
            | InboundEvent::Unsent { mid }
            | InboundEvent::ReadMessage { mid }
            | InboundEvent::Reacted { mid, .. } => (mid, &[]),
            InboundEvent::Delivered { mids, .. } => ("", mids),
            InboundEvent::Referral(referral) => (&referral.key, &[]),
            InboundEvent::Notice { key, .. } | InboundEvent::Unknown { key, .. } => (key, &[]),
            InboundEvent::Control(step) => (&step.key, &[]),
            InboundEvent::Commented(comment) => (&comment.id, &[]),
            InboundEvent::Status(status) => (&status.mid, &[]),
            InboundEvent::Renamed(renamed) => (&renamed.key, &[]),
            InboundEvent::Read { .. }
            | InboundEvent::PolicyAction { .. }
            | InboundEvent::Marketing { .. }
            | InboundEvent::Account(_)
            | InboundEvent::NotForUs { .. } => ("", &[]),
        };
        let Address { account, user } = &self.address;
        [account.id.as_str(), user, of_message].into_iter().chain(others.iter().map(String::as_str))
    }
}

/// The kinds of things that happen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum InboundEvent {
    /// The customer said something.
    Said(Said),
    /// A message from the Page: our own coming back, or one that another app or person sent.
    Echo(Echo),
    /// The customer edited an earlier message.
    Edited {
        /// The channel's id of the message.
        mid: String,
        /// The new text.
        text: String,
        /// Which edit of the message it is, from 1; None where the channel does not count.
        number: Option<i64>,
    },
    /// The customer took a message back.
    Unsent {
        /// The channel's id of the message.
        mid: String,
    },
    /// Someone put a reaction on a message, or took it off.
    Reacted {
        /// The channel's id of the message.
        mid: String,
        /// Whether the page's side did it, outside Deskbell, and not the customer.
        by_page: bool,
        /// The emoji; None takes the reaction off.
        emoji: Option<String>,
    },
    /// Our messages arrived.
    Delivered {
        /// The ids that the channel names; may be empty.
        mids: Vec<String>,
        /// Everything sent up to here has arrived.
        watermark: Micros,
    },
    /// Our messages were read: everything up to the watermark.
    Read {
        /// Everything sent up to here was read.
        watermark: Micros,
    },
    /// The customer read this message of ours, and with it everything before it.
    ReadMessage {
        /// The channel's id of the message.
        mid: String,
    },
    /// The customer came by a link or an advertisement into an existing thread.
    Referral(Referral),
    /// A kind that the channel knows and that has no text: an event in the thread.
    Notice {
        /// Made from its content and time: the same again is a duplicate.
        key: String,
        /// What happened.
        event: ThreadEvent,
    },
    /// Who may answer the customer changed, or is asked to.
    Control(Control),
    /// An event of an unknown kind: it gets its place in the thread.
    Unknown {
        /// Made from its content and time: the same again is a duplicate.
        key: String,
        /// The channel's word for it.
        word: String,
    },
    /// The channel took a measure against the page for breaking a policy, or lifted it.
    PolicyAction {
        /// Which one.
        measure: PolicyAction,
        /// The channel's reason, in its words.
        reason: Option<String>,
    },
    /// Something was said below a post of the page, where everyone can read it.
    Commented(Comment),
    /// What became of one message of ours.
    Status(SendStatus),
    /// The customer is known under another id or phone number from now on.
    Renamed(Renamed),
    /// The customer said in the channel's own settings whether marketing messages are welcome.
    Marketing {
        /// Which.
        choice: MarketingChoice,
    },
    /// Something about an account of the business.
    Account(AccountEvent),
    /// Nothing that we handle: recorded, not applied.
    NotForUs {
        /// The reason.
        reason: NotApplied,
    },
}

impl From<NotApplied> for InboundEvent {
    fn from(reason: NotApplied) -> Self {
        InboundEvent::NotForUs { reason }
    }
}

impl InboundEvent {
    /// Whether Meta counts it as an act of the customer that opens the 24-hour window (meta-platform.md §3.5): a
    /// text, a postback, a link into the thread, a reaction.
    pub fn opens_window(&self) -> bool {
        match self {
            InboundEvent::Said(_) | InboundEvent::Referral(_) => true,
            InboundEvent::Reacted { emoji, by_page, .. } => emoji.is_some() && !by_page,
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
    /// The text; of a quick reply or postback its title.
    pub text: Option<String>,
    /// The payload of a button or quick reply: goes to the flow, is not shown.
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
    /// Products, cards, and shared links beyond the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<Card>,
    /// An appointment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booking: Option<Booking>,
    /// The story that it answers, or that mentions the business.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub story: Option<Story>,
    /// Whether it holds a photo or video that can be viewed once. The channel hands it to no one else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub view_once: bool,
    /// Whether a part of it is of a kind that we do not know.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
    /// Whether the customer passed on what someone else had written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forwarded: bool,
}

impl Said {
    fn mentions_us(&self) -> bool {
        self.story.as_ref().is_some_and(|story| story.kind == StoryKind::Mention)
    }

    /// What was sent instead of text or beside it, in words: what an answer to a question of the bot holds then.
    pub fn other_than_text(&self) -> Option<String> {
        let file = |file: &RemoteFile| {
            let name = file.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
            name.unwrap_or(match file.kind {
                FileKind::Image => "(photo)",
                FileKind::Video => "(video)",
                FileKind::Audio => "(voice message)",
                FileKind::Sticker => "(sticker)",
                FileKind::File => "(file)",
            })
            .to_owned()
        };
        let filled = |text: &String| !text.trim().is_empty();
        let link =
            |(url, title): &(String, Option<String>)| Some(url.clone()).filter(filled).or_else(|| title.clone());
        let card =
            |card: &Card| [&card.link, &card.title].into_iter().flatten().find(|text| filled(text)).cloned();
        let place = |(north, east): (f64, f64)| format!("{north}, {east}");
        self.place
            .map(place)
            .or_else(|| self.link.as_ref().and_then(link).filter(filled))
            .or_else(|| self.files.first().map(file))
            .or_else(|| self.cards.iter().find_map(card))
            .or_else(|| self.booking.is_some().then(|| "(appointment)".to_owned()))
            .or_else(|| self.mentions_us().then(|| "(story mention)".to_owned()))
            .or_else(|| self.view_once.then(|| "(photo or video that can be viewed once)".to_owned()))
            .or_else(|| match self.form {
                Form::Text | Form::Postback | Form::Referral if !self.incomplete => None,
                _ => Some("(unsupported content)".to_owned()),
            })
    }
}

/// A card of a message: a product, an element of a template, a shared post.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Card {
    /// What it is called.
    pub title: Option<String>,
    /// The text below the title.
    pub subtitle: Option<String>,
    /// Where its picture can be fetched.
    pub picture: Option<String>,
    /// Where it leads.
    pub link: Option<String>,
}

/// A story on Instagram. Its media is never stored (meta-platform.md §2.7): screens show it from the channel's own
/// address for as long as that works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Story {
    /// Where it can be seen for a while; None if the channel gave no address.
    pub url: Option<String>,
    /// What it has to do with the message.
    pub kind: StoryKind,
}

/// What a story has to do with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum StoryKind {
    /// The customer's story mentions the business.
    Mention,
    /// The message answers a story.
    Reply,
}

/// An appointment that the customer books with the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// The channel's word: `requested`, `confirmed`, `declined`, `cancelled`.
    pub status: String,
    /// When it begins.
    pub starts_at: Option<Micros>,
    /// When it ends.
    pub ends_at: Option<Micros>,
    /// The time zone in which the customer thinks of it, by its IANA name.
    pub timezone: Option<String>,
}

/// The form of what was said: the API's `kind` of an inbound message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Words.
    #[default]
    Text,
    /// Files, with or without text.
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

/// A file that the channel's servers hold for a while.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RemoteFile {
    /// What it is.
    pub kind: FileKind,
    /// Where it can be fetched; None when the channel gave no address.
    pub url: Option<String>,
    /// Its name, if the channel gives one.
    pub name: Option<String>,
    /// The channel's id of it, where its address has to be asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The SHA-256 of its bytes as the channel told it, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// The kinds of files that a channel knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// A picture, moving or not.
    Image,
    /// A film.
    Video,
    /// Speech or music.
    Audio,
    /// Anything else.
    #[default]
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

/// Where a customer came from (meta-platform.md §2.5, §2.6).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Referral {
    /// The `ref` parameter of the link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// `ADS`, `SHORTLINK`, … as the channel names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The advertisement's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ad_id: Option<String>,
    /// The advertisement's title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where its picture can be fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// Where its film can be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video: Option<String>,
    /// The post, product or flow that it promotes, as `post 5`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// The page on the web on which the link stood.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referer: Option<String>,
    /// The channel gives a referral no id; this one is made from its content and time.
    pub key: String,
}

impl Referral {
    /// What it is best called: the advertisement, else the link's own word.
    pub fn name(&self) -> Option<&str> {
        self.title.as_deref().or(self.ad_id.as_deref()).or(self.code.as_deref())
    }
}

/// A message of the page that the channel reports back.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Echo {
    /// The channel's id of the message.
    pub mid: String,
    /// The app that sent it, as the channel names it; None if it does not say.
    pub app: Option<String>,
    /// What we put into the message when we sent it; None for other senders.
    pub metadata: Option<String>,
    /// The text.
    pub text: Option<String>,
    /// The files.
    pub files: Vec<RemoteFile>,
    /// What kind of message it is, if it is more than text or files.
    #[serde(default)]
    pub form: Form,
    /// The channel's id of the message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Degrees north and east, for a location.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<(f64, f64)>,
    /// Address and title, for a shared link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<(String, Option<String>)>,
    /// Products, cards, and shared links beyond the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<Card>,
    /// An appointment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booking: Option<Booking>,
    /// The story that it answers, or that mentions the business.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub story: Option<Story>,
    /// Whether it holds a photo or video that can be viewed once. The channel hands it to no one else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub view_once: bool,
    /// Whether a part of it is of a kind that we do not know.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
}

/// What the channel reported last with a rounded time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// The channel's time.
    pub at: Micros,
    /// Where the thread shows it.
    pub placed: Micros,
}
