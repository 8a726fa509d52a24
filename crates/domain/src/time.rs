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

    /// When the day began that holds this moment.
    pub fn day_start(self, zone: &TimeZone) -> Self {
        let day = self.zoned(zone).start_of_day();
        day.map_or(self, |start| Self(start.timestamp().as_microsecond()))
    }

    /// When that day ends.
    pub fn day_end(self, zone: &TimeZone) -> Self {
        let next = self.zoned(zone).tomorrow().and_then(|next| next.start_of_day());
        next.map_or(self, |start| Self(start.timestamp().as_microsecond()))
    }

    fn zoned(self, zone: &TimeZone) -> Zoned {
        Timestamp::from_microsecond(self.0).unwrap_or_default().to_zoned(zone.clone())
    }

    /// Microseconds from `earlier` to this moment, negative if it is before.
    pub fn since(self, earlier: Micros) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
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
        assert_eq!(noon.day_start(&kyiv), at("2026-03-28T22:00:00Z"));
        assert_eq!(noon.day_end(&kyiv), at("2026-03-29T21:00:00Z"));
        assert_eq!(noon.day_start(&TimeZone::UTC), at("2026-03-29T00:00:00Z"));
    }
}
