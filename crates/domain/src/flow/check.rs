//! Whether a flow can be published: everything that can be known before the first customer writes. A draft may have
//! problems; a published flow has none.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::body::{Comparison, FlowBody, MenuOption, Node, QuickReply, SCHEMA};
use super::run::MOST_NODES;
use super::{Problem, escaped, place};
use crate::capabilities::{Capabilities, ChoiceLimits, Unit};
use crate::message_template::TemplateToSend;
use crate::same::same;
use crate::template::Template;
use crate::text;
use crate::time::SECOND;

const MOST_RETRIES: u32 = 10;
const LARGEST_GRAPH: usize = 500;
/// Names that a variable can't have, because texts give them a meaning.
const TAKEN: &[&str] = &[
    "contact", "page", "true", "false", "none", "True", "False", "None", "and", "or", "not", "in", "is", "if",
    "else",
];

/// The variables that every text of a flow may hold.
const GIVEN: [&str; 3] = ["contact.first_name", "contact.name", "page.name"];

/// Everything that prevents publishing this flow for a channel; empty if nothing does.
pub fn validate(flow: &FlowBody, capabilities: &Capabilities) -> Vec<Problem> {
    let set = flow.nodes.values().filter_map(|node| match node {
        Node::Ask { variable, .. } | Node::Set { variable, .. } => Some(variable.as_str()),
        _ => None,
    });
    let variables = GIVEN.into_iter().chain(set).collect();
    let mut check = Check { capabilities, variables, problems: Vec::new() };
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
    check.reachable(flow);
    check.rounds(flow);
    check.problems
}

