//! Who may answer a customer, and what action a channel takes against an account that violates its policies.

use serde::{Deserialize, Serialize};

use crate::words::words;

/// Who may answer a customer: one receiver at a time (meta-platform.md §5.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// Derived from its content and time, to detect duplicates.
    pub key: String,
    /// What happened.
    pub step: ControlStep,
    /// The app that had control before, or that requests it; None if the channel does not say.
    pub from: Option<String>,
    /// The app that has control now; None if the channel does not say, or no app has it.
    pub to: Option<String>,
}

/// How control of a thread can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlStep {
    /// The app that had control passed it on.
    Passed,
    /// Another app took it.
    Taken,
    /// Another app requests it; nothing has changed yet.
    Requested,
}

/// What action a channel takes against a page that violates a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyAction {
    /// A warning: nothing is forbidden yet.
    Warning,
    /// The page may not send.
    Block,
    /// The page may send again.
    Unblock,
    /// An action that the channel does not name, or that is unknown to us.
    Unspecified,
}

words!(PolicyAction {
    Warning = "warning",
    Block = "block",
    Unblock = "unblock",
    Unspecified = "unspecified",
});
