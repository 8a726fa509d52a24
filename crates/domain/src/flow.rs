//! Flows: what a bot says and asks before people take over. A flow is data ([`FlowBody`]), read by [`parse`], checked
//! by [`validate`], and run by [`step`], one customer's input at a time. Between two inputs everything that matters
//! is in a [`Run`], which the store saves.
//!
//! Nothing here sends, waits or reads a clock. [`step`] says what should happen ([`Effect`]), and the caller carries
//! it out in the transaction that stores the run.

mod answer;
mod approved;
mod body;
mod check;
mod parse;
mod run;
mod welcome;

pub use answer::{choice_named, offers, payload};
pub use body::{
    AnswerKind, Comparison, DEFAULT_RETRIES, FlowBody, MenuOption, Next, Node, QuickReply, SCHEMA, Validate,
};
pub use check::validate;
pub use parse::{LARGEST, parse, parse_value};
pub use run::{Effect, FlowContext, Input, MOST_NODES, Run, Step, step};
pub use welcome::welcome;

use serde::Serialize;

/// A problem in a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// JSON pointer to the place, for example `/nodes/menu/options/1/title`.
    pub pointer: String,
    /// What is wrong, as a sentence.
    pub detail: String,
}

impl Problem {
    fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

/// The JSON Schema of [`FlowBody`], for editors outside Deskbell.
pub fn schema() -> &'static str {
    include_str!("../flow.schema.json")
}

/// A JSON pointer: a prefix, then keys that may contain `/` and `~`.
pub fn place(parts: &[&str]) -> String {
    let mut pointer = parts.first().copied().unwrap_or_default().to_owned();
    for key in parts.iter().skip(1) {
        pointer.push('/');
        pointer.push_str(&escaped(key));
    }
    pointer
}

/// A key as a JSON pointer writes it.
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests;
