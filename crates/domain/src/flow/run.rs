//! Runs a flow: one input of one customer in, what should happen out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::answer::{answer, by_payload, by_words, cut, holds, payload, wanted};
use super::approved;
use super::body::{Comparison, DEFAULT_RETRIES, FlowBody, MenuOption, Next, Node};
use crate::capabilities::Capabilities;
use crate::id::QueueId;
use crate::message_template::{FilledTemplate, MessageTemplate, TemplateToSend};
use crate::outbound::Choice;
use crate::template::Template;
use crate::text::{self, Values};
use crate::thread_event::TemplateFault;
use crate::time::{Micros, SECOND};

/// Unmatched answers in a row, at whichever nodes, before the customer is handed over: a flow may lead back to the same
/// question, but never without end. More than one node can bear.
const MOST_MISSES: u32 = 12;
/// What a customer reads who is handed over because the bot can't understand them, if the flow does not say.
const HANDED_OVER: &str = "Sorry, I can't help with that. An agent will answer you here as soon as possible.";

/// The most nodes that one input may lead through. [`validate`](super::validate) holds published flows below it.
pub const MOST_NODES: usize = 100;

/// The position of a run while it waits: all of a run that is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The node that waits.
    pub node: String,
    /// What the run remembers.
    pub vars: BTreeMap<String, String>,
    /// Answers at this node that would not do.
    pub tries: u32,
    /// Answers in a row that would not do, at this node and those before it.
    #[serde(default)]
    pub misses: u32,
    /// When [`Input::TimedOut`] is due; None for never.
    pub deadline: Option<Micros>,
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
    /// The deadline passed. Before it, and without one, this does nothing, so a late or doubled timer
    /// does no harm.
    TimedOut,
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
    /// Hand over to people.
    JoinQueue {
        /// Which queue; None for the first.
        queue: Option<QueueId>,
        /// What to send the customer if an agent is online; None for nothing.
        waiting_text: Option<String>,
        /// What to send the customer if no agent is online; None for nothing.
        nobody_text: Option<String>,
    },
    /// Close the conversation.
    Close {
        /// The last message; None for none.
        text: Option<String>,
        /// Why, for the history.
        reason: Option<String>,
    },
}

/// What came of an input.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// The run to store; None if it ended.
    pub run: Option<Run>,
    /// What should happen.
    pub effects: Vec<Effect>,
    /// The node that the run was led to and that the flow does not have.
    pub missing: Option<String>,
}

/// Walks the flow until it waits or ends.
///
/// - A node that the flow does not have (the run began in another version) hands over to the first
///   queue: a customer is never lost to a mistake in a flow.
/// - More than [`MOST_NODES`] nodes without a wait: the run ends and nothing at all is said, for what such
///   a flow says is a loop. Published flows can't do that.
pub fn step(flow: &FlowBody, run: Option<Run>, input: Input<'_>, context: &FlowContext<'_>) -> Step {
    let tapped = match input {
        Input::Said { payload: Some(payload), .. } => by_payload(flow, payload),
        _ => None,
    };
    let vars = match (&run, input) {
        (Some(run), Input::Said { .. } | Input::AsksForAgent | Input::TimedOut) => run.vars.clone(),
        _ => BTreeMap::new(),
    };
    let misses = run.as_ref().map_or(0, |run| run.misses);
    let mut walk = Walk { flow, context, vars, misses, effects: Vec::new(), missing: None };

    let next = match (run, input) {
        (None, Input::TimedOut) => None,
        (Some(run), Input::TimedOut) if run.deadline.is_none_or(|deadline| context.now < deadline) => {
            return Step { run: Some(run), effects: Vec::new(), missing: None };
        }
        (Some(run), Input::TimedOut) => match flow.nodes.get(&run.node) {
            Some(Node::Ask { on_timeout, .. }) => on_timeout.clone(),
            Some(_) => None,
            None => Some(run.node),
        },
        (_, Input::AsksForAgent) => walk.hand_over(),
        (_, Input::Said { .. }) if tapped.is_some() => {
            walk.misses = 0;
            tapped.and_then(|option| option.next.clone())
        }
        (None, _) | (_, Input::Start) => {
            walk.misses = 0;
            Some(flow.start.clone())
        }
        (Some(run), Input::Said { text, other, .. }) => match walk.hear(&run, text, other) {
            Heard::Goes(next) => next,
            Heard::Again(run) => {
                return Step { run: Some(run), effects: walk.effects, missing: None };
            }
        },
    };
    let run = walk.go(next);
    Step { run, effects: walk.effects, missing: walk.missing }
}

