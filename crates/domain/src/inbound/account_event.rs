//! What a channel reports about an account of the business rather than a customer: its templates, limits, quality and
//! name, in the channel's own terms.

use serde::{Deserialize, Serialize};

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
    /// The business account was restricted, reviewed, disabled …
    Account {
        /// The channel's term: `ACCOUNT_RESTRICTION`, `VERIFIED_ACCOUNT` …
        change: String,
        /// Further details, in the channel's words.
        detail: Option<String>,
    },
    /// The channel warns of something.
    Alert {
        /// The channel's term for it.
        alert: String,
        /// How serious it is, in the channel's terms.
        severity: Option<String>,
        /// Further details, in the channel's words.
        detail: Option<String>,
    },
    /// A limit of the business changed: its daily limit, or how many numbers it may have.
    Capability {
        /// How many customers it may write to first in a day, in the channel's terms.
        limit: Option<String>,
        /// How many numbers it may have.
        numbers: Option<String>,
    },
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
