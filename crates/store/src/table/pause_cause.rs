//! Pause causes: what agents may name when they pause.

use domain::pause_limit::PauseLimit;

use crate::batch::statements;
use crate::json::json;
use crate::text::fold;
use crate::{Batch, Error, Row, Store, values};

statements! {
    /// Every pause cause.
    CAUSES = "SELECT id, name, limits, version FROM pause_cause ORDER BY name, id";
    /// Adds a pause cause.
    INSERT_CAUSE = "INSERT INTO pause_cause (id, name, name_folded, limits, version) VALUES ($1, $2, $4, $3, 1)";
    /// Breaks of today go by its new name …
    RENAME_PAUSES = "UPDATE agent_pause SET cause = $2 WHERE cause = (SELECT name FROM pause_cause WHERE id = $1)";
    /// … and it is changed.
    UPDATE_CAUSE = "UPDATE pause_cause SET name = $2, name_folded = $5, limits = $3, version = version + 1 WHERE id = $1 AND (version = $4 OR $4 = 0)";
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
    /// How long for in a day; None for as long as one likes.
    pub limit: Option<PauseLimit>,
    /// Increases with each edit.
    pub version: i64,
}

fn from_row(row: &Row) -> PauseCause {
    PauseCause { id: row.int(0), name: row.text(1), limit: row.json(2), version: row.int(3) }
}

/// All pause causes, by name.
pub async fn list(store: &Store) -> Result<Vec<PauseCause>, Error> {
    Ok(store.rows(CAUSES, values![]).await?.iter().map(from_row).collect())
}

/// Adds a pause cause. A taken name makes the batch a duplicate.
pub fn insert(batch: &mut Batch, id: i64, name: &str, limit: Option<PauseLimit>) {
    batch.push(INSERT_CAUSE, values![id, name, json(&limit), fold(name)]);
}

/// Changes a pause cause; a conflict unless `version` is the current one.
pub fn update(batch: &mut Batch, id: i64, name: &str, limit: Option<PauseLimit>, version: Option<i64>) {
    batch.push(RENAME_PAUSES, values![id, name]);
    batch.must(UPDATE_CAUSE, values![id, name, json(&limit), version.unwrap_or(0), fold(name)]);
}

/// Deletes a pause cause.
pub fn delete(batch: &mut Batch, id: i64) {
    batch.push(DELETE_CAUSE, values![id]);
}
