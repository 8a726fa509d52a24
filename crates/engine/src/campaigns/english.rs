//! Why a campaign is paused, in English. It is the `detail` of the API and is never stored.

use domain::campaign::Pause;

use crate::wording;

/// A sentence or two: what happened, and what to do next.
pub fn pause(reason: &Pause) -> String {
    match reason {
        Pause::User { by } => format!("{by} paused this campaign. Resume it to continue."),
        Pause::QualityLow {} => {
            "The number's quality is low (red): customers block it or report its messages. Wait until WhatsApp Manager shows a better \
             quality, then resume the campaign."
                .into()
        }
        Pause::TemplateStatus { status } => format!(
            "The template's status at Meta is {status}, so it cannot be sent. Look at it in WhatsApp Manager, then synchronise the \
             templates and resume the campaign."
        ),
        Pause::TemplateGone {} => {
            "Meta no longer has this template. Synchronise the templates, or start a campaign with another template.".into()
        }
        Pause::TemplateChanged {} => {
            "The template has other variables than when the campaign was started. Start a new campaign for those who are still waiting."
                .into()
        }
        Pause::AccountOff {} => {
            "The number is no longer connected or is switched off. Switch it on under Chat gateways, then resume the campaign.".into()
        }
        Pause::Disconnected {} => {
            "The number is disconnected: no valid access token is left. Ask an administrator to reconnect it, then resume the \
             campaign."
                .into()
        }
        Pause::Refused { failure } => {
            let (code, _) = failure.numbers();
            let text = wording::failure(failure);
            format!("{text} Meta refused a message of this campaign (code {code}); resume it when the cause is gone.")
        }
    }
}

#[cfg(test)]
mod tests {
    use channels::meta::error::GraphError;

    use super::*;

    #[test]
    fn every_reason_is_a_sentence_that_says_what_to_do() {
        let failure = GraphError { status: 400, code: 131_048, ..GraphError::default() }.into();
        let reasons = [
            Pause::User { by: "Ann".into() },
            Pause::QualityLow {},
            Pause::TemplateStatus { status: "PAUSED".into() },
            Pause::TemplateGone {},
            Pause::TemplateChanged {},
            Pause::AccountOff {},
            Pause::Disconnected {},
            Pause::Refused { failure },
        ];
        for reason in &reasons {
            let text = pause(reason);
            assert!(text.ends_with('.') && text.contains(". ") || text.contains(", "), "{text}");
            assert!(!text.contains(['{', '}']), "{text}");
        }
        assert!(pause(&reasons[7]).contains("code 131048"));
    }
}
