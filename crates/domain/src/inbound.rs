//! What channels report, in our own terms. A channel turns its events into [`Inbound`]; from there on no code asks
//! which channel it was.

mod account_event;
mod comment;
mod control;
mod customer;
mod sending;

use serde::{Deserialize, Serialize};

pub use self::account_event::{AccountAction, AccountEvent, TemplateName};
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
    /// The customer that the event is about; without a user for events about the account alone.
    pub address: Address,
    /// The channel's time for it; None where the channel gives none.
    pub at: Option<Micros>,
    /// Another receiver has control of the thread (meta-platform.md §5.4): the event is recorded and nothing answers
    /// it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub standby: bool,
    /// What the event itself contains about the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<Box<CustomerDetails>>,
    /// What happened.
    pub what: InboundEvent,
}

impl Inbound {
    /// Every channel id in it that is used to store or look up something.
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

/// The kinds of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum InboundEvent {
    /// The customer wrote or sent something.
    Said(Said),
    /// A message from the Page: an echo of our own, or one that another app or person sent.
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
    /// An event that has no text of the customer, shown as an event in the thread.
    Notice {
        /// Derived from its content and time, to detect duplicates.
        key: String,
        /// What happened.
        event: ThreadEvent,
    },
    /// Control of the thread changed, or a change is requested.
    Control(Control),
    /// An event of an unknown kind: it is shown in the thread.
    Unknown {
        /// Derived from its content and time, to detect duplicates.
        key: String,
        /// The channel's word for it.
        word: String,
    },
    /// The channel took action against the page for a policy violation, or lifted it.
    PolicyAction {
        /// The action.
        measure: PolicyAction,
        /// The channel's reason, in its words.
        reason: Option<String>,
    },
    /// Someone wrote a public comment below a post of the page.
    Commented(Comment),
    /// The status of one of our messages.
    Status(SendStatus),
    /// The customer has a new id or phone number.
    Renamed(Renamed),
    /// The customer allowed or refused marketing messages in the channel's own settings.
    Marketing {
        /// The choice.
        choice: MarketingChoice,
    },
    /// Something about an account of the business.
    Account(AccountEvent),
    /// Not handled by Deskbell: recorded, not applied.
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
    /// Whether Meta counts it as an action of the customer that opens the 24-hour window (meta-platform.md §3.5): a
    /// text, a postback, a link into the thread, a reaction.
    pub fn opens_window(&self) -> bool {
        match self {
            InboundEvent::Said(_) | InboundEvent::Referral(_) => true,
            InboundEvent::Reacted { emoji, by_page, .. } => emoji.is_some() && !by_page,
            _ => false,
        }
    }
}

/// A text, files or a choice of the customer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Said {
    /// The channel's id of the message: the key for detecting duplicates. Some postbacks have none (meta-platform.md
    /// §2.6); the channel then derives one from what does identify it.
    pub mid: String,
    /// What kind of thing it is.
    pub form: Form,
    /// The text; for a quick reply or postback, its title.
    pub text: Option<String>,
    /// The payload of a button or quick reply: passed to the flow, not shown.
    pub payload: Option<String>,
    /// Files that belong to it.
    pub files: Vec<RemoteFile>,
    /// The channel's id of the message that it answers.
    pub reply_to: Option<String>,
    /// Where the customer came from, if the message says so.
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
    /// Whether it contains a view-once photo or video. The channel does not provide it to businesses.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub view_once: bool,
    /// Whether a part of it is of an unknown kind.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
    /// Whether the customer forwarded someone else's message.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forwarded: bool,
}

impl Said {
    fn mentions_us(&self) -> bool {
        self.story.as_ref().is_some_and(|story| story.kind == StoryKind::Mention)
    }

    /// What was sent instead of text or with it, described in words: this is stored as the answer to a question of
    /// the bot.
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
/// address while that works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Story {
    /// Its temporary address; None if the channel gave none.
    pub url: Option<String>,
    /// How it relates to the message.
    pub kind: StoryKind,
}

/// How a story relates to a message.
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
    /// The channel's term: `requested`, `confirmed`, `declined`, `cancelled`.
    pub status: String,
    /// When it begins.
    pub starts_at: Option<Micros>,
    /// When it ends.
    pub ends_at: Option<Micros>,
    /// The customer's time zone, by its IANA name.
    pub timezone: Option<String>,
}

/// The kind of an inbound message; `kind` in the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// A text.
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
    /// A shared link, post or reel.
    Share,
    /// A card, product or receipt.
    Template,
    /// Something that the channel does not show to businesses, or that is unknown to us.
    Unsupported,
}

/// A file that the channel's servers store temporarily.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RemoteFile {
    /// What it is.
    pub kind: FileKind,
    /// Where it can be fetched; None when the channel gave no address.
    pub url: Option<String>,
    /// Its name, if the channel gives one.
    pub name: Option<String>,
    /// The channel's id of it, where its address has to be requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The SHA-256 of its bytes as reported by the channel, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// The kinds of files that a channel knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// A picture, animated or not.
    Image,
    /// A video.
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
    /// Its name in the API.
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
    /// `ADS`, `SHORTLINK`, … in the channel's terms.
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
    /// Where its video can be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video: Option<String>,
    /// The post, product or flow that it promotes, as `post 5`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// The web page that contained the link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referer: Option<String>,
    /// The channel gives a referral no id; this one is derived from its content and time.
    pub key: String,
}

impl Referral {
    /// The best name for it: the advertisement's title, else the link's `ref`.
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
    /// Whether it contains a view-once photo or video. The channel does not provide it to businesses.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub view_once: bool,
    /// Whether a part of it is of an unknown kind.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
}

/// The last event that the channel reported with a rounded time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// The channel's time.
    pub at: Micros,
    /// Where the thread shows it.
    pub placed: Micros,
}
