//! Campaigns: one message template for many recipients. This module decides when a campaign has to pause; sending it
//! is the engine's job.

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::words::words;

/// The most recipients of one campaign.
pub const MOST_RECIPIENTS: usize = 10_000;
/// The default rate, in messages per minute.
pub const USUAL_RATE: i64 = 60;

/// The state of a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = CampaignState))]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its messages are being sent.
    Running,
    /// It waits until someone resumes it.
    Paused,
    /// Every recipient was written to or skipped.
    Done,
    /// A user ended it; the remaining recipients get no message.
    Cancelled,
}

words!(State { Running = "running", Paused = "paused", Done = "done", Cancelled = "cancelled" });

/// Why a recipient gets no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = CampaignSkip))]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    /// They want no marketing messages.
    OptedOut,
    /// The contact has no phone number and never wrote to this account.
    NoNumber,
    /// The contact's phone number has no country, or is no phone number.
    InvalidNumber,
    /// They are in the list twice.
    Duplicate,
    /// The campaign has already written to them under another number or id.
    AlreadyWritten,
    /// The message was withdrawn before it left.
    Withdrawn,
    /// The campaign was cancelled before their message was sent.
    Cancelled,
    /// Their data was erased.
    Erased,
}

words!(Skip {
    OptedOut = "opted_out",
    NoNumber = "no_number",
    InvalidNumber = "invalid_number",
    Duplicate = "duplicate",
    AlreadyWritten = "already_written",
    Withdrawn = "withdrawn",
    Cancelled = "cancelled",
    Erased = "erased",
});

impl Skip {
    /// As a sentence.
    pub fn english(self) -> &'static str {
        match self {
            Skip::OptedOut => "The customer wants no marketing messages.",
            Skip::NoNumber => "The contact has no phone number and has never written to this account.",
            Skip::InvalidNumber => {
                "The contact's phone number has no country code, or is not a phone number. Correct it on the contact."
            }
            Skip::Duplicate => "This recipient is in the list more than once; they get one message.",
            Skip::AlreadyWritten => {
                "The campaign has already written to this customer under another number or ID."
            }
            Skip::Withdrawn => "The message was withdrawn before it was sent.",
            Skip::Cancelled => "The campaign was cancelled before it was this recipient's turn.",
            Skip::Erased => "The customer's data was erased.",
        }
    }
}

/// Why a campaign is paused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = CampaignPause))]
#[serde(tag = "code", content = "args", rename_all = "snake_case")]
pub enum Pause {
    /// Someone paused it.
    User {
        /// Their name.
        by: String,
    },
    /// Customers rate the number so badly that Meta may restrict it.
    QualityLow {},
    /// The template is paused, disabled or rejected.
    TemplateStatus {
        /// The channel's word for it.
        status: String,
    },
    /// The channel no longer has the template.
    TemplateGone {},
    /// The template has other variables now.
    TemplateChanged {},
    /// The account was removed or switched off, or its gateway was.
    AccountOff {},
    /// No token of the account is valid.
    Disconnected {},
    /// The channel refused a message for a reason that applies to all of them, such as a limit that is reached or a
    /// restricted account.
    Refused {
        /// Which reason.
        failure: Failure,
    },
}

/// The channel's word for the worst rating of a number.
const RED: &str = "RED";

/// What is known about a campaign's account and template when a message is sent.
#[derive(Debug, Clone, Default)]
pub struct Sending<'a> {
    /// Whether the account is connected, switched on, and its gateway enabled.
    pub is_on: bool,
    /// Whether the account has a valid token.
    pub has_token: bool,
    /// How customers rate the account, in the channel's word.
    pub quality: Option<&'a str>,
    /// The template's status, in the channel's word; None if the channel no longer has it.
    pub template: Option<&'a str>,
    /// Whether the template can be sent.
    pub is_approved: bool,
    /// A refusal that applies to every message.
    pub refused: Option<&'a Failure>,
}

impl Sending<'_> {
    /// Why nothing may be sent now; None if all is well.
    pub fn obstacle(&self) -> Option<Pause> {
        if !self.is_on {
            return Some(Pause::AccountOff {});
        }
        if !self.has_token {
            return Some(Pause::Disconnected {});
        }
        if self.quality.is_some_and(|quality| quality.eq_ignore_ascii_case(RED)) {
            return Some(Pause::QualityLow {});
        }
        let Some(status) = self.template else { return Some(Pause::TemplateGone {}) };
        if !self.is_approved {
            return Some(Pause::TemplateStatus { status: status.to_owned() });
        }
        self.refused.map(|failure| Pause::Refused { failure: failure.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::{ChannelError, ErrorCase};

    fn well() -> Sending<'static> {
        Sending {
            is_on: true,
            has_token: true,
            quality: Some("GREEN"),
            template: Some("APPROVED"),
            is_approved: true,
            refused: None,
        }
    }

    #[test]
    fn a_campaign_pauses_for_what_concerns_every_message() {
        assert_eq!(well().obstacle(), None);
        assert_eq!(Sending { quality: Some("YELLOW"), ..well() }.obstacle(), None);
        assert_eq!(Sending { quality: None, ..well() }.obstacle(), None, "Meta does not always say");
        assert_eq!(Sending { quality: Some("RED"), ..well() }.obstacle(), Some(Pause::QualityLow {}));
        assert_eq!(Sending { has_token: false, ..well() }.obstacle(), Some(Pause::Disconnected {}));
        assert_eq!(Sending { is_on: false, ..well() }.obstacle(), Some(Pause::AccountOff {}));
        assert_eq!(Sending { template: None, ..well() }.obstacle(), Some(Pause::TemplateGone {}));
        let paused = Sending { template: Some("PAUSED"), is_approved: false, ..well() };
        assert_eq!(paused.obstacle(), Some(Pause::TemplateStatus { status: "PAUSED".into() }));
        let failure =
            Failure::Channel(ChannelError { case: ErrorCase::Listed, code: 131_048, subcode: 0, trace: None });
        let refused = Sending { refused: Some(&failure), ..well() };
        assert_eq!(refused.obstacle(), Some(Pause::Refused { failure: failure.clone() }));
    }

    #[test]
    fn reasons_are_codes_with_arguments_and_skips_are_sentences() {
        let json = serde_json::to_value(Pause::TemplateStatus { status: "PAUSED".into() }).unwrap();
        assert_eq!(json, serde_json::json!({ "code": "template_status", "args": { "status": "PAUSED" } }));
        for skip in Skip::ALL {
            assert_eq!(serde_json::to_value(skip).unwrap(), skip.word());
            assert!(skip.english().ends_with('.'), "{skip:?}");
        }
    }
}
