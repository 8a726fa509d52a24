//! What is counted, and durations as a histogram, which can be added up over any time and gives medians.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// Below this many seconds, each second has its own bin.
const EXACT: i64 = 64;
/// Above that, each power of two is divided into this many bins: a value is known to 1.6 %.
const PARTS: i64 = 32;
/// [`EXACT`] as a power of two.
const EXACT_POWER: u32 = 6;

/// Durations in seconds: their number, sum and distribution. The text form is short and fast to parse, because a
/// report reads a few thousand of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", from = "Cow<'_, str>")]
pub struct Durations {
    /// The sum.
    sum: i64,
    /// The number of durations by bin.
    bins: Vec<(u16, i64)>,
}

/// `sum;bin:count,bin`: a count of one is left out.
impl From<Durations> for String {
    fn from(it: Durations) -> Self {
        let mut text = format!("{};", it.sum);
        for (place, (bin, count)) in it.bins.iter().enumerate() {
            text.push_str(if place > 0 { "," } else { "" });
            text.push_str(&bin.to_string());
            if *count != 1 {
                text.push_str(&format!(":{count}"));
            }
        }
        text
    }
}

impl From<Cow<'_, str>> for Durations {
    fn from(text: Cow<'_, str>) -> Self {
        let (sum, bins) = text.split_once(';').unwrap_or_default();
        let bin = |text: &str| {
            let (bin, count) = text.split_once(':').unwrap_or((text, "1"));
            Some((bin.parse().ok()?, count.parse().ok()?))
        };
        Self { sum: sum.parse().unwrap_or(0), bins: bins.split(',').filter_map(bin).collect() }
    }
}

impl Durations {
    /// Adds a duration in seconds.
    pub fn add(&mut self, seconds: i64) {
        let seconds = seconds.max(0);
        self.merge(&Self { sum: seconds, bins: vec![(bin(seconds), 1)] }, 1);
    }

    /// The number of durations.
    pub fn count(&self) -> i64 {
        self.bins.iter().map(|(_, count)| count).sum()
    }

    /// Their sum.
    pub fn total(&self) -> i64 {
        self.sum
    }

    /// Their average; None if there are none.
    #[expect(clippy::cast_precision_loss, reason = "seconds of any company fit")]
    pub fn average(&self) -> Option<f64> {
        let count = self.count();
        (count > 0).then(|| self.sum as f64 / count as f64)
    }

    /// The shortest that is at least as long as `percent` of them (nearest rank); exact up to a minute, and to 1.6 % above.
    pub fn percentile(&self, percent: i64) -> Option<i64> {
        let count = self.count();
        let rank = (count * percent + 99) / 100;
        if count == 1 {
            return Some(self.sum);
        }
        let mut passed = 0;
        self.bins.iter().find_map(|(bin, n)| {
            passed += n;
            (passed >= rank.max(1)).then(|| middle(*bin))
        })
    }

    /// Both lists are in order, and so is the result.
    fn merge(&mut self, other: &Self, sign: i64) {
        self.sum += sign * other.sum;
        if other.bins.is_empty() {
            return;
        }
        let mut merged = Vec::with_capacity(self.bins.len() + other.bins.len());
        let (mut own, mut others) = (self.bins.iter().peekable(), other.bins.iter().peekable());
        loop {
            let next = match (own.peek(), others.peek()) {
                (Some((bin, n)), Some((other, _))) if bin < other => {
                    own.next();
                    (*bin, *n)
                }
                (Some((bin, n)), Some((other, more))) if bin == other => {
                    own.next();
                    others.next();
                    (*bin, n + sign * more)
                }
                (_, Some((bin, n))) => {
                    others.next();
                    (*bin, sign * n)
                }
                (Some((bin, n)), None) => {
                    own.next();
                    (*bin, *n)
                }
                (None, None) => break,
            };
            if next.1 != 0 {
                merged.push(next);
            }
        }
        self.bins = merged;
    }

    fn is_zero(&self) -> bool {
        self.sum == 0 && self.bins.is_empty()
    }
}

/// The bin of a duration.
fn bin(seconds: i64) -> u16 {
    if seconds < EXACT {
        return u16::try_from(seconds).unwrap_or(0);
    }
    let power = seconds.ilog2();
    let part = (seconds >> (power - EXACT_POWER + 1)) - PARTS;
    u16::try_from(EXACT + i64::from(power - EXACT_POWER) * PARTS + part).unwrap_or(u16::MAX)
}

