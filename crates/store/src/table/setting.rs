//! Settings that the installation itself keeps, the audit log, and small things of the first start.

use domain::id::{Ids, UserId};
use domain::time::Micros;

use crate::batch::statements;
use crate::{Batch, Error, Store, values};

statements! {
    /// One setting.
    GET = "SELECT value FROM setting WHERE key = $1";
    /// Sets one, whatever it was.
    PUT = "INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    /// Sets one that is not there yet.
    CLAIM = "INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
    /// Counts one up by one and tells nothing: read it afterwards.
    COUNT_UP = "UPDATE setting SET value = CAST(CAST(value AS BIGINT) + 1 AS TEXT) WHERE key = $1";
    /// Writes an administrative act down.
    AUDIT = "INSERT INTO audit (id, at, user_id, action, object, detail) VALUES ($1, $2, $3, $4, $5, $6)";
}

/// One setting.
pub async fn get(store: &Store, key: &str) -> Result<Option<String>, Error> {
    Ok(store.row(GET, values![key]).await?.and_then(|row| row.opt_text(0)))
}

/// Writes an administrative act into the same batch as the change. `detail` never holds a secret.
pub fn audit(
    batch: &mut Batch,
    ids: &mut dyn Ids,
    at: Micros,
    by: Option<UserId>,
    action: &str,
    object: &str,
    detail: &str,
) {
    batch.push(AUDIT, values![ids.next(), at, by, action, object, detail]);
}
