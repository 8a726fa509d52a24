//! Detects that a queue has passed one of its limits, so that supervisors are alerted.

use serde::{Deserialize, Serialize};

use crate::queue::QueueSettings;
use crate::sla::Targets;
use crate::time::{Micros, SECOND};
use crate::words::words;

/// The setting of a queue whose limit is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// A customer has waited for an agent for longer than the first answer may take.
    FirstResponseSeconds,
    /// A customer has waited for the maximum time.
    MaxWaitSeconds,
    /// The maximum number of customers is waiting.
    MaxWaiting,
}

words!(AlertKind {
    FirstResponseSeconds = "first_response_seconds",
    MaxWaitSeconds = "max_wait_seconds",
    MaxWaiting = "max_waiting",
});

/// A limit that is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    /// Which one.
    pub kind: AlertKind,
    /// The limit: seconds, or customers.
    pub limit: i64,
    /// The value that passed it.
    pub value: i64,
}

/// The limits of a queue that are set.
fn limits(settings: &QueueSettings) -> impl Iterator<Item = (AlertKind, i64)> {
    AlertKind::ALL.into_iter().filter_map(|kind| {
        let limit = match kind {
            AlertKind::FirstResponseSeconds => settings.sla.first_response_seconds,
            AlertKind::MaxWaitSeconds => settings.max_wait_seconds,
            AlertKind::MaxWaiting => settings.max_waiting,
        };
        Some((kind, limit?))
    })
}

/// The limits that a queue has passed: `waiting` customers are in it, the first of them since `oldest`. A target runs only
/// while the queue is open; a customer waits all the time.
pub fn passed(
    settings: &QueueSettings,
    targets: Targets<'_>,
    waiting: i64,
    oldest: Option<Micros>,
    now: Micros,
) -> Vec<Passed> {
    let longest = oldest.map(|since| now.since(since));
    let late = oldest.and_then(|since| targets.first_response_due(since)).is_some_and(|due| due <= now);
    let is_passed = |(kind, limit): (AlertKind, i64)| {
        let (value, is_passed) = match kind {
            AlertKind::FirstResponseSeconds => (longest? / SECOND, late),
            AlertKind::MaxWaitSeconds => (longest? / SECOND, longest? >= limit.saturating_mul(SECOND)),
            AlertKind::MaxWaiting => (waiting, waiting >= limit),
        };
        is_passed.then_some(Passed { kind, limit, value })
    };
    limits(settings).filter_map(is_passed).collect()
}

/// Whether a queue has a limit that can be passed.
pub fn has_limits(settings: &QueueSettings) -> bool {
    limits(settings).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sla::Sla;

    #[test]
    fn each_limit_is_passed_when_it_is_reached_and_not_before() {
        let settings = QueueSettings {
            sla: Sla { first_response_seconds: Some(30), ..Sla::default() },
            max_wait_seconds: Some(60),
            max_waiting: Some(2),
            ..QueueSettings::default()
        };
        let of = |settings: &QueueSettings, waiting, longest: Option<i64>| {
            let targets = Targets { sla: settings.sla, hours: None };
            passed(settings, targets, waiting, longest.map(|longest| Micros(-longest)), Micros(0))
        };
        let kinds = |waiting, longest: i64| {
            let found = of(&settings, waiting, Some(longest * SECOND)).into_iter();
            found.map(|it| (it.kind, it.limit, it.value)).collect::<Vec<_>>()
        };
        let first = |value| (AlertKind::FirstResponseSeconds, 30, value);
        assert_eq!(kinds(1, 29), []);
        assert_eq!(kinds(1, 30), [first(30)]);
        assert_eq!(kinds(3, 61), [first(61), (AlertKind::MaxWaitSeconds, 60, 61), (AlertKind::MaxWaiting, 2, 3)]);
        assert_eq!(of(&settings, 0, None), []);
        assert!(has_limits(&settings) && !has_limits(&QueueSettings::default()));
        assert_eq!(of(&QueueSettings::default(), 900, Some(i64::MAX)), []);
    }
}
