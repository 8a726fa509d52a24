//! One message of a conversation, from any side, and its state.

mod parts;

use serde::{Deserialize, Serialize};

use crate::choice_list::ChoiceList;
use crate::failure::Failure;
use crate::id::{ConversationId, DeliveryId, IdentityId, MediumId, MessageId, UserId};
use crate::inbound::{Booking, FileKind, Form, Referral, Story, StoryKind};
use crate::message_template::FilledTemplate;
use crate::outbound::Choice;
use crate::special::Special;
use crate::template::Template;
use crate::thread_event::{ThreadEvent, appointment, came_by, story_mention, view_once};
use crate::time::Micros;
use crate::words::words;

/// What kind of thing a message is: the API's `kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = MessageKind))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A text.
    Text,
    /// Files, with or without text.
    Attachment,
    /// A tap on a button.
    Postback,
    /// A link or an advertisement that led here.
    Referral,
    /// A place.
    Location,
    /// A shared link, post or reel.
    Share,
    /// A card, product or receipt.
    Template,
    /// Something that could not be shown here.
    Unsupported,
    /// A note for agents only.
    Note,
    /// Something that happened to the conversation.
    Event,
}

impl From<Form> for Kind {
    fn from(form: Form) -> Self {
        match form {
            Form::Text => Kind::Text,
            Form::Attachment => Kind::Attachment,
            Form::Postback => Kind::Postback,
            Form::Referral => Kind::Referral,
            Form::Location => Kind::Location,
            Form::Share => Kind::Share,
            Form::Template => Kind::Template,
            Form::Unsupported => Kind::Unsupported,
        }
    }
}

/// Its direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the customer.
    In,
    /// To the customer.
    Out,
    /// Internal.
    Internal,
}

/// The sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SenderKind {
    /// The customer.
    Contact,
    /// A flow.
    Bot,
    /// An agent or another user.
    Agent,
    /// The Page, by a person or app outside Deskbell.
    Page,
    /// Deskbell itself.
    System,
}

/// The author, with the name at the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// What they are.
    pub kind: SenderKind,
    /// Their name; empty for the customer, whose name may become known later.
    pub name: String,
    /// The user, for agents.
    pub user: Option<UserId>,
}

impl Sender {
    /// The customer.
    pub fn contact() -> Self {
        Self { kind: SenderKind::Contact, name: String::new(), user: None }
    }

    /// A flow or a template text.
    pub fn bot() -> Self {
        Self { kind: SenderKind::Bot, name: "Bot".into(), user: None }
    }

    /// Deskbell itself.
    pub fn system() -> Self {
        Self { kind: SenderKind::System, name: "Deskbell".into(), user: None }
    }

    /// An agent or another user.
    pub fn agent(user: UserId, name: &str) -> Self {
        Self { kind: SenderKind::Agent, name: name.to_owned(), user: Some(user) }
    }

    /// Someone who answered for the page outside Deskbell.
    pub fn page(name: &str) -> Self {
        Self { kind: SenderKind::Page, name: name.to_owned(), user: None }
    }
}

/// The state of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = MessageStatus))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It came in, or is internal.
    Received,
    /// It waits to leave, or is on its way.
    Queued,
    /// Meta accepted it.
    Sent,
    /// It reached the customer's device.
    Delivered,
    /// The customer saw it.
    Read,
    /// It was not sent; the error gives the reason.
    Failed,
    /// It may have been sent: an echo would confirm it.
    Uncertain,
    /// It was withdrawn before it was sent.
    Cancelled,
}

words!(Status {
    Received = "received",
    Queued = "queued",
    Sent = "sent",
    Delivered = "delivered",
    Read = "read",
    Failed = "failed",
    Uncertain = "uncertain",
    Cancelled = "cancelled",
});

/// A file of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct File {
    /// The medium that stores it.
    pub medium: MediumId,
    /// What it is.
    pub kind: FileKind,
    /// Its name; empty if the channel gave none.
    #[serde(default)]
    pub name: String,
    /// Where it must be fetched from, for one that came in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The channel's id of one that came in, where its address has to be requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    /// The SHA-256 of its bytes in hex, as reported by the channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

impl File {
    /// A file with nothing else known about it.
    pub fn of(medium: MediumId, kind: FileKind) -> Self {
        Self { medium, kind, name: String::new(), url: None, source_id: None, sha256: None }
    }

    /// Whether it has to be fetched.
    pub fn is_remote(&self) -> bool {
        self.url.is_some() || self.source_id.is_some()
    }

    /// Whether it is of a kind that can have a caption, on channels with captions.
    fn takes_caption(&self) -> bool {
        matches!(self.kind, FileKind::Image | FileKind::Video | FileKind::File)
    }
}

/// A card as a thread stores it: its picture is a medium.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ShownCard {
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The text below the title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subtitle: Option<String>,
    /// Its picture, one of [`MessageData::pictures`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<MediumId>,
    /// Where it leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// A reaction to a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// The emoji.
    pub emoji: String,
    /// The author: `contact` or a user's id.
    pub by: String,
    /// Why the customer does not see it; None while nothing is wrong with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}

