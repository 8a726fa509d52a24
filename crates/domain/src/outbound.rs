//! What we want the outside world to be told, in our own words, and what came of it.

use serde::{Deserialize, Serialize};

use crate::id::MediumId;
use crate::inbound::FileKind;

/// One part of a message, as the outbox keeps it: exactly one request to the channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Part {
    /// Words, with choices to tap.
    Text {
        /// The words.
        text: String,
        /// Choices; empty for none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        choices: Vec<Choice>,
    },
    /// A file from the media store, uploaded with the request.
    File {
        /// Which medium.
        medium: MediumId,
        /// What it is.
        file: FileKind,
    },
    /// "Is writing" at the customer's side; never retried, never shown.
    Typing,
    /// "Seen" at the customer's side; never retried, never shown.
    Seen,
}

/// A choice to tap: a quick reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What is shown, and comes back as the customer's words.
    pub title: String,
    /// What comes back unseen.
    pub payload: String,
}

/// Who speaks: it decides what Meta allows after 24 hours (meta-platform.md §3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// A flow, a template text, anything that no person typed just now.
    Bot,
    /// A person.
    Agent,
}

/// A sentence about something that did not work: what happened, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The channel's code; 0 where it gave none.
    pub code: i64,
    /// The channel's finer code; 0 where it gave none.
    pub subcode: i64,
    /// What happened, for people.
    pub reason: String,
    /// What to do next, for people.
    pub action: String,
}
