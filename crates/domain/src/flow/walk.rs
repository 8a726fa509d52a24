//! Walks a flow from node to node until it waits or ends. Calls of other programs and their answers are in
//! `requests`, waiting in a queue in `waiting`.

use super::answer::{answer, by_words, cut, holds};
use super::approved;
use super::body::{Comparison, DEFAULT_RETRIES, FlowBody, MenuOption, Next, Node};
use super::run::{
    Effect, Fault, FlowContext, LibraryFlow, MOST_FLOWS, MOST_NODES, NodeDetail, Return, Run, Step, Visit,
};
use super::{built_in, payload, values};
use crate::conversation::FlowRef;
use crate::id::FlowId;
use crate::message_template::TemplateToSend;
use crate::outbound::Choice;
use crate::template::Template;
use crate::text::{self, Values};
use crate::thread_event::TemplateFault;
use crate::time::SECOND;

/// The number of unmatched answers in a row, at any nodes, before the customer is handed over: a flow may lead back
/// to the same question, but not forever. Higher than the limit of a single node.
const MOST_MISSES: u32 = 12;
/// How many visited nodes a run remembers.
const MOST_VISITS: usize = 100;
/// The maximum size of all variables of a run, in bytes.
const LARGEST_MEMORY: usize = 128 * 1024;

/// What a waiting node made of an input.
pub(super) enum Heard {
    /// It has its answer; this comes next.
    Goes(Next),
    /// It still waits.
    Stays(Box<Run>),
}

