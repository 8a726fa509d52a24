//! Findings about what Meta did to the business account of a WhatsApp number.

use domain::time::{DAY, Micros};
use store::table::account::Account;
use store::table::health::Fact;

use super::finding::{Finding, Issue, Severity};
use crate::account_facts::{Kind, Stored};
use crate::clock::rfc3339;

/// How long a warning is shown that Meta never reports as ended.
pub(super) const WARNING: i64 = 14 * DAY;

/// The findings about a number.
pub(super) fn findings(facts: &[Fact], page: &Account, at: Micros) -> Vec<Finding> {
    let active = facts.iter().filter(|fact| fact.page == page.account_id && !fact.word.is_empty());
    let found = active.filter_map(|fact| {
        let Stored { detail, until } = serde_json::from_str(&fact.word).ok()?;
        let (name, recent) = (page.name.clone(), at.since(fact.at) < WARNING);
        let day = || until.map(|until| rfc3339(until).chars().take(10).collect::<String>());
        let error = if page.subscribed { Severity::Error } else { Severity::Warning };
        let (severity, issue) = match fact.name.as_str() {
            it if it == Kind::DisableScheduled.name() => {
                (error, Issue::AccountDisableScheduled { page: name, on: day().or(detail) })
            }
            it if it == Kind::Restricted.name() && until.is_none_or(|until| until > at) => {
                (error, Issue::AccountRestricted { page: name, restrictions: detail, on: day() })
            }
            it if it == Kind::Violation.name() && recent => {
                (Severity::Warning, Issue::AccountViolation { page: name, violation: detail })
            }
            it if recent && let Some(alert) = it.strip_prefix(Kind::Alert.name()) => {
                let issue = Issue::AccountAlert { page: name, alert: alert.into(), detail };
                return Some(Finding::warning(issue).about(alert).of(&page.account_id));
            }
            _ => return None,
        };
        Some(Finding { severity, ..Finding::error(issue) }.of(&page.account_id))
    });
    found.collect()
}
