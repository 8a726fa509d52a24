//! The flow that a new store has (contract.md), so that a Page answers before a flow was made for it.

use super::body::FlowBody;
use super::parse::parse;

/// Greets, offers choices, answers one question, asks another, and hands over on request.
pub fn welcome() -> FlowBody {
    parse(WELCOME).expect("a test reads it")
}

/// The same flow as JSON, as it is stored.
pub const WELCOME: &str = include_str!("welcome.json");