pub(super) struct Walk<'a> {
    /// The flow that the conversation began with.
    pub(super) root: &'a FlowBody,
    /// The flow of the current node.
    pub(super) flow: &'a FlowBody,
    pub(super) context: &'a FlowContext<'a>,
    /// The run as it will be.
    pub(super) run: Run,
    pub(super) effects: Vec<Effect>,
    missing: Option<String>,
    details: Vec<NodeDetail>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(root: &'a FlowBody, context: &'a FlowContext<'a>, before: &Run) -> Self {
        let run = Run {
            deadline: None,
            call: None,
            queued_at: None,
            unanswered: false,
            left: false,
            tries: 0,
            node: String::new(),
            ..before.clone()
        };
        let mut walk =
            Self { root, flow: root, context, run, effects: Vec::new(), missing: None, details: Vec::new() };
        walk.enter(before.flow);
        walk
    }

    /// Continues in this flow. A missing flow is treated like a missing node: the customer is handed over to people.
    pub(super) fn enter(&mut self, flow: Option<FlowRef>) {
        let found = flow.and_then(|reference| self.context.more.version(reference));
        self.run.flow = flow.filter(|_| found.is_some());
        self.flow = found.unwrap_or(self.root);
    }

    pub(super) fn leave_subflows(&mut self) {
        self.run.returns.clear();
        self.enter(None);
    }

    /// Continues at the start of the flow that the conversation began with.
    pub(super) fn begin(&mut self) -> Next {
        self.leave_subflows();
        self.run.misses = 0;
        Some(self.root.start.clone())
    }

    pub(super) fn stay(self, run: Box<Run>) -> Step {
        Step { run: Some(*run), ended: None, effects: self.effects, missing: None, details: self.details }
    }

    /// How the waiting node handles the customer's message.
    pub(super) fn hear(&mut self, before: &Run, answered: Option<&str>, other: Option<&str>) -> Heard {
        let misses = std::mem::take(&mut self.run.misses).saturating_add(1);
        let (text, retry_text, retries, otherwise) = match self.flow.nodes.get(&before.node) {
            Some(Node::Menu { text, options, variable, retry_text, retries, otherwise, .. }) => {
                // A picture with "1" under it is not a choice: the customer wants to show us something.
                if other.is_none()
                    && let Some(option) = answered.and_then(|answered| by_words(options, answered))
                {
                    if let Some(variable) = variable {
                        self.remember(variable, &option.title);
                    }
                    return Heard::Goes(option.next.clone());
                }
                (text.as_str(), retry_text, retries, otherwise)
            }
            Some(Node::Ask { text, variable, validate, retry_text, retries, otherwise, next, .. }) => {
                let kind = validate.map(|validate| validate.kind).unwrap_or_default();
                if let Some(answer) = answer(kind, answered, other) {
                    self.remember(variable, &answer);
                    return Heard::Goes(next.clone());
                }
                let wanted = built_in::wanted(kind, self.context.more.language);
                (wanted.unwrap_or(text), retry_text, retries, otherwise)
            }
            Some(Node::Wait { on_reply: Some(next), .. }) => return Heard::Goes(Some(next.clone())),
            Some(Node::AiReply { .. }) if before.call.is_none() => return self.ask_model(before),
            // It waits for something other than a message. The text is not lost: `last_message` has it.
            Some(node) if node.stops() => {
                let unanswered = matches!(node, Node::AiReply { .. });
                let last_message = self.run.last_message.take();
                return Heard::Stays(Box::new(Run { last_message, unanswered, ..before.clone() }));
            }
            // A version without this node, or with another kind of node in its place: `go` copes with both.
            _ => return Heard::Goes(Some(before.node.clone())),
        };
        if misses > MOST_MISSES {
            return Heard::Goes(self.hand_over());
        }
        self.run.misses = misses;
        if before.tries >= retries.unwrap_or(DEFAULT_RETRIES) {
            return Heard::Goes(otherwise.clone().or_else(|| self.hand_over()));
        }
        let again = retry_text.as_deref().filter(|text| !text.trim().is_empty()).unwrap_or(text).to_owned();
        let tries = before.tries.saturating_add(1);
        Heard::Stays(Box::new(self.wait(&before.node, &again, tries)))
    }

    /// What comes next when the deadline of the waiting node has passed.
    pub(super) fn time_out(&mut self, before: &Run) -> Heard {
        match self.flow.nodes.get(&before.node) {
            Some(Node::Ask { on_timeout, .. } | Node::Menu { on_timeout, .. }) => Heard::Goes(on_timeout.clone()),
            Some(Node::Wait { next, .. }) => Heard::Goes(next.clone()),
            Some(Node::JoinQueue { .. }) => self.wait_on(before),
            Some(Node::Http { .. } | Node::Webhook { .. } | Node::AiReply { .. }) => self.no_answer(before),
            Some(_) => Heard::Goes(None),
            None => Heard::Goes(Some(before.node.clone())),
        }
    }

    /// Whether a node waits for words of the customer.
    pub(super) fn asks(&self, id: &str) -> bool {
        matches!(self.flow.nodes.get(id), Some(Node::Ask { .. } | Node::Menu { .. }))
    }

    /// Hands over to people, by the flow's own node for this if it has exactly one. Returns the next node, or None if
    /// the run has ended.
    pub(super) fn hand_over(&mut self) -> Next {
        let mut own = self.flow.nodes.iter().filter(|(_, node)| matches!(node, Node::JoinQueue { .. }));
        if let (Some((id, _)), None) = (own.next(), own.next()) {
            return Some(id.clone());
        }
        let text = Some(built_in::handed_over(self.context.more.language).to_owned());
        self.hand_to_people(text);
        None
    }

    /// Ends the run and puts the customer into the first queue.
    fn hand_to_people(&mut self, text: Option<String>) {
        self.run.returns.clear();
        self.effects.push(Effect::JoinQueue {
            queue: None,
            waiting_text: text.clone(),
            nobody_text: text,
            priority: 0,
            agent: None,
        });
    }

    /// Records what went wrong at a node. `handled`: whether the flow handles it.
    pub(super) fn fail(&mut self, node: &str, fault: Fault, handled: bool) {
        if let Some(visit) = self.run.trace.last_mut().filter(|visit| visit.node == node) {
            visit.fault = Some(fault.clone());
        }
        self.effects.push(Effect::Failed { node: node.to_owned(), fault, handled });
    }

    /// Goes from node to node until one waits or the run ends.
    pub(super) fn go(mut self, next: Next) -> Step {
        let mut next = next;
        let mut is_over = false;
        for _ in 0..MOST_NODES {
            let Some(id) = next.take() else {
                // A nested flow returns to the outer one.
                let Some(Return { flow, next: back }) = self.run.returns.pop() else {
                    is_over = true;
                    break;
                };
                self.enter(flow);
                next = back;
                continue;
            };
            let before = self.effects.len();
            self.visit(&id);
            let went = self.node(&id);
            if self.context.more.detailed {
                let vars = self.run.vars.clone();
                self.details.push(NodeDetail { node: id.clone(), effects_before: before, vars });
            }
            match went {
                Went::On(on) => next = on,
                Went::Waits => return self.finish(id, true),
                Went::Ends => return self.finish(id, false),
            }
        }
        if !is_over {
            // The messages of such a flow come from a loop: none of them is sent.
            self.effects.clear();
            let node = self.run.trace.last().map(|visit| visit.node.clone()).unwrap_or_default();
            self.fail(&node, Fault::TooLong {}, false);
            self.hand_to_people(None);
        }
        let node = self.run.trace.last().map(|visit| visit.node.clone()).unwrap_or_default();
        self.finish(node, false)
    }

    fn finish(mut self, node: String, waits: bool) -> Step {
        self.run.node = node;
        let (run, ended) = if waits { (Some(self.run), None) } else { (None, Some(self.run)) };
        Step { run, ended, effects: self.effects, missing: self.missing, details: self.details }
    }

    fn visit(&mut self, id: &str) {
        if self.run.trace.len() >= MOST_VISITS {
            self.run.trace.remove(0);
        }
        let flow = self.run.flow;
        self.run.trace.push(Visit { node: id.to_owned(), at: self.context.now, flow, fault: None });
    }

    /// Executes one node.
    fn node(&mut self, id: &str) -> Went {
        let Some(node) = self.flow.nodes.get(id) else {
            self.fail(id, Fault::NodeMissing { node: id.to_owned() }, false);
            self.hand_to_people(None);
            self.missing = Some(id.to_owned());
            return Went::Ends;
        };
        match node {
            Node::Send { message_template: Some(named), on_error, next, .. } => {
                let sent = self.send_template(named, on_error.is_some());
                Went::On(if sent { next.clone() } else { on_error.clone().or(next.clone()) })
            }
            Node::Send { text, quick_replies, template, next, .. } => {
                let choices = quick_replies
                    .iter()
                    .map(|reply| Choice { title: reply.title.clone(), payload: reply.payload.clone() });
                match template {
                    Some(template) => self.show(text, choices.collect(), template),
                    None => self.say(text, choices.collect()),
                }
                Went::On(next.clone())
            }
            Node::Menu { text, .. } | Node::Ask { text, .. } => {
                self.run = self.wait(id, text, 0);
                Went::Waits
            }
            Node::Condition { expression, variable, is, value, then, otherwise } => {
                let holds = match expression {
                    Some(expression) => self.expression(id, expression),
                    None => self.compares(variable.as_deref(), *is, value.as_deref()),
                };
                Went::On(if holds { then.clone() } else { otherwise.clone() })
            }
            Node::Switch { variable, cases, otherwise } => {
                let values = self.values();
                let actual = values.get(variable).map(String::as_str);
                let fits = |value: &str| holds(Comparison::Equals, actual, &self.fill(value));
                let case = cases.iter().find(|case| fits(&case.value));
                Went::On(case.map_or_else(|| otherwise.clone(), |case| case.next.clone()))
            }
            Node::Set { variable, value, next } => {
                let value = self.fill(value);
                self.remember(variable, &value);
                Went::On(next.clone())
            }
            Node::Calendar { calendar_id, on_closed, next } => {
                let closed = self.context.more.calendars.iter().find(|it| it.id == *calendar_id && !it.open);
                match (closed, on_closed) {
                    (Some(calendar), closed_way) => {
                        self.remember("opens_at", &calendar.opens_at);
                        Went::On(closed_way.clone().or(next.clone()))
                    }
                    (None, _) => Went::On(next.clone()),
                }
            }
            Node::Label { add, remove, next } => {
                let fill = |texts: &[String]| texts.iter().map(|text| self.fill(text)).collect();
                let effect = Effect::Label { add: fill(add), remove: fill(remove) };
                self.effects.push(effect);
                Went::On(next.clone())
            }
            Node::Note { text, next } => {
                let text = self.fill(text);
                if !text.trim().is_empty() {
                    self.effects.push(Effect::Note { text });
                }
                Went::On(next.clone())
            }
            Node::Subflow { flow_id, on_error, next } => {
                let way = Return { flow: self.run.flow, next: next.clone() };
                self.enter_flow(id, *flow_id, Some(way), None, on_error.clone())
            }
            Node::Jump { flow_id: Some(flow_id), next } => self.enter_flow(id, *flow_id, None, next.clone(), None),
            Node::Jump { flow_id: None, next } => Went::On(next.clone()),
            Node::Wait { seconds, .. } => {
                self.run.deadline = Some(self.context.now.plus(i64::from(*seconds) * SECOND));
                Went::Waits
            }
            Node::Http { .. } | Node::Webhook { .. } | Node::AiReply { .. } => self.ask_program(id, node),
            Node::JoinQueue { .. } => self.join_queue(id, node),
            Node::Transfer { agent_id, queue_id, waiting_text, note, on_nobody } => {
                if on_nobody.is_some() && !self.context.more.online.contains(agent_id) {
                    return Went::On(on_nobody.clone());
                }
                if let Some(text) = self.fill_some(note) {
                    self.effects.push(Effect::Note { text });
                }
                let waiting_text = self.fill_some(waiting_text);
                self.effects.push(Effect::JoinQueue {
                    queue: *queue_id,
                    waiting_text: waiting_text.clone(),
                    nobody_text: waiting_text,
                    priority: 0,
                    agent: Some(*agent_id),
                });
                Went::Ends
            }
            Node::Close { text, reason } => {
                let effect = Effect::Close { text: self.fill_some(text), reason: self.fill_some(reason) };
                self.effects.push(effect);
                Went::Ends
            }
        }
    }

    fn enter_flow(&mut self, id: &str, flow: FlowId, back: Option<Return>, node: Next, on_error: Next) -> Went {
        let found = self.context.more.published(flow);
        let fault = match found {
            Some(_) if back.is_some() && self.run.returns.len() >= MOST_FLOWS => Fault::TooDeep {},
            Some(LibraryFlow { reference, body, .. }) => {
                self.run.returns.extend(back);
                let start = node.unwrap_or_else(|| body.start.clone());
                self.enter(Some(*reference));
                return Went::On(Some(start));
            }
            None => Fault::FlowMissing {},
        };
        self.fail(id, fault, on_error.is_some());
        Went::On(on_error.or_else(|| self.hand_over()))
    }

    /// Sends a question and stops at its node.
    fn wait(&mut self, id: &str, text: &str, tries: u32) -> Run {
        let timeout = match self.flow.nodes.get(id) {
            Some(Node::Menu { options, timeout_seconds, .. }) => {
                self.say(text, choices(id, options));
                *timeout_seconds
            }
            Some(Node::Ask { timeout_seconds, .. }) => {
                self.say(text, Vec::new());
                *timeout_seconds
            }
            _ => None,
        };
        let deadline = timeout.map(|seconds| self.context.now.plus(i64::from(seconds) * SECOND));
        Run { node: id.to_owned(), tries, deadline, ..self.run.clone() }
    }

    /// Stores a value in a variable, cut to the space that is left.
    pub(super) fn remember(&mut self, name: &str, value: &str) {
        let used: usize =
            self.run.vars.iter().filter(|(known, _)| *known != name).map(|(k, v)| k.len() + v.len()).sum();
        let value = if used + name.len() > LARGEST_MEMORY { String::new() } else { cut(value) };
        self.run.vars.insert(name.to_owned(), value);
    }

    fn say(&mut self, text: &str, choices: Vec<Choice>) {
        let text = self.fill(text);
        self.push_text(text, choices);
    }

    /// Sends a text that is already filled in.
    pub(super) fn push_text(&mut self, mut text: String, choices: Vec<Choice>) {
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
        // A value may be too long for the template: then the text alone is better than nothing.
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

    /// Sends a message template; false if that is not possible. `has_exit`: whether the flow has an exit for this.
    fn send_template(&mut self, named: &TemplateToSend, has_exit: bool) -> bool {
        match approved::filled(named, self.context, |text| self.fill(text)) {
            Ok((template, text)) => {
                self.effects.push(Effect::SendTemplate { text, template });
                true
            }
            // On a channel without templates the exit is the intended path: nothing went wrong.
            Err(TemplateFault::NotOnChannel) if has_exit => false,
            Err(cause) => {
                self.effects.push(Effect::TemplateNotSent { template: named.name.clone(), cause });
                false
            }
        }
    }

    fn compares(&self, variable: Option<&str>, is: Option<Comparison>, value: Option<&str>) -> bool {
        let values = self.values();
        let actual = variable.and_then(|variable| values.get(variable)).map(String::as_str);
        holds(is.unwrap_or(Comparison::Exists), actual, &self.fill(value.unwrap_or_default()))
    }

    /// Whether an expression is true; false if it can't be evaluated.
    fn expression(&mut self, id: &str, expression: &str) -> bool {
        match text::holds(expression, &self.values()) {
            Ok(holds) => holds,
            Err(error) => {
                self.fail(id, Fault::Expression { detail: error.detail }, true);
                false
            }
        }
    }

    pub(super) fn fill(&self, template: &str) -> String {
        if !template.contains('{') {
            return template.to_owned();
        }
        text::render_or_plain(template, &self.values())
    }

    /// A text that may be absent; an empty one counts as absent.
    pub(super) fn fill_some(&self, template: &Option<String>) -> Option<String> {
        template.as_deref().map(|template| self.fill(template)).filter(|text| !text.trim().is_empty())
    }

    pub(super) fn values(&self) -> Values {
        values::of(&self.run, self.context)
    }
}

/// How the run continues after a node.
pub(super) enum Went {
    /// This comes next.
    On(Next),
    /// It waits here.
    Waits,
    /// The run ends.
    Ends,
}

fn choices(node: &str, options: &[MenuOption]) -> Vec<Choice> {
    let choice = |option: &MenuOption| Choice { title: option.title.clone(), payload: payload(node, &option.id) };
    options.iter().map(choice).collect()
}
