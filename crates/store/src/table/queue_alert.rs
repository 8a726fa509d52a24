//! Limits of queues that are passed and were reported.

use domain::id::QueueId;

use crate::batch::statements;
use crate::{Batch, Error, Row, Store, values};

statements! {
    /// All of them.
    LIST = "SELECT queue_id, kind, data FROM queue_alert ORDER BY queue_id, kind";
    /// A limit is passed.
    RAISE = "INSERT INTO queue_alert (queue_id, kind, data) VALUES ($1, $2, $3)";
    /// It is no longer passed.
    CLEAR = "DELETE FROM queue_alert WHERE queue_id = $1 AND kind = $2";
}

/// An alert that was raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The queue.
    pub queue: QueueId,
    /// The name of the limit.
    pub kind: String,
    /// The alert as it was raised, as JSON.
    pub data: String,
}

/// All active alerts.
pub async fn list(store: &Store) -> Result<Vec<Stored>, Error> {
    let stored = |row: &Row| Stored { queue: QueueId(row.int(0)), kind: row.text(1), data: row.text(2) };
    Ok(store.rows(LIST, values![]).await?.iter().map(stored).collect())
}

/// Raises one; a duplicate if it is already active.
pub fn raise(batch: &mut Batch, alert: &Stored) {
    batch.must(RAISE, values![alert.queue, &alert.kind, &alert.data]);
}

/// Clears it; a conflict if another writer already did.
pub fn clear(batch: &mut Batch, alert: &Stored) {
    batch.must(CLEAR, values![alert.queue, &alert.kind]);
}
