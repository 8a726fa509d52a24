//! The set-up link of the first start, by the hash of its token. Only the newest one works.

use domain::time::Micros;

use crate::batch::statements;
use crate::{Batch, Error, Store, values};

statements! {
    /// Makes the set-up link; only the newest one works.
    INSERT_LINK = "INSERT INTO setup_link (hash, expires_at) VALUES ($1, $2)";
    /// The links that were made before are dead.
    FORGET_LINKS = "DELETE FROM setup_link";
    /// Uses the link up.
    USE_LINK = "DELETE FROM setup_link WHERE hash = $1 AND expires_at > $2";
    /// Whether a link is good.
    LINK = "SELECT count(*) FROM setup_link WHERE hash = $1 AND expires_at > $2";
}

/// Whether a link may be used.
pub async fn is_good(store: &Store, hash: &str, now: Micros) -> Result<bool, Error> {
    Ok(store.row(LINK, values![hash, now]).await?.is_some_and(|row| row.int(0) > 0))
}

/// Makes a link in place of the one before.
pub fn replace(batch: &mut Batch, hash: &str, expires_at: Micros) {
    delete_all(batch);
    batch.push(INSERT_LINK, values![hash, expires_at]);
}

/// Uses a link up; a conflict if it may not be used.
pub fn take(batch: &mut Batch, hash: &str, now: Micros) {
    batch.must(USE_LINK, values![hash, now]);
}

/// No link works any longer.
pub fn delete_all(batch: &mut Batch) {
    batch.push(FORGET_LINKS, values![]);
}
