//! What we send to channels, in our own terms.

use serde::{Deserialize, Serialize};

use crate::choice_list::ChoiceList;
use crate::id::MediumId;
use crate::inbound::FileKind;
use crate::message_template::FilledTemplate;
use crate::special::Special;
use crate::template::Template;

/// One part of a message, as the outbox stores it: exactly one request to the channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Part {
    /// A text, with choices to tap.
    Text {
        /// The text.
        text: String,
        /// Choices; empty for none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        choices: Vec<Choice>,
    },
    /// A text with a list to choose from.
    List {
        /// The text.
        text: String,
        /// The list.
        list: Box<ChoiceList>,
    },
    /// A special message; the text is empty unless it is a button.
    Special {
        /// The text above the button.
        text: String,
        /// What it is.
        special: Box<Special>,
    },
    /// A template that the channel approved, filled in. It may be sent when the window is closed.
    Approved {
        /// What it is filled with.
        template: Box<FilledTemplate>,
    },
    /// A file from the media store.
    File {
        /// The medium.
        medium: MediumId,
        /// What it is.
        file: FileKind,
        /// Its name; None if it has none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Its caption.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caption: Option<String>,
        /// Choices to tap under it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        choices: Vec<Choice>,
    },
    /// Several pictures, shown together.
    Pictures {
        /// The media, in order.
        media: Vec<MediumId>,
        /// Choices to tap under them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        choices: Vec<Choice>,
    },
    /// Cards and buttons.
    Template {
        /// What they show.
        template: Template,
        /// Choices to tap under them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        choices: Vec<Choice>,
    },
    /// A reaction to the message in the request's `reply_to`.
    React {
        /// The emoji; None removes ours.
        emoji: Option<String>,
    },
    /// The typing indicator for the customer; never retried or shown.
    Typing,
    /// The "seen" mark for the customer; never retried or shown.
    Seen,
}

impl Part {
    /// The files that it shows.
    pub fn media(&self) -> &[MediumId] {
        match self {
            Part::File { medium, .. } => std::slice::from_ref(medium),
            Part::Pictures { media, .. } => media,
            Part::Template { template, .. } => template.medium(),
            Part::Text { .. }
            | Part::List { .. }
            | Part::Special { .. }
            | Part::Approved { .. }
            | Part::React { .. }
            | Part::Typing
            | Part::Seen => &[],
        }
    }

    /// Whether the customer sees it as a message; the others are reactions and marks.
    pub fn speaks(&self) -> bool {
        !matches!(self, Part::React { .. } | Part::Typing | Part::Seen)
    }

    /// The choices of a part that can have some.
    pub(crate) fn choices_mut(&mut self) -> Option<&mut Vec<Choice>> {
        match self {
            Part::Text { choices, .. }
            | Part::File { choices, .. }
            | Part::Pictures { choices, .. }
            | Part::Template { choices, .. } => Some(choices),
            Part::List { .. }
            | Part::Special { .. }
            | Part::Approved { .. }
            | Part::React { .. }
            | Part::Typing
            | Part::Seen => None,
        }
    }
}

/// A choice to tap: a quick reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Choice {
    /// The title, which is also returned as the customer's text.
    pub title: String,
    /// The payload. The customer does not see it.
    pub payload: String,
}

/// Agent or bot: this determines what Meta allows after 24 hours (meta-platform.md §3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// A flow, a template text, anything that a person has not just typed.
    Bot,
    /// A person.
    Agent,
}
