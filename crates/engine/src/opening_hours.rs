//! A calendar together with the rules of its time zone: turns and routing use it to check whether a queue is open.

use domain::calendar::{Calendar, Standing};
use domain::time::Micros;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use store::table::calendar::StoredCalendar;

/// When a queue is open.
#[derive(Debug, Clone)]
pub struct OpeningHours {
    calendar: Calendar,
    zone: TimeZone,
}

impl OpeningHours {
    /// The hours of a calendar. A zone whose name is no longer known is UTC.
    pub fn of(stored: &StoredCalendar) -> Self {
        let zone = zone(&stored.time_zone).unwrap_or_else(|| {
            tracing::error!(calendar = %stored.id, "the time zone of a calendar is unknown; UTC is used");
            TimeZone::UTC
        });
        Self { calendar: stored.calendar.clone(), zone }
    }

    /// Whether it is open at a moment.
    pub fn is_open(&self, at: Micros) -> bool {
        self.calendar.is_open(at, &self.zone)
    }

    /// A moment in its local time, in the format of flows: `2026-12-01 09:00`.
    pub fn on_the_clock(&self, at: Micros) -> String {
        let moment = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default();
        moment.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// Whether it is open at a moment, and when that changes.
    pub fn standing(&self, at: Micros) -> Standing {
        self.calendar.standing(at, &self.zone)
    }
}

/// A time zone by its name, from the list in the program: the machine's own list is not used.
pub fn zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}
