//! A run of a flow between two inputs, and what an input does: [`step`]. Walking from node to node is in `walk`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::answer::{by_payload, keyword};
use super::body::{FlowBody, Next, Node};
use super::call::{Answer, Call, CallFault};
use super::walk::{Heard, Walk};
use crate::capabilities::Capabilities;
use crate::conversation::FlowRef;
use crate::id::{CalendarId, FlowId, QueueId, UserId};
use crate::message_template::{FilledTemplate, MessageTemplate};
use crate::outbound::Choice;
use crate::template::Template;
use crate::text::Values;
use crate::thread_event::TemplateFault;
use crate::time::Micros;
use crate::turn::QueueFacts;
use crate::user_settings::Language;

/// The most nodes that one input may lead through. [`validate`](super::validate) holds published flows below it.
pub const MOST_NODES: usize = 100;
/// The maximum depth of nested flows.
pub const MOST_FLOWS: usize = 8;

/// The position of a run while it waits; this is all that is stored of a run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Run {
    /// The node that waits.
    pub node: String,
    /// The variables.
    pub vars: BTreeMap<String, String>,
    /// The number of invalid answers at this node; at a language model, of the answers it gave.
    pub tries: u32,
    /// The number of invalid answers in a row, at this node and those before it.
    #[serde(default)]
    pub misses: u32,
    /// When [`Input::TimedOut`] is due; None for never.
    pub deadline: Option<Micros>,
    /// The flow that has the node; None for the one that the conversation began with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowRef>,
    /// Where nested flows return to, the innermost last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub returns: Vec<Return>,
    /// The request to another program whose answer it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<i64>,
    /// Since when the customer waits in the queue that the run put them into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queued_at: Option<Micros>,
    /// The customer's last message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message: Option<String>,
    /// Whether it came while the language model was answering.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unanswered: bool,
    /// Whether it ended at a node that still waited for the customer: they left, or never answered.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left: bool,
    /// The latest nodes that it went through and when, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trace: Vec<Visit>,
}

/// Where a nested flow returns to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// The outer flow; None for the one that the conversation began with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowRef>,
    /// The next node there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Next,
}

/// A node that a run went through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// The node.
    pub node: String,
    /// When.
    pub at: Micros,
    /// The flow that has it; None for the one that the conversation began with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowRef>,
    /// What went wrong there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
}

/// Why a step of a flow failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = FlowFault))]
#[serde(tag = "code", content = "args", rename_all = "snake_case")]
pub enum Fault {
    /// The flow does not have the node that it leads to.
    NodeMissing {
        /// Its id.
        node: String,
    },
    /// The flow that it leads to is not published.
    FlowMissing {},
    /// Too many flows are nested.
    TooDeep {},
    /// It went through too many nodes without waiting for the customer.
    TooLong {},
    /// An expression can't be evaluated with the current values.
    Expression {
        /// Why.
        detail: String,
    },
    /// A secret that it refers to does not exist.
    SecretMissing {
        /// Its name.
        name: String,
    },
    /// A request to another program failed.
    Call {
        /// How.
        fault: CallFault,
    },
}

impl Fault {
    /// What went wrong, as a sentence.
    pub fn english(&self) -> String {
        match self {
            Fault::NodeMissing { node } => format!("there is no step “{node}”."),
            Fault::FlowMissing {} => "the flow that it leads to is not published.".into(),
            Fault::TooDeep {} => format!("more than {MOST_FLOWS} flows are inside each other."),
            Fault::TooLong {} => {
                format!("more than {MOST_NODES} steps followed without waiting for the customer.")
            }
            Fault::Expression { detail } => detail.clone(),
            Fault::SecretMissing { name } => format!("there is no secret {name}."),
            Fault::Call { fault } => fault.english(),
        }
    }
}

/// The input of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input<'a> {
    /// A conversation came to the bot. An existing run starts over.
    Start,
    /// The customer wrote or tapped something. Without a run, the flow starts, or goes to the choice that was tapped.
    Said {
        /// The text; for a tap, its title.
        text: Option<&'a str>,
        /// The payload of the tapped choice.
        payload: Option<&'a str>,
        /// What was sent instead of text or with it, described in words: a place, a link, a file.
        other: Option<&'a str>,
    },
    /// The customer asks for an agent, at a point where no node expects it.
    AsksForAgent,
    /// The agent to whom the run led the customer has closed. Without a branch for that, this does nothing.
    AgentClosed,
    /// The deadline passed. Before the deadline, or without one, this does nothing, so a late or duplicate timer does
    /// no harm.
    TimedOut,
    /// Another program answered. An answer that the run does not wait for is ignored.
    Answered {
        /// The id of the request.
        call: i64,
        /// The answer.
        answer: &'a Answer,
    },
}

