//! The one optimistic loop: read, decide, commit, and start over if another writer was faster.

use std::future::Future;

use store::{Batch, CommitError, Store};

/// After this many conflicts in a row the caller gets [`Contended`]. Each conflict means that another writer
/// succeeded.
const ATTEMPTS: u32 = 20;

/// Other writers were faster every time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is being changed by others too often right now: try again")]
pub struct Contended;

/// The result of one attempt.
#[derive(Debug)]
pub enum Attempt<T> {
    /// Commit this batch; then the value is valid.
    Commit(Batch, T),
    /// There is nothing to commit.
    Done(T),
}

/// Runs `attempt` until its batch is committed. It gets the number of earlier attempts, and must read everything
/// again each time. `what` names the loop in `deskbell_commit_conflicts_total`.
pub async fn optimistic<T, E, F>(
    store: &Store,
    what: &'static str,
    mut attempt: impl FnMut(u32) -> F,
) -> Result<T, E>
where
    F: Future<Output = Result<Attempt<T>, E>>,
    E: From<store::Error> + From<Contended>,
{
    for before in 0..ATTEMPTS {
        match attempt(before).await? {
            Attempt::Done(value) => return Ok(value),
            Attempt::Commit(batch, value) => match store.commit(batch).await {
                Ok(_) => return Ok(value),
                Err(CommitError::Store(error)) => return Err(error.into()),
                Err(CommitError::Conflict) => count(what, "version"),
                // Another writer added the same row: the next attempt finds it.
                Err(CommitError::Duplicate) => count(what, "duplicate"),
            },
        }
    }
    Err(Contended.into())
}

fn count(what: &'static str, cause: &'static str) {
    metrics::counter!("deskbell_commit_conflicts_total", "what" => what, "cause" => cause).increment(1);
}

/// Commits a batch whose conflict means that another writer already did the same. True if it was us.
pub async fn commit_if_first(store: &Store, batch: Batch) -> Result<bool, store::Error> {
    match store.commit(batch).await {
        Ok(_) => Ok(true),
        Err(CommitError::Store(error)) => Err(error),
        Err(CommitError::Conflict | CommitError::Duplicate) => Ok(false),
    }
}
