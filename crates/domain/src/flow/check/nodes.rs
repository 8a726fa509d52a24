//! Checks of the nodes that involve more than the conversation: queues, calendars, other flows, other programs.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::body::{FlowBody, Node};
use super::super::shape::{Field, Kind};
use super::{Check, OF_QUEUE, Problem, escaped, place, shape, text};
use crate::same::same;

impl Check<'_> {
    pub(super) fn more(&mut self, here: &str, node: &Node) {
        self.amounts(here, node);
        match node {
            Node::Switch { variable, cases, .. } => {
                self.known_variable(here, variable);
                if cases.is_empty() {
                    self.say(format!("{here}/cases"), "A switch needs at least one case.");
                }
                let mut seen = BTreeSet::new();
                for (index, case) in cases.iter().enumerate() {
                    self.text(&format!("{here}/cases/{index}"), "value", &case.value, false);
                    if !seen.insert(same(&case.value)) {
                        let detail = "An earlier case has the same value: this one is never reached.";
                        self.say(format!("{here}/cases/{index}/value"), detail);
                    }
                }
            }
            Node::Http { url, headers, body, save, on_timeout, on_error, .. } => {
                self.address(here, url);
                self.external_texts(here, "headers", headers);
                if let Some(body) = body {
                    self.external_text(&format!("{here}/body"), body);
                }
                for name in save.keys() {
                    self.variable_at(&format!("{here}/save/{}", escaped(name)), name);
                }
                if on_timeout.is_none() && on_error.is_none() {
                    let detail = "If there is no good answer, the customer is handed over to people. Choose what comes then, if that is not what you want.";
                    self.problems.push(Problem::warning(format!("{here}/on_error"), detail));
                }
            }
            Node::Webhook { url, headers, data, .. } => {
                self.address(here, url);
                self.external_texts(here, "headers", headers);
                self.external_texts(here, "data", data);
            }
            Node::AiReply { instructions, knowledge, .. } => {
                if instructions.trim().is_empty() {
                    self.say(format!("{here}/instructions"), "Say how it should answer.");
                }
                self.external_text(&format!("{here}/instructions"), instructions);
                for (index, text) in knowledge.iter().enumerate() {
                    self.external_text(&format!("{here}/knowledge/{index}"), text);
                }
            }
            Node::Calendar { calendar_id, .. }
                if self.known.is_some_and(|known| !known.calendars.contains(calendar_id)) =>
            {
                self.say(format!("{here}/calendar_id"), "There is no such calendar.");
            }
            Node::JoinQueue {
                queue_id,
                waiting_text,
                nobody_text,
                position_text,
                position_seconds,
                max_wait_seconds,
                on_timeout,
                ..
            } => {
                self.queue_exists(here, *queue_id);
                self.variables.extend(OF_QUEUE);
                self.optional(here, "waiting_text", waiting_text);
                self.optional(here, "nobody_text", nobody_text);
                self.optional(here, "position_text", position_text);
                self.variables.retain(|name| !OF_QUEUE.contains(name));
                if on_timeout.is_some() != max_wait_seconds.is_some() {
                    let (field, detail) = match on_timeout {
                        Some(_) => {
                            ("max_wait_seconds", "Say after how many seconds the customer leaves the queue.")
                        }
                        None => ("on_timeout", "Choose what comes after the longest wait."),
                    };
                    self.say(format!("{here}/{field}"), detail);
                }
                if position_seconds.is_some() && position_text.is_none() {
                    self.say(format!("{here}/position_text"), "Say what the customer reads while they wait.");
                }
            }
            Node::Transfer { agent_id, queue_id, waiting_text, note, .. } => {
                self.queue_exists(here, *queue_id);
                if self.known.is_some_and(|known| !known.agents.contains(agent_id)) {
                    self.say(format!("{here}/agent_id"), "There is no such agent.");
                }
                self.optional(here, "waiting_text", waiting_text);
                self.optional(here, "note", note);
            }
            Node::Label { add, remove, .. } => {
                if add.is_empty() && remove.is_empty() {
                    self.say(format!("{here}/add"), "Name a label to add or to take off.");
                }
                for (field, labels) in [("add", add), ("remove", remove)] {
                    for (index, label) in labels.iter().enumerate() {
                        self.label(&format!("{here}/{field}"), index, label);
                    }
                }
            }
            Node::Note { text, .. } => self.text(here, "text", text, true),
            Node::Subflow { flow_id, .. } | Node::Jump { flow_id: Some(flow_id), .. }
                if self.known.is_some_and(|known| !known.flows.contains(flow_id)) =>
            {
                self.say(format!("{here}/flow_id"), "There is no such flow, or it was never published.");
            }
            Node::Jump { flow_id: None, next: None } => {
                self.say(format!("{here}/next"), "Choose the node or the flow that it goes to.");
            }
            _ => {}
        }
    }

    /// Keywords that are empty, or the same as another.
    pub(super) fn keywords(&mut self, flow: &FlowBody) {
        let mut seen = BTreeSet::new();
        for (index, keyword) in flow.keywords.iter().enumerate() {
            let here = format!("/keywords/{index}");
            if keyword.words.is_empty() {
                self.say(format!("{here}/words"), "Name at least one word.");
            }
            for (place, word) in keyword.words.iter().enumerate() {
                let folded = same(word);
                if folded.trim().is_empty() {
                    self.say(format!("{here}/words/{place}"), "This word is empty.");
                } else if !seen.insert(folded) {
                    self.say(format!("{here}/words/{place}"), "The same word is a keyword already.");
                }
            }
            if let Some(next) = keyword.next.as_deref().filter(|next| !flow.nodes.contains_key(*next)) {
                self.say(format!("{here}/next"), format!("There is no node \"{next}\"."));
            }
        }
    }

    fn label(&mut self, here: &str, index: usize, label: &str) {
        self.text(here, &index.to_string(), label, true);
        let is_plain = !label.contains('{');
        if is_plain && self.known.is_some_and(|known| !known.labels.contains(&same(label))) {
            self.say(format!("{here}/{index}"), format!("There is no label \"{label}\"."));
        }
    }

    fn queue_exists(&mut self, here: &str, queue: Option<crate::id::QueueId>) {
        if let (Some(queue), Some(known)) = (queue, self.known)
            && !known.queues.contains(&queue)
        {
            self.say(format!("{here}/queue_id"), "There is no such queue.");
        }
    }

    fn variable_at(&mut self, pointer: &str, name: &str) {
        let before = self.problems.len();
        self.variable("", name);
        for problem in &mut self.problems[before..] {
            *problem = Problem::new(pointer, problem.detail.clone());
        }
    }

    fn address(&mut self, here: &str, url: &str) {
        let pointer = format!("{here}/url");
        let start = url.trim_start().to_ascii_lowercase();
        if start.is_empty() {
            self.say(pointer, "Say which address is asked.");
        } else if !["http://", "https://", "{{"].iter().any(|good| start.starts_with(good)) {
            self.say(pointer, "An address begins with https://.");
        } else {
            self.external_text(&pointer, url);
        }
    }

    fn external_texts(&mut self, here: &str, field: &str, texts: &BTreeMap<String, String>) {
        for (name, text) in texts {
            let pointer = place(&[&format!("{here}/{field}"), name]);
            let is_name = !name.is_empty()
                && name.len() <= 100
                && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
            if !is_name {
                self.say(pointer.clone(), "A name is made of letters, digits, \"-\", \"_\" and \".\".");
            }
            self.external_text(&pointer, text);
        }
    }

    /// A text for another program, which may hold secrets.
    fn external_text(&mut self, pointer: &str, text: &str) {
        if let Err(error) = text::check(text) {
            self.say(pointer, error.to_string());
            return;
        }
        for name in text::used(text) {
            match name.strip_prefix("secrets.") {
                Some(secret) if self.known.is_some_and(|known| !known.secrets.contains(secret)) => {
                    self.say(pointer, format!("There is no secret {secret}. Add it to the secrets of flows."));
                }
                Some(_) => {}
                None if !self.variables.contains(name.as_str()) => {
                    self.say(pointer, text::unknown(&name, &self.variables));
                }
                None => {}
            }
        }
    }

    /// Checks the limits of numbers, lists and texts.
    fn amounts(&mut self, here: &str, node: &Node) {
        let Ok(Value::Object(fields)) = serde_json::to_value(node) else { return };
        let Some(shape) = shape(node.kind()) else { return };
        for Field { name, kind, .. } in shape.fields {
            let Some(value) = fields.get(*name) else { continue };
            let pointer = format!("{here}/{name}");
            match (kind, value) {
                (Kind::Count(least, most), Value::Number(number)) => {
                    let fits =
                        number.as_u64().is_some_and(|it| (u64::from(*least)..=u64::from(*most)).contains(&it));
                    if !fits {
                        self.say(pointer, format!("This must lie between {least} and {most}."));
                    }
                }
                (Kind::List(_, most) | Kind::TextList(most, _), Value::Array(list)) if list.len() > *most => {
                    self.say(pointer, format!("There can be {most} at most."));
                }
                (Kind::Text(most), Value::String(text)) if text.chars().count() > *most as usize => {
                    self.say(pointer, format!("The text is too long: at most {most} characters are possible."));
                }
                _ => {}
            }
        }
    }
}