/// What only some messages have; stored as JSON.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MessageData {
    /// Files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<File>,
    /// The choices that it offers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// Cards and buttons that we sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<Box<Template>>,
    /// A list to choose from that we sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<Box<ChoiceList>>,
    /// A special message that we sent: a place, contacts, a link, a heart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub special: Option<Box<Special>>,
    /// A message template that we sent, filled in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved: Option<Box<FilledTemplate>>,
    /// Reactions on it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// The colleagues whom a note mentions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UserId>,
    /// The message that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// The payload of the tapped button.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    /// Degrees north and east.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<(f64, f64)>,
    /// Address and title of a shared link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<(String, Option<String>)>,
    /// No webhook delivered it: catch-up found it in the channel's own record.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub caught_up: bool,
    /// Products, cards, shared posts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<ShownCard>,
    /// Pictures of cards and advertisements: fetched like files, shown in their place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pictures: Vec<File>,
    /// An appointment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking: Option<Booking>,
    /// The story that it answers, or that mentions the business. Its media is not stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub story: Option<Story>,
    /// It contained a view-once photo or video, which the channel does not provide.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub view_once: bool,
    /// Where the customer came from with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referral: Option<Box<Referral>>,
    /// The picture of that advertisement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referral_picture: Option<MediumId>,
    /// The customer forwarded someone else's message.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub forwarded: bool,
    /// Written while another app had control of the thread.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub standby: bool,
    /// A part of it is of a kind that could not be shown.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
    /// When the customer last changed their reaction, and when the business did: an older change that arrives late is
    /// ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reacted: Vec<(String, Micros)>,
    /// When it is to be sent; None once it was sent, or if it is sent immediately.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_at: Option<Micros>,
    /// How many requests to the channel it takes.
    #[serde(skip_serializing_if = "is_zero")]
    pub parts: u32,
    /// The channel's id of the comment to which it is the private reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The deliveries that contain its text: an unsend removes it there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<DeliveryId>,
    /// What happened, for an event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<Box<ThreadEvent>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// The customer, as one account knows them.
    pub identity: IdentityId,
    /// What kind of thing it is.
    pub kind: Kind,
    /// Its direction.
    pub direction: Direction,
    /// The sender.
    pub sender: Sender,
    /// The text; None for events, which are [`MessageData::event`].
    pub text: Option<String>,
    /// What only some messages have.
    pub data: MessageData,
    /// Its state.
    pub status: Status,
    /// Why it failed or is waiting.
    pub error: Option<Failure>,
    /// The channel's time for it, else ours.
    pub at: Micros,
    /// The sender's own key, which identifies a repeated request.
    pub client_id: Option<String>,
}

impl Message {
    /// The text in the API: its own, or the English for what has none: an event, an appointment, a referral, a story,
    /// view-once media.
    pub fn english(&self) -> Option<String> {
        let event = || self.data.event.as_deref().map(ThreadEvent::english);
        let referral = || self.data.referral.as_deref().filter(|_| self.kind == Kind::Referral).map(came_by);
        let booking = || self.data.booking.as_ref().map(appointment);
        let story =
            || self.data.story.as_ref().filter(|it| it.kind == StoryKind::Mention).map(|_| story_mention());
        let once = || self.data.view_once.then(view_once);
        self.text.clone().or_else(event).or_else(referral).or_else(booking).or_else(story).or_else(once)
    }

    /// The text for searches: the text, or what an event or a referral quotes.
    pub fn searchable(&self) -> String {
        let event = || self.data.event.as_deref().map(ThreadEvent::quoted);
        let referral = || self.data.referral.as_deref().and_then(|it| it.name().map(str::to_owned));
        self.text.clone().or_else(event).or_else(referral).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capabilities::tests::SAMPLE;
    use crate::outbound::Part;

    fn sample(text: Option<&str>, data: MessageData) -> Message {
        Message {
            id: MessageId(1),
            conversation: ConversationId(1),
            identity: IdentityId(1),
            kind: Kind::Text,
            direction: Direction::Out,
            sender: Sender::bot(),
            text: text.map(str::to_owned),
            data,
            status: Status::Queued,
            error: None,
            at: Micros(0),
            client_id: None,
        }
    }

    fn file(id: i64, kind: FileKind) -> File {
        File::of(MediumId(id), kind)
    }

    fn yes() -> Vec<Choice> {
        vec![Choice { title: "Yes".into(), payload: "Y".into() }]
    }

    #[test]
    fn choices_stand_under_the_last_part_of_a_long_text() {
        let text = "A sentence. ".repeat(300);
        let parts = sample(Some(&text), MessageData { choices: yes(), ..MessageData::default() }).parts(&SAMPLE);
        assert_eq!(parts.len(), 2);
        assert!(matches!(&parts[0], Part::Text { choices, .. } if choices.is_empty()));
        assert!(matches!(&parts[1], Part::Text { choices, .. } if *choices == yes()));
    }

    #[test]
    fn pictures_leave_together_and_other_files_one_by_one() {
        let pictures = vec![file(1, FileKind::Image), file(2, FileKind::Image)];
        let parts =
            sample(Some("Look"), MessageData { files: pictures, choices: yes(), ..MessageData::default() })
                .parts(&SAMPLE);
        assert_eq!(parts.len(), 2);
        assert_eq!(parts[1], Part::Pictures { media: vec![MediumId(1), MediumId(2)], choices: yes() });
        let mixed = vec![file(1, FileKind::Image), file(2, FileKind::Audio)];
        let parts = sample(None, MessageData { files: mixed, ..MessageData::default() }).parts(&SAMPLE);
        assert_eq!(parts.len(), 2);
        assert!(parts.iter().all(|part| matches!(part, Part::File { .. })));
    }

    #[test]
    fn blank_words_make_no_part_of_their_own() {
        let gap = format!("a{}b", " ".repeat(5_000));
        let parts = sample(Some(&gap), MessageData::default()).parts(&SAMPLE);
        assert!(parts.iter().all(|part| matches!(part, Part::Text { text, .. } if !text.trim().is_empty())));
        assert_eq!(sample(Some("  \n"), MessageData::default()).parts(&SAMPLE), vec![]);
    }
}
