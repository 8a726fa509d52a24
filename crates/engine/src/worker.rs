//! What every worker's loop is made of: sleeping until there is something to do, and surviving a panic.

use std::future::Future;
use std::time::Duration;

use domain::time::Micros;
use tokio::sync::watch;

use crate::clock::now;

/// A lost ring costs at most this.
pub const POLL: Duration = Duration::from_secs(1);

/// Sleeps until the bell rings, or `longest` has passed. False when the server ends.
pub async fn woken(ear: &mut watch::Receiver<u64>, drain: &mut watch::Receiver<bool>, longest: Duration) -> bool {
    if *drain.borrow() {
        return false;
    }
    tokio::select! {
        _ = ear.changed() => {}
        () = tokio::time::sleep(longest) => {}
        _ = drain.changed() => return false,
    }
    true
}

/// How long to sleep until something is due, no longer than the poll.
pub fn until(due: Option<Micros>) -> Duration {
    let Some(due) = due else { return POLL };
    let left = u64::try_from(due.since(now())).unwrap_or(0);
    Duration::from_micros(left).clamp(Duration::from_millis(1), POLL)
}

/// Runs one piece of work and keeps a panic in it from ending the loop.
pub async fn guarded<T>(work: impl Future<Output = T>) -> Option<T> {
    use futures_util::FutureExt as _;
    std::panic::AssertUnwindSafe(work).catch_unwind().await.ok()
}
