//! Housekeeping in the background: erases people, deletes old data, compresses large bodies, retries failed
//! deliveries. It works in small batches with pauses, so that no message waits for it.

pub mod body;
pub mod erase;
pub mod export;
pub mod orphans;
pub mod retry;
pub mod rules;
pub mod subject;
pub(crate) mod unsent;
pub mod zip;

use std::time::Duration;

use domain::time::{HOUR, Micros};
use store::{Batch, Signal};
use tokio::sync::watch;

use crate::engine::Engine;
use crate::optimistic::commit_if_first;
use crate::worker::{Context, Next, Schedule, Worker};

/// Between two rounds without a signal.
const TICK: Duration = Duration::from_secs(5);
/// Between two batches.
const PAUSE: Duration = Duration::from_millis(20);

/// Erases, deletes old data, and compresses.
#[derive(Debug)]
pub struct Retention {
    app: Engine,
    /// When old data was last searched for.
    cleaned: Micros,
    /// The rules that were used then.
    rules: String,
    /// Whether something was deleted since SQLite's log was emptied.
    log_is_full: bool,
}

impl Worker for Retention {
    const SCHEDULE: Schedule = Schedule {
        poll: TICK,
        patience: Duration::from_secs(3_600),
        ..Schedule::new("retention", Some(Signal::Retention))
    };

    fn new(app: &Engine) -> Self {
        Self { app: app.clone(), cleaned: Micros(0), rules: String::new(), log_is_full: true }
    }

    async fn round(&mut self, context: &Context) -> Result<Next, store::Error> {
        let (app, drain) = (&self.app, context.stop());
        let erased = erase::round(app, drain).await?;
        retry::round(app, drain).await?;
        let rules = rules::stored(app).await?;
        let mut forgotten = false;
        if self.app.clock.now().since(self.cleaned) >= HOUR || rules != self.rules {
            forgotten = rules::round(app, drain).await?;
            body::round(app, drain).await?;
            export::clean(app).await;
            orphans::round(app, drain).await?;
            self.cleaned = self.app.clock.now();
            self.rules = rules;
        }
        self.log_is_full |= erased || forgotten;
        if self.log_is_full && self.app.store.checkpoint().await? {
            self.log_is_full = false;
        }
        Ok(Next::Poll)
    }
}

/// Pauses between two batches. False when the server ends.
async fn rest(drain: &watch::Receiver<bool>) -> bool {
    tokio::time::sleep(PAUSE).await;
    !*drain.borrow()
}

/// Commits a batch that may conflict. True if it was committed.
async fn commit(app: &Engine, batch: Batch) -> Result<bool, store::Error> {
    commit_if_first(&app.store, batch).await
}
