//! Time as the domain sees it: microseconds since 1970 in UTC, passed in by the caller.

use serde::{Deserialize, Serialize};

/// A moment: microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
pub struct Micros(pub i64);

/// Microseconds in a millisecond.
pub const MILLISECOND: i64 = 1_000;
/// Microseconds in a second.
pub const SECOND: i64 = 1_000 * MILLISECOND;
/// Microseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Microseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Microseconds in a day.
pub const DAY: i64 = 24 * HOUR;

impl Micros {
    /// From milliseconds since 1970, Meta's unit for messaging events (meta-platform.md §2.4).
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// Whole milliseconds since 1970.
    pub fn millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// This moment plus a number of microseconds; saturates instead of overflowing.
    pub fn plus(self, span: i64) -> Self {
        Self(self.0.saturating_add(span))
    }

    /// The day in UTC, counted from 1970.
    pub fn day(self) -> i64 {
        self.0.div_euclid(DAY)
    }

    /// When this day began, in UTC.
    pub fn day_start(self) -> Self {
        Self(self.day() * DAY)
    }

    /// Microseconds from `earlier` to this moment, negative if it is before.
    pub fn since(self, earlier: Micros) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}
