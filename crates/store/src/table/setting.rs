//! Settings that the installation itself stores, by key.

use crate::batch::statements;
use crate::{Batch, CommitError, Error, Store, values};

pub use super::audit::insert as audit;

statements! {
    /// One setting.
    GET = "SELECT value FROM setting WHERE key = $1";
    /// Sets one, overwriting any value.
    PUT = "INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    /// Sets one that is not there yet.
    CLAIM = "INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
    /// Increments one and returns nothing: read it afterwards.
    COUNT_UP = "UPDATE setting SET value = CAST(CAST(value AS BIGINT) + 1 AS TEXT) WHERE key = $1";
    /// Sets one that is still what it was read as ($3).
    REPLACE = "UPDATE setting SET value = $2 WHERE key = $1 AND value = $3";
    /// Removes one that is still what it was read as.
    REMOVE_IF = "DELETE FROM setting WHERE key = $1 AND value = $2";
}

/// One setting.
pub async fn get(store: &Store, key: &str) -> Result<Option<String>, Error> {
    Ok(store.row(GET, values![key]).await?.and_then(|row| row.opt_text(0)))
}

/// Sets one, overwriting any value.
pub fn put(batch: &mut Batch, key: &str, value: &str) {
    batch.push(PUT, values![key, value]);
}

/// Sets one in a batch of its own.
pub async fn write(store: &Store, key: &str, value: &str) -> Result<(), CommitError> {
    let mut batch = Batch::new();
    put(&mut batch, key, value);
    store.commit(batch).await.map(|_| ())
}

/// Sets one that isn't there yet; a conflict if it is.
pub fn claim(batch: &mut Batch, key: &str, value: &str) {
    batch.must(CLAIM, values![key, value]);
}

/// Sets one that still is what it was read as, None for absent; a conflict if it isn't.
pub fn replace(batch: &mut Batch, key: &str, before: Option<&str>, value: &str) {
    match before {
        Some(before) => batch.must(REPLACE, values![key, value, before]),
        None => batch.must(CLAIM, values![key, value]),
    };
}

/// Removes one that still is what it was read as; a conflict if it isn't.
pub fn remove(batch: &mut Batch, key: &str, before: &str) {
    batch.must(REMOVE_IF, values![key, before]);
}

/// The next number of a counter, from 1.
pub async fn next_number(store: &Store, key: &str) -> Result<i64, CommitError> {
    let mut batch = Batch::new();
    batch.push(CLAIM, values![key, "0"]);
    batch.push(COUNT_UP, values![key]);
    store.commit(batch).await?;
    Ok(get(store, key).await?.and_then(|text| text.parse().ok()).unwrap_or(0))
}
