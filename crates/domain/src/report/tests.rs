//! Figures of single conversations and of buckets, and that a recount gives the same result.

use jiff::tz::TimeZone;

use super::*;
use crate::conversation::ConversationData;
use crate::id::{ContactId, ConversationId, GatewayId, IdentityId};
use crate::time::HOUR;

fn at(text: &str) -> Micros {
    Micros(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())
}

fn closed(created: Micros, accepted: Micros, closed: Micros) -> Conversation {
    Conversation {
        id: ConversationId(1),
        identity: IdentityId(1),
        contact: ContactId(1),
        gateway: GatewayId(1),
        account: Account::page("200"),
        state: State::Closed,
        queue: Some(QueueId(5)),
        isolated: false,
        agent: None,
        last_agent: Some(UserId(7)),
        priority: 0,
        created_at: created,
        last_activity_at: closed,
        queued_at: Some(created),
        closed_at: Some(closed),
        unread: 0,
        data: ConversationData { accepted_at: Some(accepted), ..ConversationData::default() },
        version: 1,
    }
}

#[test]
fn a_conversation_counts_each_wait_when_it_began_and_the_end_when_it_was_closed() {
    let start = at("2026-11-30T10:00:00Z");
    let it = closed(start, start.plus(5 * MINUTE), start.plus(65 * MINUTE));
    let waits = [
        Wait {
            queued_at: start,
            queue: Some(QueueId(4)),
            ended_at: start.plus(30 * SECOND),
            agent: Some(UserId(6)),
            due_at: Some(start.plus(60 * SECOND)),
            responded_at: Some(start.plus(50 * SECOND)),
        },
        Wait {
            queued_at: start.plus(2 * MINUTE),
            queue: Some(QueueId(5)),
            ended_at: start.plus(5 * MINUTE),
            agent: None,
            due_at: None,
            responded_at: None,
        },
    ];
    let figures = figures(&it, &waits, &[9, 3, 9]);
    assert_eq!(figures.labels, [3, 9]);
    let mut total = Counts::default();
    for part in &figures.parts {
        total.merge(&part.counts, 1);
    }
    assert_eq!((total.started, total.queued, total.answered, total.abandoned, total.closed), (1, 2, 1, 1, 1));
    assert_eq!((total.met, total.missed), (1, 0));
    assert_eq!(total.wait.percentile(50), Some(30));
    assert_eq!(total.first_response.percentile(50), Some(50), "from the queue, not from the acceptance");
    assert_eq!(total.abandoned_wait.percentile(90), Some(180));
    assert_eq!(total.handling.total(), 3_600, "from the acceptance");
    let of = |dimension, key: &str| {
        let mut gains = BTreeMap::new();
        changes(None, Some(&figures), &mut gains);
        let start = Level::Month.start(start);
        gains.get(&Bucket { dimension, level: Level::Month, start, key: key.into() }).cloned().unwrap_or_default()
    };
    assert_eq!(of(Dimension::All, ""), total);
    assert_eq!((of(Dimension::Queue, "4").answered, of(Dimension::Queue, "5").abandoned), (1, 1));
    assert_eq!((of(Dimension::Agent, "6").answered, of(Dimension::Agent, "7").closed), (1, 1));
    assert_eq!(of(Dimension::Label, "3"), total);
    assert_eq!(of(Dimension::Account, "messenger/200"), total);

    // A customer who is still waiting already counts for the queue.
    let waiting = Conversation { state: State::Queued, closed_at: None, ..it.clone() };
    let figures = super::figures(&waiting, &[], &[]);
    assert_eq!((figures.parts.len(), figures.parts[1].counts.queued), (2, 1));
}

#[test]
fn what_changes_is_taken_away_as_it_was_added() {
    let start = at("2026-11-30T10:00:00Z");
    let it = closed(start, start, start.plus(HOUR));
    let open = Conversation { state: State::Active, closed_at: None, agent: Some(UserId(7)), ..it.clone() };
    let (before, after) = (figures(&open, &[], &[]), figures(&it, &[], &[4]));
    let (mut first, mut then, mut whole) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    changes(None, Some(&before), &mut first);
    changes(Some(&before), Some(&after), &mut then);
    changes(None, Some(&after), &mut whole);
    for (bucket, counts) in then {
        first.entry(bucket).or_default().merge(&counts, 1);
    }
    first.retain(|_, counts| !counts.is_zero());
    assert_eq!(first, whole);
    let mut nothing = BTreeMap::new();
    changes(Some(&after), Some(&after.clone()), &mut nothing);
    assert!(nothing.is_empty());
}

