//! Leases: which process does the background work. They only avoid duplicate work; it is safe because each piece of
//! work can be taken only once (`inbox::TAKE`, `outbox::CLAIM`, the version of a conversation).

use domain::time::Micros;

use crate::batch::statements;
use crate::{Batch, Error, Store, values};

statements! {
    /// Creates the row.
    INSERT = "INSERT INTO lease (name, owner, until) VALUES ($1, '', 0) ON CONFLICT (name) DO NOTHING";
    /// Takes it if it is free or was ours.
    TAKE = "UPDATE lease SET owner = $2, until = $4
        WHERE name = $1 AND (owner = $2 OR until < $3)";
    /// Gives it back.
    RELEASE = "UPDATE lease SET until = 0 WHERE name = $1 AND owner = $2";
}

/// Takes or renews a lease until `until`. True if it is ours.
pub async fn take(store: &Store, name: &str, owner: &str, now: Micros, until: Micros) -> Result<bool, Error> {
    let mut batch = Batch::new();
    batch.push(INSERT, values![name]);
    batch.push(TAKE, values![name, owner, now, until]);
    match store.commit(batch).await {
        Ok(changed) => Ok(changed.last() == Some(&1)),
        Err(crate::CommitError::Store(error)) => Err(error),
        Err(_) => Ok(false),
    }
}

/// Gives a lease back.
pub fn release(batch: &mut Batch, name: &str, owner: &str) {
    batch.push(RELEASE, values![name, owner]);
}
