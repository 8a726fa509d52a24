//! The names and details of Health's facts about what Meta did to the business account of a WhatsApp number. `inbox` stores them,
//! `health` shows them. A ban is stored with the number itself, like the block of a Page.

use domain::time::Micros;
use serde::{Deserialize, Serialize};

/// What was reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The account will be disabled.
    DisableScheduled,
    /// Some of what it could do is forbidden.
    Restricted,
    /// It broke a rule.
    Violation,
    /// Meta warns of something: the name of the warning follows.
    Alert,
}

impl Kind {
    /// The name of its fact.
    pub fn name(self) -> &'static str {
        match self {
            Kind::DisableScheduled => "account_disable_scheduled",
            Kind::Restricted => "account_restricted",
            Kind::Violation => "account_violation",
            Kind::Alert => "account_alert:",
        }
    }
}

/// The details of a fact.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stored {
    /// In Meta's words.
    pub detail: Option<String>,
    /// When it ends, or begins if it is scheduled.
    pub until: Option<Micros>,
}

impl Stored {
    /// As it is stored; a fact without a word has been lifted.
    pub fn word(&self) -> String {
        store::table::message::json(self)
    }
}
