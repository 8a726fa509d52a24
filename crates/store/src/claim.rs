//! One server per store: a server claims its store while it runs, and a second one is refused.
//!
//! SQLite: a lock on a file next to the database. PostgreSQL: an advisory lock of a connection that does nothing
//! else. The system releases either when the process ends, no matter how. Commands work alongside a server and claim
//! nothing. Correctness does not depend on this (every write is guarded by versions): it only prevents two servers
//! from doing the same work.

mod file;
mod session;

use std::path::Path;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use self::session::{Keeper, LIMIT};
use crate::postgres::address::Address;
use crate::postgres::pooler;
use crate::{Error, Location};

/// How often claiming a store that is in use is tried again.
const RETRY: Duration = Duration::from_millis(200);

/// The claim of this process on a store. Dropping it releases the store.
#[derive(Debug)]
pub struct Claim(Hold);

#[derive(Debug)]
enum Hold {
    File(#[expect(dead_code, reason = "the lock is held while the file is open")] std::fs::File),
    Session(Keeper),
}

impl Claim {
    /// Claims the store at `url` (see [`crate::Store::open`]), waiting up to `patience` for another server to end,
    /// such as one that is being replaced or was just killed. [`Error::Claimed`] if it does not.
    pub async fn take(url: &str, patience: Duration) -> Result<Self, Error> {
        let deadline = Instant::now() + patience;
        let mut waited = false;
        loop {
            match Self::try_take(url).await {
                Err(Error::Claimed(holder)) if Instant::now() < deadline => {
                    if !waited {
                        tracing::debug!("another server ({holder}) uses the store; waiting for it to end");
                        waited = true;
                    }
                    tokio::time::sleep(RETRY).await;
                }
                other => return other,
            }
        }
    }

    async fn try_take(url: &str) -> Result<Self, Error> {
        match Location::parse(url)? {
            Location::Sqlite(database) => Self::of_file(&database),
            Location::Postgres(url) => {
                let address = Address::parse(url)?;
                pooler::refuse(&address, LIMIT).await?;
                Ok(Self(Hold::Session(Keeper::start(address).await?)))
            }
        }
    }

    /// Claims a SQLite store without waiting.
    pub(crate) fn of_file(database: &Path) -> Result<Self, Error> {
        Ok(Self(Hold::File(file::lock(database)?)))
    }

    /// Ends when another server has claimed the store, which can happen after the connection to PostgreSQL was lost:
    /// the claim is renewed as soon as the database answers, unless another server was faster. A server that lost its
    /// claim must stop working.
    pub async fn lost(&self) {
        match &self.0 {
            Hold::File(_) => std::future::pending().await,
            Hold::Session(keeper) => keeper.lost().await,
        }
    }
}

/// Waits until `lost` is true.
async fn until_true(mut lost: watch::Receiver<bool>) {
    if lost.wait_for(|lost| *lost).await.is_err() {
        // The keeper was dropped with its claim, so the claim can no longer be lost.
        std::future::pending::<()>().await;
    }
}
