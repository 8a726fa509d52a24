//! Nodes that call other programs: the request, and where the answer leads.

use std::collections::BTreeMap;

use super::body::{Next, Node};
use super::call::{
    Answer, Call, CallFault, DEFAULT_RETRIES, DEFAULT_TIMEOUT, Request, SECRET_ENDS, SECRET_OPENS, in_address,
    in_header, in_json, parts, without_secrets,
};
use super::run::{Effect, Fault, Run};
use super::walk::{Heard, Walk, Went};
use crate::text::{self, Values};
use crate::time::SECOND;

/// The default number of answers that a language model gives at one node.
const MOST_TURNS: u32 = 10;
/// Extra time, in seconds, for the attempts of a request: pauses between them, and a restart of the server.
const SLACK: i64 = 120;

impl Walk<'_> {
    /// Makes a node's request and waits for the answer.
    pub(super) fn ask_program(&mut self, id: &str, node: &Node) -> Went {
        if let Node::AiReply { .. } = node {
            // Without a message from the customer there is nothing to answer yet.
            if self.run.last_message.is_none() {
                self.run.tries = 0;
                return Went::Waits;
            }
            self.run.tries = 0;
        }
        match self.question(id, node) {
            Ok((request, timeout, retries)) => {
                self.ask(id, request, timeout, retries);
                Went::Waits
            }
            Err(fault) => Went::On(self.after_failure(id, node, fault)),
        }
    }

    /// The customer wrote to the language model.
    pub(super) fn ask_model(&mut self, before: &Run) -> Heard {
        let Some(node) = self.flow.nodes.get(&before.node) else { return Heard::Goes(Some(before.node.clone())) };
        self.run.tries = before.tries;
        match self.question(&before.node, node) {
            Ok((request, timeout, retries)) => {
                self.ask(&before.node, request, timeout, retries);
                let run = Run { node: before.node.clone(), ..self.run.clone() };
                Heard::Stays(Box::new(run))
            }
            Err(fault) => Heard::Goes(self.after_failure(&before.node, node, fault)),
        }
    }

    fn ask(&mut self, id: &str, request: Request, timeout: Option<u32>, retries: u32) {
        let timeout_seconds = timeout.unwrap_or(DEFAULT_TIMEOUT);
        let number = self.context.more.call;
        let longest = i64::from(timeout_seconds) * i64::from(retries + 1) + SLACK;
        self.run.call = Some(number);
        self.run.deadline = Some(self.context.now.plus(longest * SECOND));
        let call = Call { id: number, node: id.to_owned(), timeout_seconds, retries, request };
        self.effects.push(Effect::Call { call });
    }

    /// A node's request, with its time limit and number of attempts.
    fn question(&self, _: &str, node: &Node) -> Result<(Request, Option<u32>, u32), Fault> {
        match node {
            Node::Http { method, url, headers, body, timeout_seconds, retries, .. } => {
                let sent_type = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
                let is_json = sent_type.is_none_or(|(_, kind)| kind.to_ascii_lowercase().contains("json"));
                let encode = if is_json { in_json } else { plain };
                let request = Request::Http {
                    method: method.unwrap_or_default(),
                    url: self.encoded(url, in_address)?,
                    headers: self.all(headers, in_header)?,
                    body: body.as_deref().map(|body| self.encoded(body, encode)).transpose()?,
                };
                Ok((request, *timeout_seconds, retries.unwrap_or(DEFAULT_RETRIES)))
            }
            Node::Webhook { url, headers, data, timeout_seconds, .. } => {
                let request = Request::Webhook {
                    url: self.encoded(url, in_address)?,
                    headers: self.all(headers, in_header)?,
                    data: self.all(data, plain)?,
                    variables: self.run.vars.clone(),
                };
                Ok((request, *timeout_seconds, DEFAULT_RETRIES))
            }
            Node::AiReply { instructions, knowledge, timeout_seconds, .. } => {
                let knowledge = knowledge.iter().map(|text| self.encoded(text, plain));
                let request = Request::Ai {
                    instructions: self.encoded(instructions, plain)?,
                    knowledge: knowledge.collect::<Result<_, _>>()?,
                };
                Ok((request, timeout_seconds.or(Some(30)), 1))
            }
            _ => Err(Fault::TooLong {}),
        }
    }

    fn all(
        &self,
        texts: &BTreeMap<String, String>,
        encode: fn(&str) -> String,
    ) -> Result<BTreeMap<String, String>, Fault> {
        texts.iter().map(|(name, text)| Ok((name.clone(), self.encoded(text, encode)?))).collect()
    }

    /// A text with its variables, each escaped for its place, and with names of secrets where their values belong.
    fn encoded(&self, template: &str, encode: fn(&str) -> String) -> Result<String, Fault> {
        if !template.contains('{') {
            return Ok(template.to_owned());
        }
        let encoded = |(name, value): (String, String)| (name, encode(&without_secrets(&value)));
        let mut values: Values = self.values().into_iter().map(encoded).collect();
        for name in text::used(template) {
            if let Some(secret) = name.strip_prefix("secrets.") {
                if !self.context.more.secrets.iter().any(|known| known == secret) {
                    return Err(Fault::SecretMissing { name: secret.to_owned() });
                }
                values.insert(name.clone(), format!("{SECRET_OPENS}{secret}{SECRET_ENDS}"));
            }
        }
        Ok(text::render_or_plain(template, &values))
    }

    /// No answer came, not even an error.
    pub(super) fn no_answer(&mut self, before: &Run) -> Heard {
        if before.call.is_none() {
            return Heard::Goes(None);
        }
        self.answered(before, &Answer::Failed(CallFault::TimedOut {}))
    }

    /// Where the run continues after the answer that it waited for.
    pub(super) fn answered(&mut self, before: &Run, answer: &Answer) -> Heard {
        let Some(node) = self.flow.nodes.get(&before.node) else { return Heard::Goes(Some(before.node.clone())) };
        let fault = match (node, answer) {
            (Node::AiReply { .. }, Answer::Text { text, unsure }) => {
                return self.model_says(before, node, text, *unsure);
            }
            (Node::Http { save, next, .. }, Answer::Http { status, body }) if (200..300).contains(status) => {
                self.remember("http_status", &status.to_string());
                match parts(body, save) {
                    Some(found) => {
                        found.iter().for_each(|(name, value)| self.remember(name, value));
                        return Heard::Goes(next.clone());
                    }
                    None => CallFault::NoJson {},
                }
            }
            (Node::Webhook { next, .. }, Answer::Http { status, .. }) if (200..300).contains(status) => {
                return Heard::Goes(next.clone());
            }
            (_, Answer::Http { status, .. }) => {
                self.remember("http_status", &status.to_string());
                CallFault::Status { status: *status }
            }
            (_, Answer::Failed(fault)) => fault.clone(),
            (_, Answer::Text { .. }) => return Heard::Goes(Some(before.node.clone())),
        };
        Heard::Goes(self.after_failure(&before.node, node, Fault::Call { fault }))
    }

    /// Where the run continues if a node's request has no successful answer.
    fn after_failure(&mut self, id: &str, node: &Node, fault: Fault) -> Next {
        let timed_out = matches!(fault, Fault::Call { fault: CallFault::TimedOut {} });
        let way = match node {
            Node::Http { on_timeout: Some(way), .. } if timed_out => Some(way.clone()),
            Node::Http { on_error, .. } => on_error.clone(),
            // A program that only receives data must not hold the customer up.
            Node::Webhook { on_error, next, .. } => {
                self.fail(id, fault, true);
                return on_error.clone().or(next.clone());
            }
            Node::AiReply { on_error, otherwise, .. } => on_error.clone().or(otherwise.clone()),
            _ => None,
        };
        self.fail(id, fault, way.is_some());
        way.or_else(|| self.hand_over())
    }

    fn model_says(&mut self, before: &Run, node: &Node, text: &str, unsure: bool) -> Heard {
        let Node::AiReply { max_turns, otherwise, next, .. } = node else { return Heard::Goes(None) };
        self.push_text(super::answer::cut(text), Vec::new());
        if unsure {
            return Heard::Goes(otherwise.clone().or_else(|| self.hand_over()));
        }
        let tries = before.tries.saturating_add(1);
        if tries >= max_turns.unwrap_or(MOST_TURNS) {
            return Heard::Goes(next.clone().or(otherwise.clone()).or_else(|| self.hand_over()));
        }
        if before.unanswered {
            return self.ask_model(&Run { tries, ..before.clone() });
        }
        Heard::Stays(Box::new(Run { node: before.node.clone(), tries, ..self.run.clone() }))
    }
}

fn plain(value: &str) -> String {
    value.to_owned()
}