/// A flow that others can lead into.
#[derive(Debug, Clone)]
pub struct LibraryFlow {
    /// Its version.
    pub reference: FlowRef,
    /// Whether new runs use this version.
    pub current: bool,
    /// Its program.
    pub body: Arc<FlowBody>,
}

/// What a flow may know about a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarFacts {
    /// Its id.
    pub id: CalendarId,
    /// Whether it is open.
    pub open: bool,
    /// When it opens, in its local time: `2026-12-01 09:00`; empty if that is not known.
    pub opens_at: String,
}

/// What a flow may know besides its own state.
#[derive(Debug, Clone, Copy)]
pub struct FlowContext<'a> {
    /// The customer's name, once it is known.
    pub contact_name: Option<&'a str>,
    /// The page's name.
    pub page_name: &'a str,
    /// The moment.
    pub now: Micros,
    /// What can be sent.
    pub capabilities: &'a Capabilities,
    /// The message templates that the flow names, if the account has them; None on a channel without any.
    pub message_templates: Option<&'a [MessageTemplate]>,
    /// Whether the customer has refused marketing messages.
    pub marketing_stopped: bool,
    /// What only some nodes need.
    pub more: &'a Surroundings,
}

/// What only some nodes need.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// Values of further variables: `contact.phone`, `conversation.id`, `referral.ref` …
    pub values: Values,
    /// The queues; the first is the one for nodes that name none.
    pub queues: Vec<QueueFacts>,
    /// The calendars.
    pub calendars: Vec<CalendarFacts>,
    /// The agents who are online.
    pub online: Vec<UserId>,
    /// The names of the existing secrets.
    pub secrets: Vec<String>,
    /// The flows that this one can lead into, and those that the run is in.
    pub flows: Vec<LibraryFlow>,
    /// A fresh id for the request to another program, if this step makes one.
    pub call: i64,
    /// The language of what the flow has no text for.
    pub language: Language,
    /// Whether to report each visited node with its variables, for the simulator.
    pub detailed: bool,
}

impl Surroundings {
    pub(super) fn published(&self, flow: FlowId) -> Option<&LibraryFlow> {
        self.flows.iter().find(|known| known.reference.flow == flow && known.current)
    }

    /// The node where a run has stopped that began with `body`. None if the flow that it is in now is not given here.
    pub fn node_of<'a>(&'a self, run: &Run, body: &'a FlowBody) -> Option<&'a Node> {
        let flow = run.flow.map_or(Some(body), |inner| self.version(inner));
        flow?.nodes.get(&run.node)
    }

    pub(super) fn version(&self, reference: FlowRef) -> Option<&FlowBody> {
        self.flows.iter().find(|known| known.reference == reference).map(|known| &*known.body)
    }
}

/// What should happen now, in this order. Texts are filled in.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Effect {
    /// Send this to the customer.
    Say {
        /// The text; empty only beside a template.
        text: String,
        /// The quick replies.
        choices: Vec<Choice>,
        /// Cards or buttons after the text.
        #[serde(skip_serializing_if = "Option::is_none")]
        template: Option<Template>,
    },
    /// Send this message template to the customer.
    SendTemplate {
        /// Its text, as the customer reads it.
        text: String,
        /// The template, filled in.
        template: FilledTemplate,
    },
    /// A message template can't be sent to the customer.
    TemplateNotSent {
        /// Its name.
        template: String,
        /// Why.
        cause: TemplateFault,
    },
    /// Change the labels of the conversation.
    Label {
        /// Names or ids to add.
        add: Vec<String>,
        /// Names or ids to remove.
        remove: Vec<String>,
    },
    /// Write a note that only agents see.
    Note {
        /// The note.
        text: String,
    },
    /// Call another program. The run waits for its answer.
    Call {
        /// The request.
        #[serde(flatten)]
        call: Call,
    },
    /// A step failed.
    Failed {
        /// The node.
        node: String,
        /// What went wrong.
        fault: Fault,
        /// Whether the flow handles the failure. If not, the customer is handed over to people.
        handled: bool,
    },
    /// Take the customer out of the queue, back to the bot.
    LeaveQueue {},
    /// Hand over to people.
    JoinQueue {
        /// The queue; None for the first.
        queue: Option<QueueId>,
        /// What to send the customer if an agent is online; None for nothing.
        waiting_text: Option<String>,
        /// What to send the customer if no agent is online; None for nothing.
        nobody_text: Option<String>,
        /// What is added to the priority of the queue.
        #[serde(skip_serializing_if = "is_zero")]
        priority: u32,
        /// The agent who gets the first offer.
        #[serde(skip_serializing_if = "Option::is_none")]
        agent: Option<UserId>,
    },
    /// Close the conversation.
    Close {
        /// The last message; None for none.
        text: Option<String>,
        /// The reason, for the history.
        reason: Option<String>,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// What a node did, for the simulator.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeDetail {
    /// The node.
    pub node: String,
    /// How many effects there were before it.
    pub effects_before: usize,
    /// The variables after it.
    pub vars: BTreeMap<String, String>,
}

