//! Calendars: when queues are open.

use domain::calendar::Calendar;
use domain::id::CalendarId;

use crate::batch::statements;
use crate::json::json;
use crate::text::fold;
use crate::{Batch, Error, Row, Store, values};

statements! {
    /// Every calendar.
    LIST = "SELECT id, name, time_zone, hours, version FROM calendar ORDER BY name, id";
    /// Adds a calendar.
    INSERT = "INSERT INTO calendar (id, name, name_folded, time_zone, hours, version) VALUES ($1, $2, $5, $3, $4, 1)";
    /// Changes one; $5 is the expected version, or 0 for any.
    UPDATE = "UPDATE calendar SET name = $2, name_folded = $6, time_zone = $3, hours = $4, version = version + 1
        WHERE id = $1 AND (version = $5 OR $5 = 0)";
    /// Removes one.
    DELETE = "DELETE FROM calendar WHERE id = $1";
}

/// A calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCalendar {
    /// Its id.
    pub id: CalendarId,
    /// Its name.
    pub name: String,
    /// The IANA name of its time zone.
    pub time_zone: String,
    /// When it is open.
    pub calendar: Calendar,
    /// Increases with each edit.
    pub version: i64,
}

fn from_row(row: &Row) -> StoredCalendar {
    StoredCalendar {
        id: CalendarId(row.int(0)),
        name: row.text(1),
        time_zone: row.text(2),
        calendar: row.json(3),
        version: row.int(4),
    }
}

/// All calendars, by name.
pub async fn list(store: &Store) -> Result<Vec<StoredCalendar>, Error> {
    Ok(store.rows(LIST, values![]).await?.iter().map(from_row).collect())
}

/// Adds a calendar. A taken name makes the batch a duplicate.
pub fn insert(batch: &mut Batch, id: CalendarId, name: &str, time_zone: &str, calendar: &Calendar) {
    batch.push(INSERT, values![id, name, time_zone, json(calendar), fold(name)]);
}

/// Changes a calendar; a conflict unless `version` is the current one.
pub fn update(
    batch: &mut Batch,
    id: CalendarId,
    name: &str,
    time_zone: &str,
    calendar: &Calendar,
    version: Option<i64>,
) {
    batch.must(UPDATE, values![id, name, time_zone, json(calendar), version.unwrap_or(0), fold(name)]);
}

/// Deletes a calendar.
pub fn delete(batch: &mut Batch, id: CalendarId) {
    batch.must(DELETE, values![id]);
}
