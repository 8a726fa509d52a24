//! What a channel reports about an account of the business rather than a customer: its templates, limits, quality and
//! name, in the channel's own terms.

use serde::{Deserialize, Serialize};

use crate::time::Micros;

/// One such report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum AccountEvent {
    /// A message template was approved, rejected, paused, disabled …
    TemplateStatus {
        /// The template.
        template: TemplateName,
        /// The channel's term: `APPROVED`, `PAUSED` …
        status: String,
        /// The channel's reason, if there is one.
        reason: Option<String>,
    },
    /// The quality of a message template changed.
    TemplateQuality {
        /// The template.
        template: TemplateName,
        /// The channel's term: `GREEN`, `YELLOW`, `RED`, `UNKNOWN`.
        quality: String,
    },
    /// The channel moved a message template into another category, which changes its price.
    TemplateCategory {
        /// The template.
        template: TemplateName,
        /// The channel's term: `MARKETING`, `UTILITY` …
        category: String,
    },
    /// The quality or the daily limit of a phone number changed.
    NumberQuality {
        /// The number as the channel shows it.
        number: Option<String>,
        /// Its quality now, in the same term that the channel uses for accounts; None if it did not change.
        quality: Option<String>,
        /// How many customers it may write to first in a day, in the channel's terms.
        limit: Option<String>,
    },
    /// The channel decided on the display name of a phone number.
    NumberName {
        /// The number as the channel shows it.
        number: Option<String>,
        /// The channel's term: `APPROVED`, `REJECTED` …
        decision: String,
        /// The requested name.
        name: Option<String>,
        /// Why it was rejected.
        reason: Option<String>,
    },
    /// The channel took action against the business account, or lifted it.
    Action {
        /// Which one.
        action: AccountAction,
        /// What for, or what is forbidden, in the channel's terms.
        detail: Option<String>,
        /// When it ends, or begins if it is scheduled.
        until: Option<Micros>,
    },
    /// Something else about the business account: it was reviewed, shared, deleted …
    Account {
        /// The channel's term: `ACCOUNT_DELETED`, `VERIFIED_ACCOUNT` …
        change: String,
    },
    /// The channel warns of something.
    Alert {
        /// The channel's term for it.
        alert: String,
        /// How serious it is, in the channel's terms.
        severity: Option<String>,
        /// Further details, in the channel's words.
        detail: Option<String>,
        /// Whether the channel no longer warns of it.
        over: bool,
    },
    /// A limit of the business changed: its daily limit, or how many numbers it may have.
    Capability {
        /// How many customers it may write to first in a day, in the channel's terms.
        limit: Option<String>,
        /// How many numbers it may have.
        numbers: Option<String>,
    },
}

impl AccountEvent {
    /// The message template that it is about.
    pub fn template(&self) -> Option<&TemplateName> {
        match self {
            AccountEvent::TemplateStatus { template, .. }
            | AccountEvent::TemplateQuality { template, .. }
            | AccountEvent::TemplateCategory { template, .. } => Some(template),
            _ => None,
        }
    }
}

/// What action a channel takes against a business account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountAction {
    /// It is disabled: nothing can be sent.
    Disabled,
    /// It will be disabled.
    DisableScheduled,
    /// It may be used again.
    Reinstated,
    /// Some of what it could do is forbidden.
    Restricted,
    /// The restrictions are lifted.
    Unrestricted,
    /// A warning: it broke a rule, and nothing is forbidden yet.
    Violation,
}

/// A message template by its name and language.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TemplateName {
    /// The channel's id of it, if it was reported.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// Its language, as the channel writes it: `en_US`.
    pub language: String,
}
