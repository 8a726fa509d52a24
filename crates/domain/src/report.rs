//! Reports: how many conversations there were, how long customers waited and how they were served. The figures of
//! each conversation are added to buckets of time, so that a report over a year reads a few thousand rows and no
//! conversation.
//!
//! [`figures`] returns what one conversation counts for, [`changes`] what its buckets gain and lose when it changes,
//! and [`spans`] which buckets a report reads. `report/columns.rs` lists what a report shows.

mod columns;
mod counts;
mod period;

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

pub use columns::{Column, Figure, Name};
pub use counts::{Counts, Durations, Scores};
pub use period::{Grouping, Period, period_of, periods};

use crate::channel::Account;
use crate::conversation::{Conversation, State};
use crate::id::{QueueId, UserId};
use crate::time::{DAY, HOUR, MINUTE, Micros, SECOND};
use crate::words::words;

/// A wait in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// Since when.
    pub queued_at: Micros,
    /// The queue.
    pub queue: Option<QueueId>,
    /// When it ended.
    pub ended_at: Micros,
    /// The agent who answered; None if the customer gave up.
    pub agent: Option<UserId>,
    /// By when the first response was due.
    pub due_at: Option<Micros>,
    /// When the first response was given.
    pub responded_at: Option<Micros>,
}

/// What one conversation counts for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// The account that the customer wrote to.
    pub account: Account,
    /// Its labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<i64>,
    /// Its parts, each at its time.
    pub parts: Vec<Part>,
}

/// What is counted at one moment, for one queue and agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// When.
    pub at: Micros,
    /// The queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueId>,
    /// The agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<UserId>,
    /// The counts.
    pub counts: Counts,
}

/// Raised when a dimension is added, or something else that earlier conversations count for, too: everything is counted again then.
pub const VERSION: u32 = 1;

/// What buckets are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// Everything.
    All,
    /// Each queue.
    Queue,
    /// Each agent.
    Agent,
    /// Each account.
    Account,
    /// Each label. A conversation counts for each of its labels.
    Label,
    /// Each channel.
    Channel,
}

words!(Dimension {
    All = "all",
    Queue = "queue",
    Agent = "agent",
    Account = "account",
    Label = "label",
    Channel = "channel",
});

/// The length of a bucket. All time zones are whole quarters of an hour away from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// A quarter of an hour.
    Quarter,
    /// An hour.
    Hour,
    /// A day in UTC.
    Day,
    /// A month in UTC.
    Month,
}

words!(Level { Quarter = "quarter", Hour = "hour", Day = "day", Month = "month" });

/// A quarter of an hour.
pub const QUARTER: i64 = 15 * MINUTE;

impl Level {
    /// The beginning of the bucket that holds a moment.
    pub fn start(self, at: Micros) -> Micros {
        match self {
            Level::Quarter => Micros(at.0.div_euclid(QUARTER) * QUARTER),
            Level::Hour => Micros(at.0.div_euclid(HOUR) * HOUR),
            Level::Day => Micros(at.0.div_euclid(DAY) * DAY),
            Level::Month => month(at),
        }
    }

    /// The first beginning of a bucket at or after a moment.
    fn ceiling(self, at: Micros) -> Micros {
        let start = self.start(at);
        if start == at {
            return at;
        }
        match self {
            Level::Quarter => start.plus(QUARTER),
            Level::Hour => start.plus(HOUR),
            Level::Day => start.plus(DAY),
            // No month is longer than this.
            Level::Month => month(start.plus(31 * DAY)),
        }
    }
}

/// The beginning of a moment's month in UTC.
fn month(at: Micros) -> Micros {
    let day = |at: Micros| {
        let moment = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default();
        i64::from(moment.to_zoned(jiff::tz::TimeZone::UTC).day())
    };
    let today = Level::Day.start(at);
    today.plus(-(day(today) - 1) * DAY)
}

/// Identifies a bucket.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket {
    /// What it is grouped by.
    pub dimension: Dimension,
    /// How long it is.
    pub level: Level,
    /// When it begins.
    pub start: Micros,
    /// The queue, agent, account, label or channel; empty for everything, and where there is none.
    pub key: String,
}

