//! Background work: applying deliveries, sending, timers, routing, presence, fetching. Each is a [`worker::Worker`] that
//! sleeps until its signal, and polls in case a signal was lost.

pub mod catch_up;
pub mod comment_identity;
pub mod control;
pub mod fetch;
pub mod health;
pub mod inbox;
pub mod keep;
mod lease;
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
pub mod worker;

use std::future::Future;
use std::time::Duration;

use domain::time::Micros;
use store::Bell;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::worker::{Context, Next, Schedule, Worker, WorkerSet};
use crate::app::App;
use crate::clock::now;
use crate::web::live::LiveEvents;

/// A lost signal costs at most this.
const POLL: Duration = Duration::from_secs(1);
/// How long work under way may take to finish when the server stops.
const FINISH: Duration = Duration::from_secs(25);

/// The background work of this process.
#[derive(Debug)]
pub struct Workers {
    stop: watch::Sender<bool>,
    everywhere: WorkerSet,
    leader: JoinHandle<()>,
}

/// Starts all of it.
pub fn start(app: &App) -> Workers {
    let (stop, stopping) = watch::channel(false);
    let mut everywhere = WorkerSet::new(app);
    everywhere.spawn::<LiveEvents>().spawn::<presence::Presence>().spawn::<Reload>();
    Workers { stop, everywhere, leader: tokio::spawn(lease::lead(app.clone(), stopping)) }
}

impl Workers {
    /// Ends all of it: what is being done is finished, the rest stays for the next start.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let (in_time, led) = tokio::join!(self.everywhere.stop(FINISH), tokio::time::timeout(FINISH, self.leader));
        if !in_time || led.is_err() {
            tracing::warn!("some work did not end in time; the next start takes it up");
        }
    }
}

/// Keeps the memory copy of the configuration fresh.
#[derive(Debug)]
struct Reload(App);

impl Worker for Reload {
    const SCHEDULE: Schedule =
        Schedule { poll: POLL.saturating_mul(5), ..Schedule::new("reload", Some(Bell::Config)) };

    fn new(app: &App) -> Self {
        Self(app.clone())
    }

    async fn round(&mut self, _: &Context) -> Result<Next, store::Error> {
        self.0.reload().await.map(|()| Next::Poll)
    }
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
