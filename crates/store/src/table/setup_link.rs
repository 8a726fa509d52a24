//! The set-up link of the first start, by the hash of its token. Only the newest one works.

use domain::time::Micros;

use crate::batch::statements;
use crate::{Batch, Error, Store, values};

statements! {
    /// Creates the set-up link; only the newest one works.
    INSERT_LINK = "INSERT INTO setup_link (hash, expires_at) VALUES ($1, $2)";
    /// Deletes older links.
    FORGET_LINKS = "DELETE FROM setup_link";
    /// Uses up the link.
    USE_LINK = "DELETE FROM setup_link WHERE hash = $1 AND expires_at > $2";
    /// Whether a link is valid.
    LINK = "SELECT count(*) FROM setup_link WHERE hash = $1 AND expires_at > $2";
}

/// Whether a link may be used.
pub async fn is_good(store: &Store, hash: &str, now: Micros) -> Result<bool, Error> {
    Ok(store.row(LINK, values![hash, now]).await?.is_some_and(|row| row.int(0) > 0))
}

/// Creates a link that replaces the previous one.
pub fn replace(batch: &mut Batch, hash: &str, expires_at: Micros) {
    delete_all(batch);
    batch.push(INSERT_LINK, values![hash, expires_at]);
}

/// Uses up a link; a conflict if it is not valid.
pub fn take(batch: &mut Batch, hash: &str, now: Micros) {
    batch.must(USE_LINK, values![hash, now]);
}

/// Deletes all links.
pub fn delete_all(batch: &mut Batch) {
    batch.push(FORGET_LINKS, values![]);
}
