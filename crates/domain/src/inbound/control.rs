//! Who may answer a customer, and what a channel does against an account that breaks its policies.

use serde::{Deserialize, Serialize};

use crate::words::words;

/// Who may answer a customer: one receiver at a time (meta-platform.md §5.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// Made from its content and time: the same again is a duplicate.
    pub key: String,
    /// What happened.
    pub step: ControlStep,
    /// The app that held it before, or that asks; None if the channel does not say.
    pub from: Option<String>,
    /// The app that holds it now; None if the channel does not say, or no app does.
    pub to: Option<String>,
}

/// What may happen to control over a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlStep {
    /// Its holder handed it on.
    Passed,
    /// Someone took it.
    Taken,
    /// Someone asks for it; nothing changed yet.
    Requested,
}

/// What a channel does against a page that breaks a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyAction {
    /// A warning: nothing is forbidden yet.
    Warning,
    /// The page may not send.
    Block,
    /// It may again.
    Unblock,
    /// A measure that the channel does not name, or one that we do not know.
    Unspecified,
}

words!(PolicyAction {
    Warning = "warning",
    Block = "block",
    Unblock = "unblock",
    Unspecified = "unspecified",
});
