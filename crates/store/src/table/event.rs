//! The bus: everything that happened and that a screen shows, in order of commit.

use domain::time::Micros;

use crate::batch::statements;
use crate::{Batch, Bell, Error, Row, Store, values};

statements! {
    /// Adds an event.
    INSERT = "INSERT INTO event (kind, conversation_id, subject_id, detail, at, bulk) VALUES ($1, $2, $3, $4, $5, $6)";
    /// What came after a place, on SQLite: one writer, so the number alone is the order.
    AFTER_SQLITE = "SELECT xact, seq, kind, conversation_id, subject_id, detail, at, bulk FROM event
        WHERE seq > $2 AND $1 = $1 ORDER BY seq LIMIT $3";
    /// The newest place on SQLite.
    NEWEST_SQLITE = "SELECT 0, coalesce(max(seq), 0) FROM event";
    /// The oldest that is kept.
    OLDEST = "SELECT seq, at FROM event ORDER BY seq LIMIT 1";
    /// Forgets what is older than $1, but never the newest: its number is the place that streams go on from.
    FORGET = "DELETE FROM event WHERE at < $1 AND seq < (SELECT max(seq) FROM event)";
}

/// What came after a place, on PostgreSQL. A number is given out before its commit, so readers go by
/// transaction and stop below the oldest one that is still running: nothing appears behind them.
const AFTER_POSTGRES: crate::Sql = crate::Sql(
    "SELECT CAST(CAST(xact AS TEXT) AS BIGINT), seq, kind, conversation_id, subject_id, detail, at, bulk FROM event
     WHERE xact < pg_snapshot_xmin(pg_current_snapshot())
     AND (xact > CAST(CAST($1 AS BIGINT)::TEXT AS XID8) OR (xact = CAST(CAST($1 AS BIGINT)::TEXT AS XID8) AND seq > $2))
     ORDER BY event.xact, seq LIMIT $3",
);
/// The newest place on PostgreSQL: everything below the running transactions.
const NEWEST_POSTGRES: crate::Sql = crate::Sql(
    "SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT) - 1,
     coalesce(max(seq), 0) FROM event WHERE xact < pg_snapshot_xmin(pg_current_snapshot())",
);

/// A place in the order of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// PostgreSQL's transaction; 0 on SQLite.
    pub xact: i64,
    /// The number.
    pub seq: i64,
}

/// Something that happened, as it lies in the table. What it looks like to a viewer is made when it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Where it stands in the order.
    pub place: Place,
    /// The name of the stream's event.
    pub kind: String,
    /// The conversation that it concerns.
    pub conversation: Option<i64>,
    /// The message, user, queue, gateway or attempt that it is about.
    pub subject: Option<i64>,
    /// What else there is to say, as JSON; often empty.
    pub detail: String,
    /// When.
    pub at: Micros,
    /// Whether it is one of a long line that is worked off.
    pub bulk: bool,
}

fn from_row(row: &Row) -> Stored {
    Stored {
        place: Place { xact: row.int(0), seq: row.int(1) },
        kind: row.text(2),
        conversation: row.opt_int(3),
        subject: row.opt_int(4),
        detail: row.text(5),
        at: Micros(row.int(6)),
        bulk: row.int(7) != 0,
    }
}

/// Adds an event to a batch and rings for it.
pub fn insert(
    batch: &mut Batch,
    kind: &str,
    conversation: Option<i64>,
    subject: Option<i64>,
    detail: &str,
    at: Micros,
) {
    batch.push(INSERT, values![kind, conversation, subject, detail, at, i64::from(batch.backlog)]);
    batch.ring(Bell::Events);
}

/// What came after `place`, at most `limit` events.
pub async fn after(store: &Store, place: Place, limit: i64) -> Result<Vec<Stored>, Error> {
    let sql = if store.is_sqlite() { AFTER_SQLITE } else { AFTER_POSTGRES };
    Ok(store.rows(sql, values![place.xact, place.seq, limit]).await?.iter().map(from_row).collect())
}

/// The place of the newest event.
pub async fn newest(store: &Store) -> Result<Place, Error> {
    let sql = if store.is_sqlite() { NEWEST_SQLITE } else { NEWEST_POSTGRES };
    let row = store.row(sql, values![]).await?;
    Ok(row.map_or_else(Place::default, |row| Place { xact: row.int(0), seq: row.int(1) }))
}

/// The number of the oldest event that is kept; 0 when there is none.
pub async fn oldest(store: &Store) -> Result<i64, Error> {
    Ok(store.row(OLDEST, values![]).await?.map_or(0, |row| row.int(0)))
}