/// The result of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The run to store; None if it ended.
    pub run: Option<Run>,
    /// The run that ended, as it was then, with its variables and the nodes it visited.
    pub ended: Option<Run>,
    /// What should happen.
    pub effects: Vec<Effect>,
    /// The node that the run was led to but that the flow does not have.
    pub missing: Option<String>,
    /// What each node did, if requested.
    pub details: Vec<NodeDetail>,
}

impl Step {
    fn nothing(run: Option<Run>) -> Self {
        Self { run, ended: None, effects: Vec::new(), missing: None, details: Vec::new() }
    }
}

/// Walks the flow until it waits or ends.
///
/// If a step fails and the flow does not handle it, the customer is handed over to people: a mistake in a flow never
/// loses a customer. More than [`MOST_NODES`] nodes without a wait have the same result, and their messages are not
/// sent.
pub fn step(flow: &FlowBody, run: Option<Run>, input: Input<'_>, context: &FlowContext<'_>) -> Step {
    match (&run, input) {
        (Some(known), Input::TimedOut) if known.deadline.is_none_or(|deadline| context.now < deadline) => {
            return Step::nothing(run);
        }
        (Some(known), Input::Answered { call, .. }) if known.call != Some(call) => return Step::nothing(run),
        (None, Input::TimedOut | Input::Answered { .. } | Input::AgentClosed) => return Step::nothing(None),
        _ => {}
    }
    let had_run = run.is_some();
    let before = run.filter(|_| !matches!(input, Input::Start)).unwrap_or_default();
    let mut walk = Walk::new(flow, context, &before);
    let next = match input {
        Input::AsksForAgent => walk.hand_over(),
        Input::AgentClosed => match walk.after_agent(&before) {
            None => return Step::nothing(None),
            next => next,
        },
        Input::Start => walk.begin(),
        Input::Said { text, payload, other } => {
            walk.run.last_message = text.or(other).map(super::answer::cut);
            match led_away(&mut walk, text, payload) {
                Some(next) => next,
                None if !had_run => walk.begin(),
                None => match walk.hear(&before, text, other) {
                    Heard::Goes(next) => next,
                    Heard::Stays(run) => return walk.stay(run),
                },
            }
        }
        Input::TimedOut => match walk.time_out(&before) {
            Heard::Goes(next) => {
                walk.run.left = next.is_none() && walk.run.returns.is_empty() && walk.asks(&before.node);
                next
            }
            Heard::Stays(run) => return walk.stay(run),
        },
        Input::Answered { answer, .. } => match walk.answered(&before, answer) {
            Heard::Goes(next) => next,
            Heard::Stays(run) => return walk.stay(run),
        },
    };
    walk.go(next)
}

/// Where input leads that is valid anywhere in the flow: keywords, and taps on choices of any menu, including those
/// that the customer scrolls up to. The flow of the current node is tried first, then the one that the conversation
/// began with.
fn led_away(walk: &mut Walk<'_>, text: Option<&str>, payload: Option<&str>) -> Option<Next> {
    for outermost in [false, true] {
        let flow = if outermost { walk.root } else { walk.flow };
        let tapped = payload.and_then(|payload| by_payload(flow, payload));
        let next = match tapped {
            Some((node, option)) => {
                let (next, title) = (option.next.clone(), option.title.clone());
                if let Some(Node::Menu { variable: Some(variable), .. }) = flow.nodes.get(node) {
                    let variable = variable.clone();
                    walk.remember(&variable, &title);
                }
                Some(next)
            }
            None if payload.is_none() => text
                .and_then(|text| keyword(flow, text))
                .map(|found| found.next.clone().or_else(|| walk.hand_over())),
            None => None,
        };
        if next.is_some() {
            if outermost {
                walk.leave_subflows();
            }
            walk.run.misses = 0;
            return next;
        }
    }
    None
}
