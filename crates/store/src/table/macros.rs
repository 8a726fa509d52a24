//! Macros: several actions of an agent under one name.

use domain::id::MacroId;
use domain::macros::Action;

use crate::batch::statements;
use crate::json::json;
use crate::text::fold;
use crate::{Batch, Error, Row, Store, values};

statements! {
    /// Every macro.
    LIST = "SELECT id, name, actions, version FROM macro ORDER BY name, id";
    /// Adds a macro.
    INSERT = "INSERT INTO macro (id, name, name_folded, actions, version) VALUES ($1, $2, $4, $3, 1)";
    /// Changes one; $4 is the expected version, or 0 for any.
    UPDATE = "UPDATE macro SET name = $2, name_folded = $5, actions = $3, version = version + 1 WHERE id = $1 AND (version = $4 OR $4 = 0)";
    /// Removes one.
    DELETE = "DELETE FROM macro WHERE id = $1";
}

/// A macro.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Macro {
    /// Its id.
    pub id: MacroId,
    /// Its name.
    pub name: String,
    /// What it does, in this order.
    pub actions: Vec<Action>,
    /// Increases with each edit.
    pub version: i64,
}

fn from_row(row: &Row) -> Macro {
    Macro { id: MacroId(row.int(0)), name: row.text(1), actions: row.json(2), version: row.int(3) }
}

/// All macros, by name.
pub async fn list(store: &Store) -> Result<Vec<Macro>, Error> {
    Ok(store.rows(LIST, values![]).await?.iter().map(from_row).collect())
}

/// Adds a macro. A taken name makes the batch a duplicate.
pub fn insert(batch: &mut Batch, id: MacroId, name: &str, actions: &[Action]) {
    batch.push(INSERT, values![id, name, json(&actions), fold(name)]);
}

/// Changes a macro; a conflict unless `version` is the current one.
pub fn update(batch: &mut Batch, id: MacroId, name: &str, actions: &[Action], version: Option<i64>) {
    batch.must(UPDATE, values![id, name, json(&actions), version.unwrap_or(0), fold(name)]);
}

/// Deletes a macro.
pub fn delete(batch: &mut Batch, id: MacroId) {
    batch.must(DELETE, values![id]);
}
