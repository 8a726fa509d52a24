//! What a channel reports of an account of the business rather than of a customer: its templates, limits, quality and
//! name. They are in the channel's own words.

use serde::{Deserialize, Serialize};

/// One such report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum AccountEvent {
    /// A message template was approved, rejected, paused, disabled …
    TemplateStatus {
        /// Which.
        template: TemplateName,
        /// The channel's word: `APPROVED`, `PAUSED` …
        status: String,
        /// The channel's reason, if there is one.
        reason: Option<String>,
    },
    /// The quality of a message template changed.
    TemplateQuality {
        /// Which.
        template: TemplateName,
        /// The channel's word: `GREEN`, `YELLOW`, `RED`, `UNKNOWN`.
        quality: String,
    },
    /// The channel moved a message template into another category, which changes its price.
    TemplateCategory {
        /// Which.
        template: TemplateName,
        /// The channel's word: `MARKETING`, `UTILITY` …
        category: String,
    },
    /// The quality or the daily limit of a phone number changed.
    NumberQuality {
        /// The number as the channel shows it.
        number: Option<String>,
        /// Its quality now, in the word that the channel has for it where accounts are read; None if that did not change.
        quality: Option<String>,
        /// How many customers it may begin to write to in a day, as the channel names it.
        limit: Option<String>,
    },
    /// The shown name of a phone number was decided on.
    NumberName {
        /// The number as the channel shows it.
        number: Option<String>,
        /// The channel's word: `APPROVED`, `REJECTED` …
        decision: String,
        /// The name that was asked for.
        name: Option<String>,
        /// Why it was rejected.
        reason: Option<String>,
    },
    /// The business account was restricted, reviewed, disabled …
    Account {
        /// The channel's word: `ACCOUNT_RESTRICTION`, `VERIFIED_ACCOUNT` …
        change: String,
        /// What more the channel says, in its words.
        detail: Option<String>,
    },
    /// The channel warns of something.
    Alert {
        /// The channel's word for it.
        alert: String,
        /// How serious it is, in the channel's word.
        severity: Option<String>,
        /// What more the channel says, in its words.
        detail: Option<String>,
    },
    /// What the business may do changed: its daily limit or how many numbers it may have.
    Capability {
        /// How many customers it may begin to write to in a day, as the channel names it.
        limit: Option<String>,
        /// How many numbers it may have.
        numbers: Option<String>,
    },
}

/// A message template by its name and language.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TemplateName {
    /// The channel's id of it, if it was told.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// Its language, as the channel writes it: `en_US`.
    pub language: String,
}
