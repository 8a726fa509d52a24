//! Forms: what agents fill in about a conversation.

use domain::form::Form;
use domain::id::FormId;

use crate::batch::statements;
use crate::json::json;
use crate::text::fold;
use crate::{Batch, Error, Row, Store, values};

statements! {
    /// Every form.
    LIST = "SELECT id, name, fields, version FROM form ORDER BY name, id";
    /// Adds a form.
    INSERT = "INSERT INTO form (id, name, name_folded, fields, version) VALUES ($1, $2, $4, $3, 1)";
    /// Changes one; $4 is the expected version, or 0 for any.
    UPDATE = "UPDATE form SET name = $2, name_folded = $5, fields = $3, version = version + 1 WHERE id = $1 AND (version = $4 OR $4 = 0)";
    /// Removes one.
    DELETE = "DELETE FROM form WHERE id = $1";
}

/// A form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredForm {
    /// Its id.
    pub id: FormId,
    /// Its name.
    pub name: String,
    /// What it asks for.
    pub form: Form,
    /// Increases with each edit.
    pub version: i64,
}

fn from_row(row: &Row) -> StoredForm {
    StoredForm { id: FormId(row.int(0)), name: row.text(1), form: row.json(2), version: row.int(3) }
}

/// All forms, by name.
pub async fn list(store: &Store) -> Result<Vec<StoredForm>, Error> {
    Ok(store.rows(LIST, values![]).await?.iter().map(from_row).collect())
}

/// Adds a form. A taken name makes the batch a duplicate.
pub fn insert(batch: &mut Batch, id: FormId, name: &str, form: &Form) {
    batch.push(INSERT, values![id, name, json(form), fold(name)]);
}

/// Changes a form; a conflict unless `version` is the current one.
pub fn update(batch: &mut Batch, id: FormId, name: &str, form: &Form, version: Option<i64>) {
    batch.must(UPDATE, values![id, name, json(form), version.unwrap_or(0), fold(name)]);
}

/// Deletes a form.
pub fn delete(batch: &mut Batch, id: FormId) {
    batch.must(DELETE, values![id]);
}
