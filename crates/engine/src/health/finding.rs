//! One thing that is wrong with a gateway: what, how bad, who can mend it, and the button that does.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something does not work.
    Error,
    /// Something will not, or may not.
    Warning,
}

/// What a button of a finding does. Stored findings keep it as text; this describes it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// Opens Meta's login again.
    Reconnect,
    /// Subscribes the Page again.
    Resubscribe,
    /// Subscribes the app's webhook.
    SubscribeApp,
    /// Sends what waits.
    RetrySends,
    /// Leads to the gateway's set-up.
    OpenSetup,
    /// Leads to the outgoing webhooks.
    OpenWebhooks,
    /// Asks for the App Secret.
    EnterSecret,
    /// Asks Meta again.
    CheckAgain,
}

/// What mends a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FindingAction)]
pub struct Action {
    /// The words on its button.
    pub label: String,
    /// What it does.
    #[schema(value_type = ActionKind)]
    pub kind: String,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// Which kind of thing.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// The page that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub page_id: Option<String>,
    /// Which of several alike, such as the account that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub subject: Option<String>,
    /// What is wrong, and who can mend it.
    pub message: String,
    /// What mends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub action: Option<Action>,
    /// Since when it is known, where it raised an alarm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub since: Option<String>,
}

/// Warnings that somebody should hear of before they become errors. Others are part of setting a gateway up, or pass by
/// themselves.
const HEARD: [&str; 10] = [
    "token_expires",
    "data_access_expires",
    "version_ends",
    "version_answered",
    "media_refused",
    "page_silent",
    "sends_waiting",
    "profiles_refused",
    "webhook_disabled",
    "login_denied",
];

impl Finding {
    /// Something that does not work.
    pub fn error(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            severity: Severity::Error,
            page_id: None,
            subject: None,
            message: message.into(),
            action: None,
            since: None,
        }
    }

    /// Something that may not work.
    pub fn warning(code: &str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// About one page.
    #[must_use]
    pub fn of(mut self, page: &str) -> Self {
        self.page_id = Some(page.to_owned());
        self
    }

    /// About one of several alike.
    #[must_use]
    pub fn about(mut self, subject: impl ToString) -> Self {
        self.subject = Some(subject.to_string());
        self
    }

    /// With what mends it.
    #[must_use]
    pub fn mended_by(mut self, kind: &str, label: &str) -> Self {
        self.action = Some(Action { label: label.into(), kind: kind.into() });
        self
    }

    /// What it is known by as long as it stays, however its words change.
    pub fn key(&self) -> String {
        let page = self.page_id.as_deref().unwrap_or_default();
        let subject = self.subject.as_deref().unwrap_or_default();
        format!("{}:{page}:{subject}", self.code)
    }

    /// Whether it is a reason to wake somebody.
    pub fn alarms(&self) -> bool {
        self.is_error() || HEARD.contains(&self.code.as_str())
    }

    /// Whether something does not work.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_known_by_what_and_where_and_not_by_its_words() {
        let first = Finding::error("token_dead", "Today.").of("1");
        let second = Finding::warning("token_dead", "Tomorrow.").of("1");
        assert_eq!(first.key(), second.key());
        assert_ne!(first.key(), Finding::error("token_dead", "Today.").of("2").key());
        assert_ne!(first.key(), first.clone().about(7).key());
        assert!(first.alarms() && !Finding::warning("no_event", "Nothing yet.").alarms());
    }
}
