//! One process at a time does the background work of a store: the one that holds the lease. Versions and claims in
//! the store make duplicate work harmless; the lease only avoids it. A process that loses it stops that work at once.

use std::time::{Duration, Instant};

use domain::time::{Micros, SECOND};
use store::Batch;
use store::table::lease;
use tokio::sync::watch;

use crate::engine::Engine;
use crate::worker::{FINISH, POLL, Register, WorkerSet};
use crate::{
    alerts, campaigns, catch_up, comment_identity, fetch, flow_calls, health, inbox, outbox, push, reports,
    retention, routing, timers, uncertain, webhooks,
};

const NAME: &str = "work";
/// How long a lease lasts; another process takes over after it.
const LEASE: i64 = 15 * SECOND;
/// How often it is renewed. Three failures in a row lose it.
const RENEW: Duration = Duration::from_secs(4);
/// A process that could not renew it for this long must stop: the lease runs out soon.
const SAFE: Duration = Duration::from_secs(12);

/// Takes the lease, works while it holds it, and waits for it again after it was lost.
pub(crate) async fn lead(app: Engine, more: Register, mut stop: watch::Receiver<bool>) {
    // A server starts only after it has claimed the store, so the process that holds the lease then has died.
    let mut take_over = true;
    while acquire(&app, take_over, &mut stop).await {
        take_over = false;
        tracing::info!(node = %app.node, "this process does the background work");
        let workers = start(&app, more);
        let lost = hold(&app, &mut stop).await;
        if !workers.stop(FINISH).await {
            tracing::warn!("some background work did not end in time and was cut off");
        }
        if lost {
            tracing::error!(
                "the lease on the background work was lost: all of it has stopped, and this process waits for the \
                lease"
            );
            continue;
        }
        let mut batch = Batch::new();
        lease::release(&mut batch, NAME, &app.node);
        let _ = app.store.commit(batch).await;
        return;
    }
}

fn start(app: &Engine, more: Register) -> WorkerSet {
    let mut workers = WorkerSet::new(app);
    workers
        .spawn::<inbox::Inbox>()
        .spawn::<outbox::Outbox>()
        .spawn::<campaigns::Campaigns>()
        .spawn::<timers::Timers>()
        .spawn::<routing::Routing>()
        .spawn::<alerts::Alerts>()
        .spawn::<fetch::Fetch>()
        .spawn::<flow_calls::FlowCalls>()
        .spawn::<health::Health>()
        .spawn::<uncertain::Uncertain>()
        .spawn::<comment_identity::CommentIdentities>()
        .spawn::<catch_up::CatchUp>()
        .spawn::<retention::Retention>()
        .spawn::<webhooks::Webhooks>()
        .spawn::<push::Pushes>()
        .spawn::<reports::rollup::Rollup>();
    more(&mut workers);
    workers
}

/// Waits until the lease is ours. False when the server stops.
async fn acquire(app: &Engine, mut take_over: bool, stop: &mut watch::Receiver<bool>) -> bool {
    loop {
        if *stop.borrow() {
            return false;
        }
        let at = app.clock.now();
        let free_until = if take_over { Micros(i64::MAX) } else { at };
        match lease::take(&app.store, NAME, &app.node, free_until, at.plus(LEASE)).await {
            Ok(true) => return true,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "the lease could not be asked for"),
        }
        take_over = false;
        tokio::select! {
            () = tokio::time::sleep(POLL) => {}
            _ = stop.changed() => return false,
        }
    }
}

/// Renews the lease until it is lost (true) or the server stops (false).
async fn hold(app: &Engine, stop: &mut watch::Receiver<bool>) -> bool {
    let mut renewed = Instant::now();
    loop {
        tokio::select! {
            () = tokio::time::sleep(RENEW) => {}
            _ = stop.changed() => return false,
        }
        let (before, at) = (Instant::now(), app.clock.now());
        match lease::take(&app.store, NAME, &app.node, at, at.plus(LEASE)).await {
            Ok(true) => renewed = before,
            Ok(false) => return true,
            Err(error) => tracing::warn!(%error, "the lease could not be renewed"),
        }
        if renewed.elapsed() > SAFE {
            return true;
        }
    }
}
