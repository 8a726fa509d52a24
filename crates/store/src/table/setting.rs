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
    /// Administrative acts, the newest first. $1 who (0 for all), $2 the act's beginning (a LIKE pattern or empty), $3 the
    /// id to go on below, $4 how many.
    AUDIT_LIST = "SELECT a.id, a.at, a.user_id, coalesce((SELECT u.name FROM account u WHERE u.id = a.user_id), ''), a.action, a.object, a.detail
        FROM audit a WHERE (a.user_id = $1 OR $1 = 0) AND ($2 = '' OR a.action LIKE $2 ESCAPE '!') AND a.id < $3 ORDER BY a.id DESC LIMIT $4";
    /// Sets one that is still what it was read as ($3).
    REPLACE = "UPDATE setting SET value = $2 WHERE key = $1 AND value = $3";
    /// Removes one that is still what it was read as.
    REMOVE_IF = "DELETE FROM setting WHERE key = $1 AND value = $2";
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
