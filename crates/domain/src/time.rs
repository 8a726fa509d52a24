//! Time as the domain sees it: microseconds since 1970 in UTC, passed in by the caller.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
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

    /// The day of a time zone that this moment is in.
    pub fn day(self, zone: &TimeZone) -> Day {
        let now = Timestamp::from_microsecond(self.0).unwrap_or_default().to_zoned(zone.clone());
        let micros = |day: Result<Zoned, jiff::Error>| {
            let start = day.and_then(|day| day.start_of_day());
            start.map_or(self, |start| Self(start.timestamp().as_microsecond()))
        };
        Day { start: micros(now.start_of_day()), end: micros(now.tomorrow()) }
    }

    /// Microseconds from `earlier` to this moment, negative if it is before.
    pub fn since(self, earlier: Micros) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// A day of a time zone: 24 hours, except where the clocks change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// When it begins.
    pub start: Micros,
    /// When the next one begins.
    pub end: Micros,
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZoneDatabase;

    use super::*;

    #[test]
    fn days_begin_at_midnight_of_the_time_zone_also_when_the_clocks_change() {
        let at = |text: &str| Micros(text.parse::<Timestamp>().unwrap().as_microsecond());
        let kyiv = TimeZoneDatabase::bundled().get("Europe/Kyiv").unwrap();
        // The day on which the clocks go forward has 23 hours.
        let noon = at("2026-03-29T09:00:00Z");
        let day = Day { start: at("2026-03-28T22:00:00Z"), end: at("2026-03-29T21:00:00Z") };
        assert_eq!(noon.day(&kyiv), day);
        assert_eq!(noon.day(&TimeZone::UTC).start, at("2026-03-29T00:00:00Z"));
    }
}
