//! Flows: what a bot sends and asks before people take over. A flow is data ([`FlowBody`]), read by [`parse`],
//! checked by [`validate`], and run by [`step`], one customer's input at a time. Between two inputs everything that
//! matters is in a [`Run`], which the store saves.
//!
//! Nothing here sends, waits or reads a clock. [`step`] returns what should happen ([`Effect`]), and the caller
//! carries it out in the transaction that stores the run.

mod answer;
mod approved;
mod body;
mod built_in;
pub mod call;
mod check;
pub mod compare;
mod parse;
mod place;
mod problem;
mod requests;
mod run;
mod schema;
mod shape;
mod values;
mod waiting;
mod walk;
mod ways;
pub mod webitel;
mod welcome;

pub use answer::{choice_named, has_keyword, offers, payload};
pub use body::{
    AnswerKind, Case, Comparison, DEFAULT_RETRIES, FlowBody, Keyword, MenuOption, Method, Needs, Next, Node,
    QuickReply, SCHEMA, Validate,
};
pub use check::{Known, validate, validate_with, variables};
pub use parse::{LARGEST, parse, parse_value};
pub use place::FlowPlace;
pub use problem::{Problem, Severity};
pub use run::{
    CalendarFacts, Effect, Fault, FlowContext, Input, LibraryFlow, MOST_NODES, NodeDetail, Return, Run, Step,
    Surroundings, Visit, step,
};
pub use schema::schema;
pub use values::GIVEN;
pub use waiting::goes_on_after_agent;
pub use welcome::{WELCOME, welcome};

/// A JSON pointer: a prefix, then keys that may contain `/` and `~`.
pub fn place(parts: &[&str]) -> String {
    let mut pointer = parts.first().copied().unwrap_or_default().to_owned();
    for key in parts.iter().skip(1) {
        pointer.push('/');
        pointer.push_str(&escaped(key));
    }
    pointer
}

/// A key, escaped for a JSON pointer.
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests;
