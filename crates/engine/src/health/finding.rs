//! A finding: what is wrong with a gateway, as a code with its arguments, how bad it is, and the button that fixes
//! it. Its English is in `finding/english.rs`; it is produced where a finding is shown, and never stored.

mod english;
mod issue;

use channels::Channels;
use domain::channel::Channel;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use issue::{Issue, TokenOf};

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something does not work.
    Error,
    /// Something will stop working, or may not work.
    Warning,
}

/// What a button of a finding does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// Opens Meta's login again.
    Reconnect,
    /// Subscribes the Page again.
    Resubscribe,
    /// Subscribes the app's webhook.
    SubscribeApp,
    /// Asks for the PIN of a WhatsApp number, and registers it.
    RegisterNumber,
    /// Sends waiting messages.
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

/// Warnings that raise an alarm before they become errors. Others are part of setting up a gateway, or resolve on
/// their own.
const HEARD: [&str; 13] = [
    "account_violation",
    "account_alert",
    "token_expires",
    "data_access_expires",
    "version_ends",
    "version_answered",
    "media_refused",
    "page_silent",
    "templates_paused",
    "sends_waiting",
    "profiles_refused",
    "webhook_disabled",
    "login_denied",
];

/// One problem, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The problem.
    #[serde(flatten)]
    pub issue: Issue,
    /// Its severity.
    pub severity: Severity,
    /// The account that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// The channel of that account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Distinguishes one of several, such as the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

impl Finding {
    /// Something that does not work.
    pub fn error(issue: Issue) -> Self {
        Self { issue, severity: Severity::Error, account_id: None, channel: None, subject: None }
    }

    /// Something that may not work.
    pub fn warning(issue: Issue) -> Self {
        Self { severity: Severity::Warning, ..Self::error(issue) }
    }

    /// Makes it about one account.
    #[must_use]
    pub fn of(mut self, page: &str) -> Self {
        self.account_id = Some(page.to_owned());
        self
    }

    /// Makes it about one of several.
    #[must_use]
    pub fn about(mut self, subject: impl ToString) -> Self {
        self.subject = Some(subject.to_string());
        self
    }

    /// Its code.
    pub fn code(&self) -> String {
        self.issue.code()
    }

    /// What identifies it while it lasts, even if its arguments change.
    pub fn key(&self) -> String {
        let page = self.account_id.as_deref().unwrap_or_default();
        let subject = self.subject.as_deref().unwrap_or_default();
        format!("{}:{page}:{subject}", self.code())
    }

    /// Whether it raises an alarm.
    pub fn alarms(&self) -> bool {
        self.is_error() || HEARD.contains(&self.code().as_str())
    }

    /// Whether something does not work.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// As in API responses.
    pub fn view(self, since: Option<String>) -> FindingView {
        let noun = Channels::default().connecting(self.channel.unwrap_or(Channel::MESSENGER)).noun;
        let message = self.issue.english(noun);
        let action = self.issue.action();
        let action = action.map(|kind| Action { label: self.issue.english_of_action(kind).to_owned(), kind });
        let Self { issue, severity, account_id, channel, subject } = self;
        FindingView { issue, severity, account_id, channel, subject, message, action, since }
    }
}

/// The button that fixes a finding.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = FindingAction)]
pub struct Action {
    /// The button's text, in English.
    pub label: String,
    /// What it does.
    pub kind: ActionKind,
}

/// A single problem.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Finding)]
pub struct FindingView {
    /// The problem, as a code and its arguments.
    #[serde(flatten)]
    pub issue: Issue,
    /// Its severity.
    pub severity: Severity,
    /// The account that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub account_id: Option<String>,
    /// The channel of that account.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>)]
    pub channel: Option<Channel>,
    /// Distinguishes one of several, such as the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub subject: Option<String>,
    /// What is wrong, and who can fix it, in English.
    pub message: String,
    /// The button that fixes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub action: Option<Action>,
    /// Since when it has been known, if it raised an alarm.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub since: Option<String>,
}

impl FindingView {
    /// Whether something does not work.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

#[cfg(test)]
mod tests {
    use domain::page_trouble::PageTrouble;

    use super::*;

    fn dead(trouble: Option<PageTrouble>) -> Issue {
        Issue::TokenDead { page: "Shop".into(), trouble }
    }

    #[test]
    fn a_finding_is_known_by_what_and_where_and_not_by_its_arguments() {
        let first = Finding::error(dead(None)).of("1");
        let second = Finding::warning(dead(Some(PageTrouble::Withdrawn {}))).of("1");
        assert_eq!(first.key(), second.key());
        assert_eq!(first.key(), "token_dead:1:");
        assert_ne!(first.key(), Finding::error(dead(None)).of("2").key());
        assert_ne!(first.key(), first.clone().about(7).key());
        let quiet = Issue::NoEvent { page: "Shop".into(), long: false };
        assert!(first.alarms() && !Finding::warning(quiet).alarms());
    }
}