/// The duration in the middle of a bin.
fn middle(bin: u16) -> i64 {
    let bin = i64::from(bin);
    if bin < EXACT {
        return bin;
    }
    let shift = (bin - EXACT) / PARTS + 1;
    let least = (PARTS + (bin - EXACT) % PARTS) << shift;
    least + ((1 << shift) - 1) / 2
}

fn is_zero(n: &i64) -> bool {
    *n == 0
}

/// What is counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Conversations that began.
    #[serde(default, rename = "b", skip_serializing_if = "is_zero")]
    pub started: i64,
    /// Waits in a queue that began.
    #[serde(default, rename = "q", skip_serializing_if = "is_zero")]
    pub queued: i64,
    /// Waits that an agent ended.
    #[serde(default, rename = "a", skip_serializing_if = "is_zero")]
    pub answered: i64,
    /// Waits that the customer gave up.
    #[serde(default, rename = "x", skip_serializing_if = "is_zero")]
    pub abandoned: i64,
    /// Conversations that were closed.
    #[serde(default, rename = "c", skip_serializing_if = "is_zero")]
    pub closed: i64,
    /// First responses in time.
    #[serde(default, rename = "m", skip_serializing_if = "is_zero")]
    pub met: i64,
    /// First responses that came too late.
    #[serde(default, rename = "l", skip_serializing_if = "is_zero")]
    pub missed: i64,
    /// Customers who were asked how satisfied they are.
    #[serde(default, rename = "k", skip_serializing_if = "is_zero")]
    pub asked: i64,
    /// How many customers gave each score, from 1 to 5.
    #[serde(default, rename = "r", skip_serializing_if = "Scores::is_zero")]
    pub scores: Scores,
    /// From the queue to the agent.
    #[serde(default, rename = "w", skip_serializing_if = "Durations::is_zero")]
    pub wait: Durations,
    /// From the queue to the agent's first message.
    #[serde(default, rename = "f", skip_serializing_if = "Durations::is_zero")]
    pub first_response: Durations,
    /// From the queue until the customer gave up.
    #[serde(default, rename = "g", skip_serializing_if = "Durations::is_zero")]
    pub abandoned_wait: Durations,
    /// From the agent's acceptance to the close.
    #[serde(default, rename = "h", skip_serializing_if = "Durations::is_zero")]
    pub handling: Durations,
}

/// How many customers gave each score, from 1 to 5.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scores(pub [i64; 5]);

impl Scores {
    fn is_zero(&self) -> bool {
        self.0 == [0; 5]
    }

    /// Adds a score; values other than 1 to 5 are ignored.
    pub fn add(&mut self, score: Option<u8>) {
        let place = score.and_then(|score| usize::from(score).checked_sub(1));
        if let Some(n) = place.and_then(|place| self.0.get_mut(place)) {
            *n += 1;
        }
    }

    /// The number of scores.
    pub fn count(&self) -> i64 {
        self.0.iter().sum()
    }

    /// The sum of the scores.
    pub fn total(&self) -> i64 {
        (1..).zip(self.0).map(|(score, n)| score * n).sum()
    }
}

impl Counts {
    /// Adds other counts (`sign` 1) or subtracts them (-1).
    pub fn merge(&mut self, other: &Self, sign: i64) {
        // Each field by its name, so that the compiler finds a new one that is not merged.
        let Self {
            started,
            queued,
            answered,
            abandoned,
            closed,
            met,
            missed,
            asked,
            scores,
            wait,
            first_response,
            abandoned_wait,
            handling,
        } = self;
        for (own, n) in [
            (started, other.started),
            (queued, other.queued),
            (answered, other.answered),
            (abandoned, other.abandoned),
            (closed, other.closed),
            (met, other.met),
            (missed, other.missed),
            (asked, other.asked),
        ] {
            *own += sign * n;
        }
        for (own, n) in scores.0.iter_mut().zip(other.scores.0) {
            *own += sign * n;
        }
        wait.merge(&other.wait, sign);
        first_response.merge(&other.first_response, sign);
        abandoned_wait.merge(&other.abandoned_wait, sign);
        handling.merge(&other.handling, sign);
    }

    /// Whether nothing was counted.
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}
