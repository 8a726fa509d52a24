//! A bot's program: nodes by id. Plain data; what it means is in `run`, whether it can be published in `check`, and how
//! it is written as JSON in `shape`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{CalendarId, FlowId, QueueId, UserId};
use crate::message_template::TemplateToSend;
use crate::template::Template;

/// The number of this format.
pub const SCHEMA: u32 = 2;
/// The default number of unmatched answers before `otherwise`.
pub const DEFAULT_RETRIES: u32 = 2;

/// A flow's program. Remarks and positions on the canvas are in its JSON only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowBody {
    /// The format: [`SCHEMA`].
    pub schema: u32,
    /// The id of the node where runs begin.
    pub start: String,
    /// All nodes by their ids.
    pub nodes: BTreeMap<String, Node>,
    /// Words that lead to a node from anywhere in the flow.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<Keyword>,
    /// What must be read from the store before it runs; known once it is parsed.
    #[serde(skip)]
    pub needs: Needs,
}

/// What must be loaded for a flow before it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    /// The phone number, e-mail address and language of the contact.
    pub contact: bool,
    /// The number of customers waiting in the queues.
    pub waiting: bool,
    /// How long customers will probably wait in them.
    pub expected_wait: bool,
    /// Which agents are online.
    pub agents: bool,
}

/// A node's id; none where the run ends.
pub type Next = Option<String>;

