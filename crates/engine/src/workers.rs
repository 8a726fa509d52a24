//! Starts and stops the background work: applying deliveries, sending, timers, routing, presence, fetching. The
//! workers themselves are in the modules that they serve.

use store::Signal;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::engine::Engine;
use crate::live::LiveEvents;
use crate::wallboard::Wallboard;
use crate::worker::{Context, FINISH, Next, POLL, Register, Schedule, Worker, WorkerSet};
use crate::{lease, presence};

/// The background work of this process.
#[derive(Debug)]
pub struct Workers {
    stop: watch::Sender<bool>,
    everywhere: WorkerSet,
    leader: JoinHandle<()>,
}

/// Starts all workers. `more` adds workers of other crates to those that run once per store.
pub fn start(app: &Engine, more: Register) -> Workers {
    let (stop, stopping) = watch::channel(false);
    let mut everywhere = WorkerSet::new(app);
    everywhere
        .spawn::<LiveEvents>()
        .spawn::<presence::Presence>()
        .spawn::<Wallboard>()
        .spawn::<Reload>()
        .spawn::<ReloadActivity>();
    Workers { stop, everywhere, leader: tokio::spawn(lease::lead(app.clone(), more, stopping)) }
}

impl Workers {
    /// Stops all workers after they finish their current work; the rest stays for the next start.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let (in_time, led) = tokio::join!(self.everywhere.stop(FINISH), tokio::time::timeout(FINISH, self.leader));
        if !in_time || led.is_err() {
            tracing::warn!("some work did not end in time; the next start takes it up");
        }
    }
}

/// Keeps the in-memory copy of the configuration up to date.
#[derive(Debug)]
struct Reload(Engine);

impl Worker for Reload {
    const SCHEDULE: Schedule =
        Schedule { poll: POLL.saturating_mul(5), ..Schedule::new("reload", Some(Signal::Config)) };

    fn new(app: &Engine) -> Self {
        Self(app.clone())
    }

    async fn round(&mut self, _: &Context) -> Result<Next, store::Error> {
        self.0.reload().await.map(|()| Next::Poll)
    }
}

/// Keeps the in-memory copy of the last activity up to date.
#[derive(Debug)]
struct ReloadActivity(Engine);

impl Worker for ReloadActivity {
    const SCHEDULE: Schedule =
        Schedule { poll: POLL.saturating_mul(60), ..Schedule::new("activity", Some(Signal::Activity)) };

    fn new(app: &Engine) -> Self {
        Self(app.clone())
    }

    async fn round(&mut self, _: &Context) -> Result<Next, store::Error> {
        self.0.reload_activity().await.map(|()| Next::Poll)
    }
}
