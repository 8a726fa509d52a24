//! Values that flows send to other programs and that can never be read back. They are encrypted before they are
//! stored.

use crate::batch::statements;
use crate::{Batch, Error, Store, values};

statements! {
    /// All of them, by name.
    LIST = "SELECT name, value FROM flow_secret ORDER BY name";
    /// Sets one.
    PUT = "INSERT INTO flow_secret (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    /// Removes one.
    DELETE = "DELETE FROM flow_secret WHERE name = $1";
}

/// All of them with their encrypted values, by name.
pub async fn list(store: &Store) -> Result<Vec<(String, String)>, Error> {
    Ok(store.rows(LIST, values![]).await?.iter().map(|row| (row.text(0), row.text(1))).collect())
}

/// Sets one to an encrypted value.
pub fn put(batch: &mut Batch, name: &str, sealed: &str) {
    batch.push(PUT, values![name, sealed]);
}

/// Removes one.
pub fn delete(batch: &mut Batch, name: &str) {
    batch.push(DELETE, values![name]);
}