/// What a conversation counts for, as it is now. Each wait counts when it began, for its queue and the agent who
/// ended it; what is only known at the end counts when it was closed, for the queue and agent who had it last.
pub fn figures(it: &Conversation, waits: &[Wait], labels: &[i64]) -> Figures {
    let mut parts = vec![Part {
        at: it.created_at,
        queue: it.queue,
        agent: it.agent.or(it.last_agent),
        counts: Counts { started: 1, ..Counts::default() },
    }];
    parts.extend(waits.iter().map(|wait| Part {
        at: wait.queued_at,
        queue: wait.queue,
        agent: wait.agent,
        counts: of_wait(wait),
    }));
    let waits_now = matches!(it.state, State::Queued | State::Offered) && it.sender().is_none();
    if let Some(at) = it.queued_at.filter(|at| waits_now && !waits.iter().any(|wait| wait.queued_at == *at)) {
        parts.push(Part { at, queue: it.queue, agent: None, counts: Counts { queued: 1, ..Counts::default() } });
    }
    if let Some(at) = it.closed_at.filter(|_| !it.state.is_open()) {
        let mut counts = Counts { closed: 1, ..Counts::default() };
        if let Some(csat) = &it.data.csat {
            counts.asked = 1;
            counts.scores.add(csat.score);
        }
        if let Some(accepted) = it.data.accepted_at {
            counts.handling.add(at.since(accepted) / SECOND);
        }
        parts.push(Part { at, queue: it.queue, agent: it.agent.or(it.last_agent), counts });
    }
    let mut labels = labels.to_vec();
    labels.sort_unstable();
    labels.dedup();
    Figures { account: it.account.clone(), labels, parts }
}

fn of_wait(wait: &Wait) -> Counts {
    let mut counts = Counts { queued: 1, ..Counts::default() };
    let waited = wait.ended_at.since(wait.queued_at) / SECOND;
    if wait.agent.is_some() {
        counts.answered = 1;
        counts.wait.add(waited);
    } else {
        counts.abandoned = 1;
        counts.abandoned_wait.add(waited);
    }
    if let Some(at) = wait.responded_at {
        counts.first_response.add(at.since(wait.queued_at) / SECOND);
    }
    match (wait.due_at, wait.responded_at) {
        (Some(due), Some(at)) if at <= due => counts.met = 1,
        (Some(_), Some(_)) => counts.missed = 1,
        _ => {}
    }
    counts
}

/// What each bucket gains when a conversation's figures change; losses are negative.
pub fn changes(before: Option<&Figures>, after: Option<&Figures>, into: &mut BTreeMap<Bucket, Counts>) {
    if before == after {
        return;
    }
    for (figures, sign) in before.map(|it| (it, -1)).into_iter().chain(after.map(|it| (it, 1))) {
        for part in &figures.parts {
            for (dimension, key) in keys(figures, part) {
                for level in Level::ALL {
                    let start = level.start(part.at);
                    let bucket = Bucket { dimension, level, start, key: key.clone() };
                    into.entry(bucket).or_default().merge(&part.counts, sign);
                }
            }
        }
    }
    into.retain(|_, counts| !counts.is_zero());
}

fn keys(it: &Figures, part: &Part) -> Vec<(Dimension, String)> {
    let id = |id: Option<i64>| id.map(|id| id.to_string()).unwrap_or_default();
    let mut keys = vec![
        (Dimension::All, String::new()),
        (Dimension::Queue, id(part.queue.map(|queue| queue.0))),
        (Dimension::Agent, id(part.agent.map(|agent| agent.0))),
        (Dimension::Account, format!("{}/{}", it.account.channel.name(), it.account.id)),
        (Dimension::Channel, it.account.channel.name().to_owned()),
    ];
    if it.labels.is_empty() {
        keys.push((Dimension::Label, String::new()));
    }
    keys.extend(it.labels.iter().map(|label| (Dimension::Label, label.to_string())));
    keys
}

/// The smallest range of whole quarters of an hour that contains a range.
pub fn widened(from: Micros, to: Micros) -> Range<Micros> {
    Level::Quarter.start(from)..Level::Quarter.ceiling(to)
}

/// The buckets that cover a range of whole quarters, each moment once, with as few of them as possible.
pub fn spans(range: &Range<Micros>) -> Vec<(Level, Range<Micros>)> {
    covered(&Level::ALL, range)
}

/// The same for periods of time: no bucket spans two periods.
pub fn spans_within(all: &[Period], range: &Range<Micros>) -> Vec<(Level, Range<Micros>)> {
    let on_the_hour = all.iter().all(|period| Level::Hour.start(period.range.start) == period.range.start);
    covered(if on_the_hour { &[Level::Quarter, Level::Hour] } else { &[Level::Quarter] }, range)
}

/// Covers a range with buckets of these levels, the finest first.
fn covered(levels: &[Level], range: &Range<Micros>) -> Vec<(Level, Range<Micros>)> {
    let Some((finest, coarser)) = levels.split_first() else { return Vec::new() };
    let inner = coarser.first().map(|next| next.ceiling(range.start)..next.start(range.end));
    let Some(inner) = inner.filter(|inner| inner.start < inner.end) else {
        return vec![(*finest, range.clone())];
    };
    let mut spans = vec![(*finest, range.start..inner.start)];
    spans.extend(covered(coarser, &inner));
    spans.push((*finest, inner.end..range.end));
    spans.retain(|(_, span)| span.start < span.end);
    spans
}

#[cfg(test)]
mod tests;
