//! Whether a flow can be published: everything that can be known before the first customer writes. A draft may have
//! problems; a published flow has none.

use std::collections::{BTreeSet, HashSet};

mod graph;
mod nodes;

use super::body::{Comparison, FlowBody, MenuOption, Node, QuickReply, SCHEMA};
use super::shape::{LARGEST_GRAPH, shape};
use super::values::{GIVEN, OF_QUEUE};
use super::{Problem, escaped, place};
use crate::capabilities::{Capabilities, ChoiceLimits, Unit};
use crate::id::{CalendarId, FlowId, QueueId, UserId};
use crate::message_template::TemplateToSend;
use crate::same::same;
use crate::template::Template;
use crate::text;
use crate::time::SECOND;

const MOST_RETRIES: u32 = 10;
/// Reserved names that a variable can't have, because they have a meaning in texts.
const TAKEN: &[&str] = &[
    "contact",
    "page",
    "account",
    "conversation",
    "referral",
    "queue",
    "secrets",
    "last_message",
    "true",
    "false",
    "none",
    "True",
    "False",
    "None",
    "and",
    "or",
    "not",
    "in",
    "is",
    "if",
    "else",
];

/// What flows of an installation can refer to.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Queues.
    pub queues: BTreeSet<QueueId>,
    /// Calendars.
    pub calendars: BTreeSet<CalendarId>,
    /// Flows that are published.
    pub flows: BTreeSet<FlowId>,
    /// People who can be agents.
    pub agents: BTreeSet<UserId>,
    /// Names and ids of labels, in the form that is compared.
    pub labels: BTreeSet<String>,
    /// Names of secrets.
    pub secrets: BTreeSet<String>,
    /// Variables of the flows that lead into this one, and of those that it leads into.
    pub variables: BTreeSet<String>,
}

/// The variables to which a flow gives a value.
pub fn variables(flow: &FlowBody) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    for node in flow.nodes.values() {
        match node {
            Node::Ask { variable, .. }
            | Node::Set { variable, .. }
            | Node::Menu { variable: Some(variable), .. } => {
                names.insert(variable.as_str());
            }
            Node::Http { save, .. } => {
                names.extend(save.keys().map(String::as_str));
                names.insert("http_status");
            }
            Node::Webhook { .. } => {
                names.insert("http_status");
            }
            Node::Calendar { .. } => {
                names.insert("opens_at");
            }
            _ => {}
        }
    }
    names
}

/// All problems that can be found by looking at the flow alone: those that prevent publishing it for a channel, and
/// warnings.
pub fn validate(flow: &FlowBody, capabilities: &Capabilities) -> Vec<Problem> {
    check(flow, capabilities, None)
}

/// Like [`validate`], and also checks that everything it refers to exists.
pub fn validate_with(flow: &FlowBody, capabilities: &Capabilities, known: &Known) -> Vec<Problem> {
    check(flow, capabilities, Some(known))
}

fn check(flow: &FlowBody, capabilities: &Capabilities, known: Option<&Known>) -> Vec<Problem> {
    let mut names = variables(flow);
    names.extend(GIVEN);
    names.extend(known.into_iter().flat_map(|known| &known.variables).map(String::as_str));
    let mut check = Check { capabilities, variables: names, known, problems: Vec::new() };
    if flow.schema != SCHEMA {
        check.say("/schema", format!("The schema must be {SCHEMA}."));
    }
    if flow.nodes.len() > LARGEST_GRAPH {
        check.say("/nodes", format!("A flow has at most {LARGEST_GRAPH} nodes."));
        return check.problems;
    }
    if !flow.nodes.contains_key(&flow.start) {
        let detail = match flow.start.as_str() {
            "" => "Choose the node that the flow starts with.".to_owned(),
            start => format!("The flow starts with \"{start}\", but there is no such node."),
        };
        check.say("/start", detail);
    }
    for (id, node) in &flow.nodes {
        let here = place(&["/nodes", id]);
        check.id(&here, id, "node");
        check.node(&here, node);
        for (exit, next) in node.exits() {
            if next.is_empty() {
                check.say(here.clone() + &exit, "Choose what comes next.");
            } else if !flow.nodes.contains_key(next) {
                check.say(here.clone() + &exit, format!("There is no node \"{next}\"."));
            }
        }
    }
    check.keywords(flow);
    check.reachable(flow);
    check.rounds(flow);
    check.dead_ends(flow);
    check.problems
}

