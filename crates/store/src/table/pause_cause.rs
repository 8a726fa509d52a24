//! Pause causes: what agents may name when they pause.

use crate::batch::statements;
use crate::{Batch, Error, Row, Store, values};

statements! {
    /// Every pause cause.
    CAUSES = "SELECT id, name, version FROM pause_cause ORDER BY name, id";
    /// Adds a pause cause.
    INSERT_CAUSE = "INSERT INTO pause_cause (id, name, version) VALUES ($1, $2, 1)";
    /// Renames one.
    UPDATE_CAUSE = "UPDATE pause_cause SET name = $2, version = version + 1 WHERE id = $1 AND (version = $3 OR $3 = 0)";
    /// Removes one.
    DELETE_CAUSE = "DELETE FROM pause_cause WHERE id = $1";
}

/// A pause cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PauseCause {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Increases with each edit.
    pub version: i64,
}

fn from_row(row: &Row) -> PauseCause {
    PauseCause { id: row.int(0), name: row.text(1), version: row.int(2) }
}

/// All pause causes, by name.
pub async fn list(store: &Store) -> Result<Vec<PauseCause>, Error> {
    Ok(store.rows(CAUSES, values![]).await?.iter().map(from_row).collect())
}

/// Adds a pause cause. A taken name makes the batch a duplicate.
pub fn insert(batch: &mut Batch, id: i64, name: &str) {
    batch.push(INSERT_CAUSE, values![id, name]);
}

/// Renames a pause cause; a conflict unless `version` is the current one.
pub fn update(batch: &mut Batch, id: i64, name: &str, version: Option<i64>) {
    batch.must(UPDATE_CAUSE, values![id, name, version.unwrap_or(0)]);
}

/// Deletes a pause cause.
pub fn delete(batch: &mut Batch, id: i64) {
    batch.push(DELETE_CAUSE, values![id]);
}