/// What a waiting node made of the customer's text.
enum Heard {
    /// It is settled; this comes next.
    Goes(Next),
    /// It asked again and still waits.
    Again(Run),
}

struct Walk<'a> {
    flow: &'a FlowBody,
    context: &'a FlowContext<'a>,
    vars: BTreeMap<String, String>,
    misses: u32,
    effects: Vec<Effect>,
    missing: Option<String>,
}

impl Walk<'_> {
    fn hear(&mut self, run: &Run, answered: Option<&str>, other: Option<&str>) -> Heard {
        let flow = self.flow;
        let misses = std::mem::take(&mut self.misses).saturating_add(1);
        let (text, retry_text, retries, otherwise) = match flow.nodes.get(&run.node) {
            Some(Node::Menu { text, options, retry_text, retries, otherwise }) => {
                // A picture with "1" under it is no choice: the customer wants to show us something.
                if other.is_none()
                    && let Some(option) = answered.and_then(|answered| by_words(options, answered))
                {
                    return Heard::Goes(option.next.clone());
                }
                (text.as_str(), retry_text, retries, otherwise)
            }
            Some(Node::Ask { text, variable, validate, retry_text, retries, otherwise, next, .. }) => {
                let kind = validate.map(|validate| validate.kind).unwrap_or_default();
                if let Some(answer) = answer(kind, answered, other) {
                    self.vars.insert(variable.clone(), answer);
                    return Heard::Goes(next.clone());
                }
                (wanted(kind).unwrap_or(text), retry_text, retries, otherwise)
            }
            // A version without this node, or with another kind of node in its place: `go` copes with both.
            _ => return Heard::Goes(Some(run.node.clone())),
        };
        if misses > MOST_MISSES {
            return Heard::Goes(self.hand_over());
        }
        self.misses = misses;
        if run.tries >= retries.unwrap_or(DEFAULT_RETRIES) {
            return Heard::Goes(otherwise.clone().or_else(|| self.hand_over()));
        }
        let again = retry_text.as_deref().filter(|text| !text.trim().is_empty()).unwrap_or(text);
        let tries = run.tries.saturating_add(1);
        Heard::Again(self.wait(&run.node, again, tries))
    }

    /// To people, in the flow's own way if it has exactly one: the node to go to, or none if the run is over.
    fn hand_over(&mut self) -> Next {
        let mut own = self.flow.nodes.iter().filter(|(_, node)| matches!(node, Node::JoinQueue { .. }));
        if let (Some((id, _)), None) = (own.next(), own.next()) {
            return Some(id.clone());
        }
        let text = Some(HANDED_OVER.to_owned());
        self.effects.push(Effect::JoinQueue { queue: None, waiting_text: text.clone(), nobody_text: text });
        None
    }

    /// Goes from node to node until one waits or the run ends.
    fn go(&mut self, next: Next) -> Option<Run> {
        let flow = self.flow;
        let mut next = next;
        for _ in 0..MOST_NODES {
            let id = next?;
            next = match flow.nodes.get(&id) {
                Some(Node::Send { message_template: Some(named), on_error, next, .. }) => {
                    if self.send_template(named, on_error.is_some()) {
                        next.clone()
                    } else {
                        on_error.clone().or(next.clone())
                    }
                }
                Some(Node::Send { text, quick_replies, template, next, .. }) => {
                    let choices = quick_replies
                        .iter()
                        .map(|reply| Choice { title: reply.title.clone(), payload: reply.payload.clone() });
                    match template {
                        Some(template) => self.show(text, choices.collect(), template),
                        None => self.say(text, choices.collect()),
                    }
                    next.clone()
                }
                Some(Node::Menu { text, .. } | Node::Ask { text, .. }) => {
                    return Some(self.wait(&id, text, 0));
                }
                Some(Node::Condition { variable, is, value, then, otherwise }) => {
                    if self.holds(variable, *is, value.as_deref()) { then.clone() } else { otherwise.clone() }
                }
                Some(Node::Set { variable, value, next }) => {
                    let value = cut(&self.fill(value));
                    self.vars.insert(variable.clone(), value);
                    next.clone()
                }
                Some(Node::JoinQueue { queue_id, waiting_text, nobody_text }) => {
                    self.effects.push(Effect::JoinQueue {
                        queue: *queue_id,
                        waiting_text: self.fill_some(waiting_text),
                        nobody_text: self.fill_some(nobody_text),
                    });
                    return None;
                }
                Some(Node::Close { text, reason }) => {
                    self.effects
                        .push(Effect::Close { text: self.fill_some(text), reason: self.fill_some(reason) });
                    return None;
                }
                None => {
                    self.effects.push(Effect::JoinQueue { queue: None, waiting_text: None, nobody_text: None });
                    self.missing = Some(id);
                    return None;
                }
            };
        }
        if next.is_some() {
            self.effects.clear();
        }
        None
    }

    /// Says a question and stops at its node.
    fn wait(&mut self, id: &str, text: &str, tries: u32) -> Run {
        let mut deadline = None;
        match self.flow.nodes.get(id) {
            Some(Node::Menu { options, .. }) => self.say(text, choices(id, options)),
            Some(Node::Ask { timeout_seconds, .. }) => {
                deadline = timeout_seconds.map(|seconds| self.context.now.plus(i64::from(seconds) * SECOND));
                self.say(text, Vec::new());
            }
            _ => {}
        }
        let misses = self.misses;
        Run { node: id.to_owned(), vars: std::mem::take(&mut self.vars), tries, misses, deadline }
    }

    fn say(&mut self, text: &str, choices: Vec<Choice>) {
        let mut text = self.fill(text);
        if text.trim().is_empty() {
            // Choices need a text above them; without either there is nothing to send.
            text = choices.iter().map(|choice| choice.title.as_str()).collect::<Vec<_>>().join("\n");
        }
        if !text.trim().is_empty() {
            self.effects.push(Effect::Say { text, choices, template: None });
        }
    }

    /// Sends a text, if there is one, with cards or buttons after it.
    fn show(&mut self, text: &str, choices: Vec<Choice>, template: &Template) {
        let text = self.fill(text);
        let template = template.clone().map_texts(&mut |part| self.fill(part));
        // A value may be longer than there is room for: then the text alone is better than nothing.
        if self.context.capabilities.template(&template).is_ok() {
            self.effects.push(Effect::Say { text, choices, template: Some(template) });
        } else {
            let words: Vec<&str> = [text.trim(), template.headline().unwrap_or_default()].into();
            let words = words.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join("\n\n");
            if !words.is_empty() {
                self.effects.push(Effect::Say { text: words, choices, template: None });
            }
        }
    }

    /// Sends a message template; false if that is not possible. `has_exit`: whether the flow says what comes then.
    fn send_template(&mut self, named: &TemplateToSend, has_exit: bool) -> bool {
        match approved::filled(named, self.context, |text| self.fill(text)) {
            Ok((template, text)) => {
                self.effects.push(Effect::SendTemplate { text, template });
                true
            }
            // On a channel without templates, such an exit is how the flow talks there: nothing went wrong.
            Err(TemplateFault::NotOnChannel) if has_exit => false,
            Err(cause) => {
                self.effects.push(Effect::TemplateNotSent { template: named.name.clone(), cause });
                false
            }
        }
    }

    fn holds(&self, variable: &str, is: Comparison, value: Option<&str>) -> bool {
        let values = self.values();
        holds(is, values.get(variable).map(String::as_str), &self.fill(value.unwrap_or_default()))
    }

    fn fill(&self, template: &str) -> String {
        text::render_or_plain(template, &self.values())
    }

    /// A text that may be absent; an empty one counts as absent.
    fn fill_some(&self, template: &Option<String>) -> Option<String> {
        template.as_deref().map(|template| self.fill(template)).filter(|text| !text.trim().is_empty())
    }

    fn values(&self) -> Values {
        let mut values = self.vars.clone();
        values.insert("page.name".into(), self.context.page_name.into());
        if let Some(name) = self.context.contact_name.map(str::trim).filter(|name| !name.is_empty()) {
            values.insert("contact.name".into(), name.into());
            values.insert("contact.first_name".into(), name.split_whitespace().next().unwrap_or(name).into());
        }
        values
    }
}

fn choices(node: &str, options: &[MenuOption]) -> Vec<Choice> {
    let choice = |option: &MenuOption| Choice { title: option.title.clone(), payload: payload(node, &option.id) };
    options.iter().map(choice).collect()
}
