//! The greatest id that is stored, among all tables that are ordered by id.

use crate::batch::statements;
use crate::{Error, Store, values};

statements! {
    /// Each of these is the end of a primary key.
    GREATEST = "SELECT max(n.id) FROM (SELECT max(id) AS id FROM delivery UNION ALL SELECT max(id) FROM outbox
        UNION ALL SELECT max(id) FROM message UNION ALL SELECT max(id) FROM conversation UNION ALL SELECT max(id) FROM medium
        UNION ALL SELECT max(id) FROM identity UNION ALL SELECT max(id) FROM contact UNION ALL SELECT max(id) FROM comment
        UNION ALL SELECT max(id) FROM audit) n";
}

/// The greatest id; 0 in a new store.
pub async fn greatest(store: &Store) -> Result<i64, Error> {
    Ok(store.row(GREATEST, values![]).await?.and_then(|row| row.opt_int(0)).unwrap_or(0))
}