/// Words that lead to a node from anywhere in the flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keyword {
    /// What the customer writes, as a whole message.
    pub words: Vec<String>,
    /// The next node; absent: the customer is handed over to people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Next,
}

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
        /// A template approved by the channel, instead of the fields above: it is sent whether the window is open or
        /// closed.
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
        /// The variable that holds the title of the choice.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        variable: Option<String>,
        /// The text after an answer that fits no choice; absent: `text` again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_text: Option<String>,
        /// How often it is sent before `otherwise`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retries: Option<u32>,
        /// How long it waits; absent: forever.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout_seconds: Option<u32>,
        /// What comes after that time; absent: the run ends.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_timeout: Next,
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
        /// What a valid answer is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        validate: Option<Validate>,
        /// The text after an invalid answer; absent: what `validate` asks for, or `text` again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_text: Option<String>,
        /// How often it is sent before `otherwise`.
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
    /// Branches on a condition.
    Condition {
        /// What must be true; instead of the three fields below.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expression: Option<String>,
        /// The variable that is checked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        variable: Option<String>,
        /// The comparison.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        is: Option<Comparison>,
        /// What it is compared with; not needed for `exists`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<String>,
        /// What comes next if the condition is true.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        then: Next,
        /// What comes next if it is false.
        #[serde(default, rename = "else", skip_serializing_if = "Option::is_none")]
        otherwise: Next,
    },
    /// Continues with the first case that matches.
    Switch {
        /// The variable that is checked.
        variable: String,
        /// The cases, tried in this order.
        cases: Vec<Case>,
        /// What comes next if no case matches.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        otherwise: Next,
    },
    /// Sets a variable.
    Set {
        /// The variable.
        variable: String,
        /// Its new value.
        value: String,
        /// What comes next.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Next,
    },
    /// Calls another program and waits for its answer.
    Http {
        /// The HTTP method; GET if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        method: Option<Method>,
        /// The address.
        url: String,
        /// Headers.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        headers: BTreeMap<String, String>,
        /// The body.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<String>,
        /// The time limit of one attempt.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout_seconds: Option<u32>,
        /// The number of further attempts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retries: Option<u32>,
        /// Variables to fill from the answer: name to path.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        save: BTreeMap<String, String>,
        /// What comes if there is no successful answer; absent: the customer is handed over to people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_error: Next,
        /// What comes if it took too long; absent: `on_error`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_timeout: Next,
        /// What comes next.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Next,
    },
    /// Branches on whether a calendar is open.
    Calendar {
        /// The calendar.
        calendar_id: CalendarId,
        /// What comes if it is closed; absent: `next`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_closed: Next,
        /// What comes if it is open.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Next,
    },
    /// Hands over to people.
    JoinQueue {
        /// The queue; absent: the first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        queue_id: Option<QueueId>,
        /// What is added to the priority of the queue.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        priority: Option<u32>,
        /// What the customer is sent while waiting.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        waiting_text: Option<String>,
        /// What the customer is sent instead if no agent is online.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nobody_text: Option<String>,
        /// What the customer is sent repeatedly while they wait.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        position_text: Option<String>,
        /// How often.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        position_seconds: Option<u32>,
        /// How long the customer waits before `on_timeout`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_wait_seconds: Option<u32>,
        /// What comes if no agent accepted in that time; absent: the customer stays.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_timeout: Next,
        /// What comes if the queue is closed; absent: the customer waits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_closed: Next,
        /// What comes if the queue is full; absent: as the queue's settings say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_full: Next,
        /// What comes if no agent is online; absent: the customer waits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_nobody: Next,
        /// What comes when the agent closes the conversation; absent: it is closed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after_agent: Next,
    },
    /// Offers the conversation to one agent.
    Transfer {
        /// The agent.
        agent_id: UserId,
        /// The queue in which the customer waits until then; absent: the first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        queue_id: Option<QueueId>,
        /// What the customer is sent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        waiting_text: Option<String>,
        /// A note for the agent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
        /// What comes if the agent is not online; absent: the customer waits in the queue.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_nobody: Next,
    },
    /// Changes the labels of the conversation.
    Label {
        /// Names or ids of labels to add.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        add: Vec<String>,
        /// Names or ids of labels to remove.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        remove: Vec<String>,
        /// What comes next.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Next,
    },
    /// Writes a note for agents.
    Note {
        /// The note.
        text: String,
        /// What comes next.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Next,
    },
    /// Runs another flow and returns.
    Subflow {
        /// The flow.
        flow_id: FlowId,
        /// What comes if it can't be run; absent: the customer is handed over to people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_error: Next,
        /// What comes after it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Next,
    },
    /// Continues at another node or flow without returning.
    Jump {
        /// The other flow; absent: this one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        flow_id: Option<FlowId>,
        /// The node; absent: the start of the other flow.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Next,
    },
    /// Lets a language model answer.
    AiReply {
        /// How it should answer.
        instructions: String,
        /// Texts that it may use.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        knowledge: Vec<String>,
        /// The number of answers before `next`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_turns: Option<u32>,
        /// The time limit of one answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout_seconds: Option<u32>,
        /// What comes if it is unsure, or the customer asks for a person; absent: the customer is handed over to
        /// people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        otherwise: Next,
        /// What comes if it can't answer; absent: `otherwise`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_error: Next,
        /// What comes after `max_turns`; absent: `otherwise`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Next,
    },
    /// Posts what is known about the conversation to another program.
    Webhook {
        /// The address.
        url: String,
        /// Headers.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        headers: BTreeMap<String, String>,
        /// More fields.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        data: BTreeMap<String, String>,
        /// The time limit of one attempt.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout_seconds: Option<u32>,
        /// What comes if the post fails; absent: `next`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_error: Next,
        /// What comes next.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Next,
    },
    /// Waits for a fixed time.
    Wait {
        /// How long.
        seconds: u32,
        /// What comes if the customer writes before then; absent: it keeps waiting.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_reply: Next,
        /// What comes after that time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Next,
    },
    /// Closes the conversation: the run ends.
    Close {
        /// The last message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// The reason, for the history.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// A choice under a `send`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuickReply {
    /// What is shown, and returned as the customer's text.
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
    /// What comes next when it is chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Next,
}

/// A case of a `switch`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What the variable is compared with.
    pub value: String,
    /// What comes next if it is equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Next,
}

/// What a valid answer is.
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

/// How a condition compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// Equal, ignoring case; as numbers if both are numbers.
    Equals,
    /// Contains the value, ignoring case.
    Contains,
    /// The variable has a value.
    Exists,
    /// A greater number.
    Greater,
    /// A lesser number.
    Less,
}

/// How another program is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    #[default]
    Get,
    /// Adds something.
    Post,
    /// Replaces something.
    Put,
    /// Changes something.
    Patch,
    /// Removes something.
    Delete,
}

impl Method {
    /// Its name in HTTP.
    pub fn word(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }

    /// Whether a repeated request has the same effect as a single one, as HTTP defines it.
    pub fn is_idempotent(self) -> bool {
        matches!(self, Method::Get | Method::Put | Method::Delete)
    }
}