#[test]
fn counts_survive_the_store() {
    let mut counts = Counts { started: 2, scores: Scores([0, 0, 1, 0, 3]), ..Counts::default() };
    counts.handling.add(100);
    counts.handling.add(50);
    counts.handling.add(50);
    let text = serde_json::to_string(&counts).unwrap();
    assert_eq!(text, r#"{"b":2,"r":[0,0,1,0,3],"h":"200;50:2,82"}"#);
    assert_eq!(serde_json::from_str::<Counts>(&text).unwrap(), counts);
    assert_eq!(serde_json::from_str::<Counts>("{}").unwrap(), Counts::default());
}

proptest::proptest! {
    #[test]
    fn percentiles_are_exact_for_a_minute_and_close_above(mut values in proptest::collection::vec(0_i64..5_000_000, 1..60), percent in 1_i64..=100) {
        let mut durations = Durations::default();
        values.iter().for_each(|value| durations.add(*value));
        values.sort_unstable();
        let rank = (values.len() * usize::try_from(percent).unwrap()).div_ceil(100).max(1);
        let exact = values[rank - 1];
        let found = durations.percentile(percent).unwrap();
        if exact < 64 || values.len() == 1 {
            proptest::prop_assert_eq!(found, exact);
        } else {
            proptest::prop_assert!((found - exact).abs() * 1_000 <= exact * 16, "{} for {}", found, exact);
        }
        proptest::prop_assert_eq!(durations.count(), i64::try_from(values.len()).unwrap());
        proptest::prop_assert_eq!(durations.total(), values.iter().sum::<i64>());
    }

    #[test]
    fn spans_cover_each_quarter_once(from in 0_i64..200_000, length in 1_i64..90_000) {
        let range = Micros(from * QUARTER)..Micros((from + length) * QUARTER);
        let spans = spans(&range);
        let mut next = range.start;
        for (level, span) in &spans {
            proptest::prop_assert_eq!(span.start, next);
            proptest::prop_assert!(span.start < span.end);
            proptest::prop_assert_eq!(level.start(span.start), span.start);
            proptest::prop_assert_eq!(level.start(span.end), span.end);
            next = span.end;
        }
        proptest::prop_assert_eq!(next, range.end);
        proptest::prop_assert!(spans.len() <= 7);
    }
}

#[test]
fn periods_are_hours_days_and_weeks_of_the_time_zone() {
    let kyiv = TimeZone::get("Europe/Kyiv").unwrap();
    let keys = |by, from, to| -> Vec<String> {
        periods(by, &(at(from)..at(to)), &kyiv, 100).into_iter().map(|period| period.key).collect()
    };
    assert_eq!(keys(Grouping::Day, "2026-11-29T23:00:00Z", "2026-12-01T21:00:00Z"), ["2026-11-30", "2026-12-01"]);
    assert_eq!(keys(Grouping::Week, "2026-12-31T12:00:00Z", "2027-01-04T12:00:00Z"), ["2026-W53", "2027-W01"]);
    // In the night when clocks go back, this hour occurs twice.
    assert_eq!(
        keys(Grouping::Hour, "2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z"),
        ["2026-10-25T03:00+03:00", "2026-10-25T03:00+02:00"]
    );
    let days = periods(Grouping::Day, &(at("2026-10-24T21:00:00Z")..at("2026-10-26T00:00:00Z")), &kyiv, 100);
    assert_eq!(days[0].range.end.since(days[0].range.start), 25 * HOUR);
    assert_eq!(period_of(&days, at("2026-10-25T21:45:00Z")), Some(0));
    assert_eq!(period_of(&days, at("2026-10-25T22:00:00Z")), Some(1));
    assert_eq!(period_of(&days, at("2026-10-20T22:00:00Z")), None);
    let half = TimeZone::get("Asia/Kolkata").unwrap();
    let hours = periods(Grouping::Hour, &(at("2026-11-30T10:00:00Z")..at("2026-11-30T10:15:00Z")), &half, 100);
    assert_eq!(
        (hours[0].key.as_str(), hours[0].range.start),
        ("2026-11-30T15:00+05:30", at("2026-11-30T09:30:00Z"))
    );
    assert_eq!(
        periods(Grouping::Hour, &(at("2020-01-01T00:00:00Z")..at("2026-01-01T00:00:00Z")), &kyiv, 100).len(),
        101
    );
}

#[test]
fn a_range_is_widened_to_whole_quarters() {
    let range = widened(at("2026-11-30T10:07:00Z"), at("2026-11-30T10:31:00Z"));
    assert_eq!(range, at("2026-11-30T10:00:00Z")..at("2026-11-30T10:45:00Z"));
    assert_eq!(Level::Month.start(at("2028-02-29T10:00:00Z")), at("2028-02-01T00:00:00Z"));
}
