//! What goes on beside the requests: applying deliveries, sending, timers, routing, presence, fetching.
//! Each is a loop that sleeps until its bell rings, and polls in case a ring was lost.

pub mod catch_up;
pub mod comment_identity;
pub mod control;
pub mod fetch;
pub mod health;
pub mod inbox;
pub mod keep;
pub mod messages;
pub mod optimistic;
pub mod outbox;
pub mod presence;
pub mod private_reply;
pub mod release;
pub mod reviewers;
pub mod routing;
pub mod settle;
pub mod timers;
pub mod turns;
pub mod uncertain;
pub mod webhooks;

use std::future::Future;
use std::time::Duration;

use domain::time::{Micros, SECOND};
use store::Bell;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::app::App;
use crate::clock::now;

/// A lost ring costs at most this.
const POLL: Duration = Duration::from_secs(1);
/// How long a lease lasts; another node takes over after it.
const LEASE: i64 = 15 * SECOND;

/// The loops of this process.
#[derive(Debug)]
pub struct Workers {
    drain: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

/// Starts every loop.
pub fn start(app: &App) -> Workers {
    let (drain, ear) = watch::channel(false);
    let mut tasks = JoinSet::new();
    tasks.spawn(crate::web::live::run(app.clone(), ear.clone()));
    tasks.spawn(presence::run(app.clone(), ear.clone()));
    tasks.spawn(reload(app.clone(), ear.clone()));
    tasks.spawn(lead(app.clone(), ear));
    Workers { drain, tasks }
}

impl Workers {
    /// Ends every loop: what is being done is finished, what is not begun stays for the next start.
    pub async fn stop(mut self) {
        let _ = self.drain.send(true);
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(Duration::from_secs(25), all).await.is_err() {
            tracing::warn!("some work did not end in time; what it was at is taken up at the next start");
        }
    }
}

/// Keeps the memory copy of what seldom changes fresh.
async fn reload(app: App, mut drain: watch::Receiver<bool>) {
    let mut ear = app.store.bells().ear(Bell::Config);
    while woken(&mut ear, &mut drain, 5 * POLL).await {
        if let Err(error) = app.reload().await {
            tracing::warn!(%error, "gateways, queues and flows could not be read anew");
        }
    }
}

/// One node at a time does the work that has no request behind it. A node that finds the lease free takes it;
/// what makes double work harmless stands in the store, the lease only spares it.
async fn lead(app: App, mut drain: watch::Receiver<bool>) {
    // A SQLite file has one server: whoever starts is the heir of whoever died.
    let mut steal = app.store.is_sqlite();
    loop {
        let at = now();
        let free_until = if steal { Micros(i64::MAX) } else { at };
        match store::table::lease::take(&app.store, "work", &app.node, free_until, at.plus(LEASE)).await {
            Ok(true) => break,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "the lease could not be asked for"),
        }
        steal = false;
        tokio::select! {
            () = tokio::time::sleep(POLL) => {}
            _ = drain.changed() => return,
        }
    }
    tracing::info!(node = %app.node, "this node does the background work");
    let mut tasks = JoinSet::new();
    tasks.spawn(inbox::run(app.clone(), drain.clone()));
    tasks.spawn(outbox::run(app.clone(), drain.clone()));
    tasks.spawn(timers::run(app.clone(), drain.clone()));
    tasks.spawn(routing::run(app.clone(), drain.clone()));
    tasks.spawn(fetch::run(app.clone(), drain.clone()));
    tasks.spawn(health::run(app.clone(), drain.clone()));
    tasks.spawn(uncertain::run(app.clone(), drain.clone()));
    tasks.spawn(comment_identity::run(app.clone(), drain.clone()));
    tasks.spawn(catch_up::run(app.clone(), drain.clone()));
    tasks.spawn(keep::run(app.clone(), drain.clone()));
    tasks.spawn(webhooks::run(app.clone(), drain.clone()));
    tasks.spawn(reviewers::run(app.clone(), drain.clone()));
    loop {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(5)) => {}
            _ = drain.changed() => break,
        }
        let at = now();
        match store::table::lease::take(&app.store, "work", &app.node, at, at.plus(LEASE)).await {
            Ok(true) => {}
            Ok(false) => {
                tracing::warn!("another node took the background work over: this one was asleep too long")
            }
            Err(error) => tracing::warn!(%error, "the lease could not be renewed"),
        }
    }
    while tasks.join_next().await.is_some() {}
    let mut batch = store::Batch::new();
    batch.push(store::table::lease::RELEASE, store::values!["work", &app.node]);
    let _ = app.store.commit(batch).await;
}

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