struct Check<'a> {
    capabilities: &'a Capabilities,
    /// Every variable that has a value somewhere in the flow.
    variables: BTreeSet<&'a str>,
    /// What exists; None if that is not known.
    known: Option<&'a Known>,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn say(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.problems.push(Problem::new(pointer, detail));
    }

    fn node(&mut self, here: &str, node: &Node) {
        match node {
            Node::Send { text, quick_replies, template, message_template: Some(named), .. } => {
                if !text.trim().is_empty() || !quick_replies.is_empty() || template.is_some() {
                    let detail = "A message template is sent alone: remove the text, the choices and the cards, or the template.";
                    self.say(format!("{here}/message_template"), detail);
                }
                self.message_template(&format!("{here}/message_template"), named);
            }
            Node::Send { text, quick_replies, template, message_template: None, on_error, .. } => {
                if on_error.is_some() {
                    let detail = "Only a message template can fail: remove on_error, or choose a template.";
                    self.say(format!("{here}/on_error"), detail);
                }
                self.text(here, "text", text, template.is_none());
                self.quick_replies(here, quick_replies);
                if let Some(template) = template {
                    self.template(here, template);
                }
            }
            Node::Menu { text, options, variable, retry_text, retries, timeout_seconds, on_timeout, .. } => {
                self.text(here, "text", text, true);
                self.options(here, options);
                if let Some(variable) = variable {
                    self.variable(here, variable);
                }
                self.optional(here, "retry_text", retry_text);
                self.retries(here, *retries);
                self.timeout(here, *timeout_seconds, on_timeout.is_some());
            }
            Node::Ask { text, variable, retry_text, retries, timeout_seconds, on_timeout, .. } => {
                self.text(here, "text", text, true);
                self.variable(here, variable);
                self.optional(here, "retry_text", retry_text);
                self.retries(here, *retries);
                self.timeout(here, *timeout_seconds, on_timeout.is_some());
            }
            Node::Condition { expression: Some(expression), variable, is, value, .. } => {
                if let Err(error) = text::check_expression(expression, &self.variables) {
                    self.say(format!("{here}/expression"), error.detail);
                }
                if variable.is_some() || is.is_some() || value.is_some() {
                    let detail = "A condition has either an expression, or a variable with a comparison.";
                    self.say(format!("{here}/expression"), detail);
                }
            }
            Node::Condition { expression: None, variable, is, value, .. } => {
                self.known_variable(here, variable.as_deref().unwrap_or_default());
                match (value, is) {
                    (_, None) => self.say(format!("{here}/is"), "Say how the variable is compared."),
                    (Some(value), Some(is)) => {
                        self.text(here, "value", value, *is != Comparison::Exists && *is != Comparison::Equals);
                    }
                    (None, Some(Comparison::Exists)) => {}
                    (None, Some(_)) => self.say(format!("{here}/value"), "Say what it is compared with."),
                }
            }
            Node::Set { variable, value, .. } => {
                self.variable(here, variable);
                self.text(here, "value", value, false);
            }
            Node::Close { text, reason } => {
                self.optional(here, "text", text);
                self.optional(here, "reason", reason);
            }
            other => self.more(here, other),
        }
    }

    /// Checks the variable that a node reads.
    fn known_variable(&mut self, here: &str, name: &str) {
        if !self.variables.contains(name) {
            let detail = match name {
                "" => "Choose the variable that is looked at.".to_owned(),
                name => text::unknown(name, &self.variables),
            };
            self.say(format!("{here}/variable"), detail);
        }
    }

    fn timeout(&mut self, here: &str, timeout_seconds: Option<u32>, leads_on: bool) {
        // The bot may only write inside the window, so after a longer wait it could not write at all.
        let longest = self.capabilities.window.standard / SECOND;
        if timeout_seconds.is_some_and(|seconds| !(1..=longest).contains(&i64::from(seconds))) {
            let hours = longest / 3_600;
            let detail = format!("The timeout must lie between 1 and {longest} seconds ({hours} hours).");
            self.say(format!("{here}/timeout_seconds"), detail);
        }
        if leads_on && timeout_seconds.is_none() {
            let detail = "Say after how many seconds the flow continues without an answer.";
            self.say(format!("{here}/timeout_seconds"), detail);
        }
    }

    /// A text that may be left out, and left empty.
    fn optional(&mut self, here: &str, field: &str, text: &Option<String>) {
        if let Some(text) = text {
            self.text(here, field, text, false);
        }
    }

    fn text(&mut self, here: &str, field: &str, text: &str, needed: bool) {
        let pointer = format!("{here}/{field}");
        if needed && text.trim().is_empty() {
            self.say(&pointer, "This text is empty.");
        }
        let limits = self.capabilities.text;
        let length = limits.unit.count(text);
        if length > limits.request {
            let (unit, most) = (limits.unit.word(), limits.request);
            self.say(&pointer, format!("The text is too long: {length} {unit} of at most {most}."));
        }
        if let Err(error) = text::check_with(text, &self.variables) {
            self.say(&pointer, error.to_string());
        }
    }

    /// Cards and buttons: the channel's limits, and nothing that belongs to one conversation alone.
    fn template(&mut self, here: &str, template: &Template) {
        let here = format!("{here}/template");
        if let Err(fault) = self.capabilities.template(template) {
            self.say(format!("{here}{}", fault.pointer), format!("{}. {}", fault.reason, fault.action));
        }
        match template {
            Template::Media { attachment_id: Some(_), .. } => {
                let detail = "A file belongs to one conversation: name a picture or film on Facebook by its url.";
                self.say(format!("{here}/attachment_id"), detail);
            }
            Template::Receipt(_) => self.say(format!("{here}/type"), "A flow sends no receipts."),
            _ => {}
        }
        let mut wrong = None;
        template.clone().map_texts(&mut |part| {
            wrong = wrong.take().or_else(|| text::check_with(part, &self.variables).err());
            part.to_owned()
        });
        if let Some(error) = wrong {
            self.say(here, error.to_string());
        }
    }

    /// Checks of a message template that need no list of the existing ones.
    fn message_template(&mut self, here: &str, named: &TemplateToSend) {
        if named.name.trim().is_empty() {
            self.say(format!("{here}/name"), "Choose a template.");
        } else if named.language.trim().is_empty() {
            self.say(format!("{here}/language"), "Say in which language the template is sent, such as en_US.");
        }
        for (key, value) in &named.variables {
            self.text(&format!("{here}/variables"), &escaped(key), value, false);
        }
    }

    fn id(&mut self, pointer: &str, id: &str, of: &str) {
        let good =
            (1..=64).contains(&id.len()) && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        if !good {
            self.say(
                pointer,
                format!("The id of a {of} is made of up to 64 letters a–z, digits, \"_\" and \"-\"."),
            );
        }
    }

    fn variable(&mut self, here: &str, name: &str) {
        let pointer = format!("{here}/variable");
        let letters = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !letters || name.len() > 64 || name.chars().next().is_none_or(|c| c.is_ascii_digit()) {
            self.say(
                pointer,
                "A variable's name is made of letters a–z, digits and \"_\", and does not begin with a digit.",
            );
        } else if TAKEN.contains(&name) {
            self.say(pointer, format!("\"{name}\" already means something else; choose another name."));
        }
    }

    fn retries(&mut self, here: &str, retries: Option<u32>) {
        if retries.is_some_and(|retries| retries > MOST_RETRIES) {
            self.say(format!("{here}/retries"), format!("It can be repeated {MOST_RETRIES} times at most."));
        }
    }

    fn title(&mut self, pointer: String, title: &str, limits: &ChoiceLimits) {
        let length = Unit::Characters.count(title);
        if title.trim().is_empty() {
            self.say(pointer, "The title is empty.");
        } else if length > limits.title {
            let most = limits.title;
            self.say(pointer, format!("The title is too long: {length} characters of at most {most}."));
        }
    }

    /// The channel's limits for choices; a problem if it has no choices at all.
    fn choice_limits(&mut self, pointer: &str) -> Option<ChoiceLimits> {
        let limits = self.capabilities.choices;
        if limits.is_none() {
            self.say(pointer, format!("{} has no choices to tap.", self.capabilities.name));
        }
        limits
    }

    fn quick_replies(&mut self, here: &str, replies: &[QuickReply]) {
        let pointer = format!("{here}/quick_replies");
        if replies.is_empty() {
            return;
        }
        let Some(limits) = self.choice_limits(&pointer) else { return };
        let most = limits.most;
        if replies.len() > most {
            self.say(pointer, format!("{} shows at most {most} quick replies.", self.capabilities.name));
        }
        for (index, reply) in replies.iter().enumerate() {
            self.title(format!("{here}/quick_replies/{index}/title"), &reply.title, &limits);
            if reply.payload.is_empty() || Unit::Characters.count(&reply.payload) > limits.payload {
                let detail = format!("The payload must have 1 to {} characters.", limits.payload);
                self.say(format!("{here}/quick_replies/{index}/payload"), detail);
            }
        }
    }

    fn options(&mut self, here: &str, options: &[MenuOption]) {
        if options.is_empty() {
            self.say(format!("{here}/options"), "A menu needs at least one choice.");
        }
        let pointer = format!("{here}/options");
        let Some(limits) = self.choice_limits(&pointer) else { return };
        if options.len() > limits.most {
            self.say(pointer, format!("A menu has at most {} choices.", limits.most));
        }
        let (mut ids, mut titles) = (HashSet::new(), HashSet::new());
        for (index, option) in options.iter().enumerate() {
            let pointer = format!("{here}/options/{index}");
            self.title(format!("{pointer}/title"), &option.title, &limits);
            self.id(&format!("{pointer}/id"), &option.id, "choice");
            if !ids.insert(&option.id) {
                self.say(format!("{pointer}/id"), format!("Another choice has the id \"{}\" already.", option.id));
            }
            let title = same(&option.title);
            if !title.is_empty() && !titles.insert(title) {
                let detail = "Another choice has the same title; typed words could mean either.";
                self.say(format!("{pointer}/title"), detail);
            }
        }
    }
}
