//! A calendar together with the rules of its time zone: when a queue is open, and how long.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Calendar, Standing};
use crate::time::Micros;

/// So many openings are looked through for the end of a span: two years of days with a break each.
const MOST_OPENINGS: usize = 1_500;

/// When a queue is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpeningHours {
    calendar: Calendar,
    zone: TimeZone,
}

impl OpeningHours {
    /// The hours of a calendar in a time zone.
    pub fn new(calendar: Calendar, zone: TimeZone) -> Self {
        Self { calendar, zone }
    }

    /// Whether it is open at a moment.
    pub fn is_open(&self, at: Micros) -> bool {
        self.calendar.is_open(at, &self.zone)
    }

    /// How it stands at a moment, and when that changes.
    pub fn standing(&self, at: Micros) -> Standing {
        self.calendar.standing(at, &self.zone)
    }

    /// The moment at which it has been open for `span` microseconds since `since`; None if that never comes, or not within
    /// what can be looked through.
    pub fn after(&self, since: Micros, span: i64) -> Option<Micros> {
        let (mut at, mut left) = (since, span);
        for _ in 0..MOST_OPENINGS {
            let standing = self.standing(at);
            if !standing.open {
                at = standing.opens_at?;
                continue;
            }
            match standing.closes_at.map(|end| (end, end.since(at))) {
                Some((end, open)) if open < left => (at, left) = (end, left - open),
                _ => return Some(at.plus(left)),
            }
        }
        None
    }

    /// A moment on the clocks of its time zone, as flows tell it: `2026-12-01 09:00`.
    pub fn on_the_clock(&self, at: Micros) -> String {
        let moment = Timestamp::from_microsecond(at.0).unwrap_or_default();
        moment.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
    }
}

#[cfg(test)]
#[path = "opening_hours_tests.rs"]
mod tests;
