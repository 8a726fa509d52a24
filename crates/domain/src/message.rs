//! One thing said in a conversation, by whomever, and what became of it.

use serde::{Deserialize, Serialize};

use crate::id::{ConversationId, IdentityId, MediumId, MessageId, UserId};
use crate::inbound::{FileKind, Form};
use crate::outbound::{Choice, Failure, Part};
use crate::time::Micros;

/// What kind of thing a message is: the API's `kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Words.
    Text,
    /// Files, with or without words.
    Attachment,
    /// A tap on a button.
    Postback,
    /// A link or an advertisement that led here.
    Referral,
    /// A place.
    Location,
    /// A link, post or reel passed on.
    Share,
    /// A card, product or receipt.
    Template,
    /// Something that could not be shown here.
    Unsupported,
    /// Said among agents only.
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

/// Which way it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the customer.
    In,
    /// To the customer.
    Out,
    /// Among ourselves.
    Internal,
}

/// Who said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SenderKind {
    /// The customer.
    Contact,
    /// A flow.
    Bot,
    /// A person of ours.
    Agent,
    /// The page, by somebody outside Deskbell.
    Page,
    /// Deskbell itself.
    System,
}

/// Who said it, by name as it was at the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// What they are.
    pub kind: SenderKind,
    /// What they are called; empty for the customer, whose name may come later.
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

    /// A person of ours.
    pub fn agent(user: UserId, name: &str) -> Self {
        Self { kind: SenderKind::Agent, name: name.to_owned(), user: Some(user) }
    }

    /// Somebody who answered for the page outside Deskbell.
    pub fn page(name: &str) -> Self {
        Self { kind: SenderKind::Page, name: name.to_owned(), user: None }
    }
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It came in, or is internal.
    Received,
    /// It waits to leave, or is on its way.
    Queued,
    /// Meta took it.
    Sent,
    /// It reached the customer's device.
    Delivered,
    /// The customer saw it.
    Read,
    /// It did not leave; the error says why.
    Failed,
    /// It may have left: an echo will tell.
    Uncertain,
    /// It was taken back before it left.
    Cancelled,
}

impl Status {
    /// The API's word, which is also the one in the store.
    pub fn word(self) -> &'static str {
        match self {
            Status::Received => "received",
            Status::Queued => "queued",
            Status::Sent => "sent",
            Status::Delivered => "delivered",
            Status::Read => "read",
            Status::Failed => "failed",
            Status::Uncertain => "uncertain",
            Status::Cancelled => "cancelled",
        }
    }

    /// Reads the word of the store; an unknown one counts as received.
    pub fn from_word(word: &str) -> Self {
        [
            Status::Queued,
            Status::Sent,
            Status::Delivered,
            Status::Read,
            Status::Failed,
            Status::Uncertain,
            Status::Cancelled,
        ]
        .into_iter()
        .find(|status| status.word() == word)
        .unwrap_or(Status::Received)
    }
}

/// A file of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct File {
    /// The medium that holds it.
    pub medium: MediumId,
    /// What it is.
    pub kind: FileKind,
    /// Its name; empty if the channel gave none.
    #[serde(default)]
    pub name: String,
    /// Where it must be fetched from, for one that came in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// An emoji that somebody put on a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// The emoji.
    pub emoji: String,
    /// Who: `contact` or a user's id.
    pub by: String,
}

/// What only some messages have; kept as JSON.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Extra {
    /// Files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<File>,
    /// Choices offered with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// Reactions on it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// The message that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// What the tapped button stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    /// Degrees north and east.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<(f64, f64)>,
    /// Address and title of a shared link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<(String, Option<String>)>,
    /// How many requests to the channel it takes.
    #[serde(skip_serializing_if = "is_zero")]
    pub parts: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// One thing said in a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Where it was said.
    pub conversation: ConversationId,
    /// Which customer of which page it concerns.
    pub identity: IdentityId,
    /// What kind of thing it is.
    pub kind: Kind,
    /// Which way it goes.
    pub direction: Direction,
    /// Who said it.
    pub sender: Sender,
    /// The words.
    pub text: Option<String>,
    /// What only some messages have.
    pub extra: Extra,
    /// What became of it.
    pub status: Status,
    /// Why it failed or waits.
    pub error: Option<Failure>,
    /// The channel's time of it, else ours.
    pub at: Micros,
    /// The sender's own key, by which a repeated request is known.
    pub client_id: Option<String>,
}

impl Message {
    /// What is sent for it: its words, then each file.
    pub fn parts(&self) -> Vec<Part> {
        let words = self.text.clone().filter(|text| !text.trim().is_empty());
        let words = words.map(|text| Part::Text { text, choices: self.extra.choices.clone() });
        let files = self.extra.files.iter().map(|file| Part::File { medium: file.medium, file: file.kind });
        words.into_iter().chain(files).collect()
    }
}
