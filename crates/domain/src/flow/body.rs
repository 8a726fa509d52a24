//! A bot's program as it is stored: nodes by id. Plain data; what it means is in `step`, and whether it can be
//! published in `check`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::QueueId;
use crate::message_template::TemplateToSend;
use crate::template::Template;

/// The number of this format.
pub const SCHEMA: u32 = 1;
/// Unmatched answers that are borne before `otherwise`, where a node says nothing.
pub const DEFAULT_RETRIES: u32 = 2;

/// A flow's program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowBody {
    /// The format: [`SCHEMA`].
    pub schema: u32,
    /// The id of the node where runs begin.
    pub start: String,
    /// All nodes by their ids.
    pub nodes: BTreeMap<String, Node>,
}

/// A node's id; none where the run is meant to end.
pub type Next = Option<String>;

/// One step of a flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Node {
    /// Sends a message and continues.
    Send {
        /// The text; empty beside a message template.
        text: String,
        /// Choices under them; a tap is the input of the next node that waits.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        quick_replies: Vec<QuickReply>,
        /// Cards or buttons after the text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        template: Option<Template>,
        /// A template that the channel approved, instead of all that: it is sent whether the window is open or closed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message_template: Option<TemplateToSend>,
        /// What comes next if the message template can't be sent; absent: the same as after one that was sent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_error: Next,
        /// What comes next.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Next,
    },
    /// Offers choices and waits for one.
    Menu {
        /// The question.
        text: String,
        /// The choices.
        options: Vec<MenuOption>,
        /// What is said when an answer fits no choice; `text` again where it is absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_text: Option<String>,
        /// How often that is said before `otherwise`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retries: Option<u32>,
        /// The next node if no answer fits; absent: the customer is handed over to people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        otherwise: Next,
    },
    /// Asks for a text and stores it in a variable.
    Ask {
        /// The question.
        text: String,
        /// The variable that holds the answer.
        variable: String,
        /// What an answer must be.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        validate: Option<Validate>,
        /// What is said when an answer won't do; where it is absent, what `validate` wants, else `text` again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_text: Option<String>,
        /// How often that is said before `otherwise`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retries: Option<u32>,
        /// How long it waits; absent: forever.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout_seconds: Option<u32>,
        /// What comes after that time; absent: the run ends.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_timeout: Next,
        /// The next node if no answer is valid; absent: the customer is handed over to people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        otherwise: Next,
        /// What comes next.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Next,
    },
    /// Goes one way or the other.
    Condition {
        /// The variable that is looked at; also `contact.name`, `contact.first_name`, `page.name`.
        variable: String,
        /// What is asked of it.
        is: Comparison,
        /// What it is compared with; not needed for `exists`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<String>,
        /// What comes if it is so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        then: Next,
        /// What comes if it is not.
        #[serde(default, rename = "else", skip_serializing_if = "Option::is_none")]
        otherwise: Next,
    },
    /// Remembers something.
    Set {
        /// The variable.
        variable: String,
        /// Its new value.
        value: String,
        /// What comes next.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Next,
    },
    /// Hands over to people: the run ends.
    JoinQueue {
        /// Which queue; none for the first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        queue_id: Option<QueueId>,
        /// What the customer is sent while waiting.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        waiting_text: Option<String>,
        /// What the customer is sent instead if no agent is online.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nobody_text: Option<String>,
    },
    /// Closes the conversation: the run ends.
    Close {
        /// The last message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// Why, for the history.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// A choice under a `send`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuickReply {
    /// What is shown, and comes back as text.
    pub title: String,
    /// The payload. The customer does not see it.
    pub payload: String,
}

/// A choice of a `menu`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MenuOption {
    /// Its name inside the menu; stays when the title changes.
    pub id: String,
    /// What is shown.
    pub title: String,
    /// What comes when it is chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Next,
}

/// What an answer must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validate {
    /// The kind of answer.
    pub kind: AnswerKind,
}

/// The kinds of answers that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerKind {
    /// Any text, file, link or place.
    #[default]
    Any,
    /// A number.
    Number,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
}

/// What a condition asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// The same, whatever the case; the same number, if both are numbers.
    Equals,
    /// The value is found inside, whatever the case.
    Contains,
    /// There is anything at all.
    Exists,
    /// A greater number.
    Greater,
    /// A lesser number.
    Less,
}

impl FlowBody {
    /// Every message template that the flow names, with the node that names it.
    pub fn message_templates(&self) -> impl Iterator<Item = (&str, &TemplateToSend)> {
        self.nodes.iter().filter_map(|(id, node)| match node {
            Node::Send { message_template: Some(named), .. } => Some((id.as_str(), named)),
            _ => None,
        })
    }
}

impl Node {
    /// Every way out of this node: the JSON pointer of it inside the node, and where it leads.
    pub fn exits(&self) -> Vec<(String, &str)> {
        let mut exits = Vec::new();
        fn add<'a>(exits: &mut Vec<(String, &'a str)>, place: String, next: &'a Next) {
            exits.extend(next.as_deref().map(|next| (place, next)));
        }
        match self {
            Node::Send { next, on_error, .. } => {
                add(&mut exits, "/next".into(), next);
                add(&mut exits, "/on_error".into(), on_error);
            }
            Node::Set { next, .. } => add(&mut exits, "/next".into(), next),
            Node::Menu { options, otherwise, .. } => {
                for (index, option) in options.iter().enumerate() {
                    add(&mut exits, format!("/options/{index}/next"), &option.next);
                }
                add(&mut exits, "/otherwise".into(), otherwise);
            }
            Node::Ask { next, on_timeout, otherwise, .. } => {
                add(&mut exits, "/next".into(), next);
                add(&mut exits, "/on_timeout".into(), on_timeout);
                add(&mut exits, "/otherwise".into(), otherwise);
            }
            Node::Condition { then, otherwise, .. } => {
                add(&mut exits, "/then".into(), then);
                add(&mut exits, "/else".into(), otherwise);
            }
            Node::JoinQueue { .. } | Node::Close { .. } => {}
        }
        exits
    }

    /// Whether the run stops here until the customer says something.
    pub fn waits(&self) -> bool {
        matches!(self, Node::Menu { .. } | Node::Ask { .. })
    }

    /// The word of its `type`.
    pub fn kind(&self) -> &'static str {
        match self {
            Node::Send { .. } => "send",
            Node::Menu { .. } => "menu",
            Node::Ask { .. } => "ask",
            Node::Condition { .. } => "condition",
            Node::Set { .. } => "set",
            Node::JoinQueue { .. } => "join_queue",
            Node::Close { .. } => "close",
        }
    }
}
