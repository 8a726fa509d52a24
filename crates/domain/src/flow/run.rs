//! A run of a flow between two inputs, and what an input does: [`step`]. How nodes are walked is in `walk`.

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

/// The most nodes that one input may lead through. [`validate`](super::validate) holds published flows below it.
pub const MOST_NODES: usize = 100;
/// The most flows that may be inside each other.
pub const MOST_FLOWS: usize = 8;

/// The position of a run while it waits: all of a run that is stored.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Run {
    /// The node that waits.
    pub node: String,
    /// What the run remembers.
    pub vars: BTreeMap<String, String>,
    /// Answers at this node that would not do; of a language model, the answers that it gave.
    pub tries: u32,
    /// Answers in a row that would not do, at this node and those before it.
    #[serde(default)]
    pub misses: u32,
    /// When [`Input::TimedOut`] is due; None for never.
    pub deadline: Option<Micros>,
    /// The flow that has the node; None for the one that the conversation began with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowRef>,
    /// Where flows inside others lead back to, the innermost last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub returns: Vec<Return>,
    /// The question to another program whose answer it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<i64>,
    /// Since when the customer waits in the queue that the run put them into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queued_at: Option<Micros>,
    /// What the customer said last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message: Option<String>,
    /// Whether they said it while the language model was answering.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unanswered: bool,
    /// Whether it ended at a node that still waited for the customer: they left, or never answered.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left: bool,
    /// The nodes that it went through and when, the oldest first; only the latest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trace: Vec<Visit>,
}

/// Where a flow inside another leads back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// The outer flow; None for the one that the conversation began with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowRef>,
    /// What comes there.
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

/// Why a step of a flow did not do what it was drawn for.
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
    /// Too many flows are inside each other.
    TooDeep {},
    /// It went through too many nodes without waiting for the customer.
    TooLong {},
    /// An expression can't be worked out with the values at hand.
    Expression {
        /// Why.
        detail: String,
    },
    /// A secret that it names does not exist.
    SecretMissing {
        /// Its name.
        name: String,
    },
    /// Another program did not answer as it should.
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

/// What happened to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input<'a> {
    /// A conversation came to the bot. An existing run starts over.
    Start,
    /// The customer said something. Without a run: the flow starts, or goes to the choice that was tapped.
    Said {
        /// The text; of a tap its title.
        text: Option<&'a str>,
        /// The payload of the tapped choice.
        payload: Option<&'a str>,
        /// What was sent instead of text or beside it, in words: a place, a link, a file.
        other: Option<&'a str>,
    },
    /// The customer asks for an agent, in words that no node waits for.
    AsksForAgent,
    /// The agent to whom the run led the customer is done with them. Without a way for that, this does nothing.
    AgentClosed,
    /// The deadline passed. Before it, and without one, this does nothing, so a late or doubled timer
    /// does no harm.
    TimedOut,
    /// Another program answered. An answer that the run does not wait for does nothing.
    Answered {
        /// Which question it answers.
        call: i64,
        /// The answer.
        answer: &'a Answer,
    },
}

/// A flow that others can lead into.
#[derive(Debug, Clone)]
pub struct LibraryFlow {
    /// Which version.
    pub reference: FlowRef,
    /// Whether it is what new runs begin with.
    pub current: bool,
    /// Its program.
    pub body: Arc<FlowBody>,
}

/// What a flow may know of a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarFacts {
    /// Its id.
    pub id: CalendarId,
    /// Whether it is open.
    pub open: bool,
    /// When it opens, on the clocks of its time zone: `2026-12-01 09:00`; empty if that is not known.
    pub opens_at: String,
}

/// What a flow may know of its surroundings.
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
    /// The message templates that the flow names, as far as the account has them; None on a channel without any.
    pub message_templates: Option<&'a [MessageTemplate]>,
    /// Whether the customer wants no marketing messages.
    pub marketing_stopped: bool,
    /// The rest.
    pub more: &'a Surroundings,
}

/// What only some nodes ask for.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// More values of variables: `contact.phone`, `conversation.id`, `referral.ref` …
    pub values: Values,
    /// The queues, the one for those that name none first.
    pub queues: Vec<QueueFacts>,
    /// The calendars.
    pub calendars: Vec<CalendarFacts>,
    /// The agents who are online.
    pub online: Vec<UserId>,
    /// The names of the secrets that there are.
    pub secrets: Vec<String>,
    /// The flows that this one leads into, and those that the run is in.
    pub flows: Vec<LibraryFlow>,
    /// The id of a question to another program, if this step asks one: never used before.
    pub call: i64,
    /// Whether each visited node is to be told with its variables: the simulator shows them.
    pub detailed: bool,
}

impl Surroundings {
    pub(super) fn published(&self, flow: FlowId) -> Option<&LibraryFlow> {
        self.flows.iter().find(|known| known.reference.flow == flow && known.current)
    }

    pub(super) fn version(&self, reference: FlowRef) -> Option<&FlowBody> {
        self.flows.iter().find(|known| known.reference == reference).map(|known| &*known.body)
    }
}

/// What should happen now, in this order. Texts are filled in.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Effect {
    /// Say this to the customer.
    Say {
        /// The text; empty only beside a template.
        text: String,
        /// What can be tapped.
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
        /// Names or ids to take off.
        remove: Vec<String>,
    },
    /// Write a note that only agents see.
    Note {
        /// The note.
        text: String,
    },
    /// Ask another program. The run waits for its answer.
    Call {
        /// The question.
        #[serde(flatten)]
        call: Call,
    },
    /// A step did not do what it was drawn for.
    Failed {
        /// The node.
        node: String,
        /// What went wrong.
        fault: Fault,
        /// Whether the flow says what comes then. If not, the customer is handed over to people.
        handled: bool,
    },
    /// Take the customer out of the queue, back to the bot.
    LeaveQueue {},
    /// Hand over to people.
    JoinQueue {
        /// Which queue; None for the first.
        queue: Option<QueueId>,
        /// What to send the customer if an agent is online; None for nothing.
        waiting_text: Option<String>,
        /// What to send the customer if no agent is online; None for nothing.
        nobody_text: Option<String>,
        /// What is added to the priority of the queue.
        #[serde(skip_serializing_if = "is_zero")]
        priority: u32,
        /// The agent who is asked first.
        #[serde(skip_serializing_if = "Option::is_none")]
        agent: Option<UserId>,
    },
    /// Close the conversation.
    Close {
        /// The last message; None for none.
        text: Option<String>,
        /// Why, for the history.
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

/// What came of an input.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The run to store; None if it ended.
    pub run: Option<Run>,
    /// The run that ended, as it was then: what it remembered, and the way that it went.
    pub ended: Option<Run>,
    /// What should happen.
    pub effects: Vec<Effect>,
    /// The node that the run was led to and that the flow does not have.
    pub missing: Option<String>,
    /// What each node did, if that was asked for.
    pub details: Vec<NodeDetail>,
}

impl Step {
    fn nothing(run: Option<Run>) -> Self {
        Self { run, ended: None, effects: Vec::new(), missing: None, details: Vec::new() }
    }
}

/// Walks the flow until it waits or ends.
///
/// A step that fails hands over to people if the flow does not say what comes then: a customer is never lost to a mistake
/// in a flow. So do more than [`MOST_NODES`] nodes without a wait, and then nothing of what they said is said.
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

/// Where words and taps lead that count wherever the customer is: keywords, and the choices of menus, also of those that
/// they scroll up to. The flow of the present node is asked first, then the one that the conversation began with.
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