struct Check<'a> {
    capabilities: &'a Capabilities,
    /// Every variable that has a value somewhere in the flow.
    variables: BTreeSet<&'a str>,
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
            Node::Menu { text, options, retry_text, retries, .. } => {
                self.text(here, "text", text, true);
                self.options(here, options);
                self.optional(here, "retry_text", retry_text);
                self.retries(here, *retries);
            }
            Node::Ask { text, variable, retry_text, retries, timeout_seconds, on_timeout, .. } => {
                self.text(here, "text", text, true);
                self.variable(here, variable);
                self.optional(here, "retry_text", retry_text);
                self.retries(here, *retries);
                // The bot may write inside the window only, so a longer wait could end in nothing but silence.
                let longest = self.capabilities.window.standard / SECOND;
                if timeout_seconds.is_some_and(|seconds| !(1..=longest).contains(&i64::from(seconds))) {
                    let hours = longest / 3_600;
                    let detail = format!("The timeout must lie between 1 and {longest} seconds ({hours} hours).");
                    self.say(format!("{here}/timeout_seconds"), detail);
                }
                if on_timeout.is_some() && timeout_seconds.is_none() {
                    self.say(
                        format!("{here}/timeout_seconds"),
                        "Say after how many seconds the flow continues without an answer.",
                    );
                }
            }
            Node::Condition { variable, is, value, .. } => {
                if !self.variables.contains(variable.as_str()) {
                    let detail = match variable.as_str() {
                        "" => "Choose the variable that is looked at.".to_owned(),
                        name => text::unknown(name, &self.variables),
                    };
                    self.say(format!("{here}/variable"), detail);
                }
                match value {
                    Some(value) => {
                        self.text(here, "value", value, *is != Comparison::Exists && *is != Comparison::Equals)
                    }
                    None if *is == Comparison::Exists => {}
                    None => self.say(format!("{here}/value"), "Say what it is compared with."),
                }
            }
            Node::Set { variable, value, .. } => {
                self.variable(here, variable);
                self.text(here, "value", value, false);
            }
            Node::JoinQueue { waiting_text, nobody_text, .. } => {
                self.optional(here, "waiting_text", waiting_text);
                self.optional(here, "nobody_text", nobody_text);
            }
            Node::Close { text, reason } => {
                self.optional(here, "text", text);
                self.optional(here, "reason", reason);
            }
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

    /// What can be known of a message template without asking which ones there are.
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

    /// Nodes that no way leads to: of a part that hangs together only where it begins. While a way out of the reached part
    /// is broken, that is the cause, and it has its own problem.
    fn reachable(&mut self, flow: &FlowBody) {
        let mut seen = BTreeSet::new();
        if !flow.nodes.contains_key(&flow.start) || !reach(flow, &flow.start, &mut seen) {
            return;
        }
        let lost = flow.nodes.keys().map(String::as_str).filter(|id| !seen.contains(id));
        let lost: Vec<&str> = lost.collect();
        let exits = |id: &&str| flow.nodes[*id].exits().into_iter().map(|(_, next)| next).collect::<Vec<_>>();
        let led_to: BTreeSet<&str> =
            lost.iter().flat_map(|id| exits(id).into_iter().filter(move |next| next != id)).collect();
        // Beginnings first, then any node of what goes round.
        let (begin, round): (Vec<&str>, Vec<&str>) = lost.into_iter().partition(|id| !led_to.contains(id));
        for id in begin.into_iter().chain(round) {
            if !seen.contains(id) {
                reach(flow, id, &mut seen);
                self.say(place(&["/nodes", id]), "No way leads to this node.");
            }
        }
    }

    /// Loops that never wait for the customer, and chains too long for one step.
    fn rounds(&mut self, flow: &FlowBody) {
        // What happens without a word of the customer: a question that times out counts, since a bot
        // that reminds forever is a nuisance too.
        let mut ways: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (id, node) in &flow.nodes {
            let exits = node.exits().into_iter().filter(|(place, next)| {
                flow.nodes.contains_key(*next) && (!node.waits() || place == "/on_timeout")
            });
            ways.insert(id, exits.map(|(_, next)| next).collect());
        }
        // Nodes from which every path ends are removed until only loops, and what leads into them, remain; `depth` is
        // the longest path from a removed node.
        let mut depth: BTreeMap<&str, usize> = BTreeMap::new();
        loop {
            let ended: Vec<&str> = ways
                .iter()
                .filter(|(id, nexts)| {
                    !depth.contains_key(*id) && nexts.iter().all(|next| depth.contains_key(next))
                })
                .map(|(id, _)| *id)
                .collect();
            if ended.is_empty() {
                break;
            }
            for id in ended {
                // A way ends at a node that waits, whatever its timeout leads to later.
                let length = |next: &&str| {
                    if flow.nodes[*next].waits() { 1 } else { depth[next] }
                };
                let below = ways[id].iter().map(length).max().unwrap_or(0);
                depth.insert(id, below + 1);
            }
        }
        let mut reported: BTreeSet<&str> = BTreeSet::new();
        for id in flow.nodes.keys().map(String::as_str).filter(|id| !depth.contains_key(id)) {
            // From any remaining node, remaining ways lead into a round.
            let mut path = vec![id];
            let round = loop {
                let last = path[path.len() - 1];
                let Some(next) = ways[last].iter().copied().find(|next| !depth.contains_key(next)) else {
                    break &[][..];
                };
                if let Some(first) = path.iter().position(|id| *id == next) {
                    break &path[first..];
                }
                path.push(next);
            };
            if round.iter().any(|id| reported.contains(id)) || round.is_empty() {
                continue;
            }
            reported.extend(round);
            let way = round.iter().chain(round.first()).copied().collect::<Vec<_>>().join(" → ");
            let detail = format!("This goes round without ever waiting for the customer: {way}.");
            self.say(place(&["/nodes", round[0]]), detail);
        }
        if reported.is_empty()
            && let Some((id, _)) = depth.iter().find(|(_, depth)| **depth > MOST_NODES)
        {
            let detail =
                format!("More than {MOST_NODES} nodes follow from here without waiting for the customer.");
            self.say(place(&["/nodes", id]), detail);
        }
    }
}

/// Adds what can be reached from a node; false if a way there leads nowhere.
fn reach<'a>(flow: &'a FlowBody, from: &'a str, seen: &mut BTreeSet<&'a str>) -> bool {
    let mut whole = true;
    let mut open = vec![from];
    while let Some(id) = open.pop() {
        match flow.nodes.get(id) {
            Some(node) if seen.insert(id) => open.extend(node.exits().into_iter().map(|(_, next)| next)),
            Some(_) => {}
            None => whole = false,
        }
    }
    whole
}
