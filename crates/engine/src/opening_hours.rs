//! Time zones by name, and the opening hours of stored calendars.

use domain::calendar::OpeningHours;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use store::table::calendar::StoredCalendar;

/// The hours of a calendar. A zone whose name is no longer known is UTC.
pub fn of(stored: &StoredCalendar) -> OpeningHours {
    let zone = zone(&stored.time_zone).unwrap_or_else(|| {
        tracing::error!(calendar = %stored.id, "the time zone of a calendar is unknown; UTC is used");
        TimeZone::UTC
    });
    OpeningHours::new(stored.calendar.clone(), zone)
}

/// A time zone by its name, from the list in the program: the machine's own list is not used.
pub fn zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}
