//! The board: how each worker of this process is scheduled and how it is doing, for readiness. `worker` updates it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use store::Signal;

/// The maximum delay after a lost signal.
pub const POLL: Duration = Duration::from_secs(1);

/// A round without progress for this long counts as stuck, unless the worker's schedule says otherwise.
const PATIENCE: Duration = Duration::from_secs(120);

/// How one worker is run.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// Its name in logs, metrics and readiness.
    pub name: &'static str,
    /// The signal that starts its next round early.
    pub wakes_on: Option<Signal>,
    /// The longest pause between two rounds.
    pub poll: Duration,
    /// The shortest pause between two rounds: work that is not urgent accumulates in the meantime.
    pub rest: Duration,
    /// A round without progress for this long counts as stuck.
    pub patience: Duration,
}

impl Schedule {
    /// A worker that polls every second.
    pub const fn new(name: &'static str, wakes_on: Option<Signal>) -> Self {
        Self { name, wakes_on, poll: POLL, rest: Duration::ZERO, patience: PATIENCE }
    }
}

/// How one worker is doing.
#[derive(Debug)]
pub(crate) struct Status {
    schedule: Schedule,
    /// When the current round began or last made progress; None between two rounds.
    busy_since: Mutex<Option<Instant>>,
    /// The runner ended although it was not asked to.
    dead: std::sync::atomic::AtomicBool,
}

impl Status {
    pub(crate) fn set(&self, since: Option<Instant>) {
        *self.busy_since.lock().expect("nothing panics while it is held") = since;
    }

    pub(crate) fn progress(&self) {
        self.set(Some(Instant::now()));
    }

    /// The runner ended although it was not asked to.
    pub(crate) fn died(&self) {
        tracing::error!(worker = self.schedule.name, "a worker stopped without a request to stop");
        self.dead.store(true, std::sync::atomic::Ordering::Relaxed);
    }

    fn is_dead(&self) -> bool {
        self.dead.load(std::sync::atomic::Ordering::Relaxed)
    }

    fn problem(&self) -> Option<String> {
        let name = self.schedule.name;
        if self.is_dead() {
            return Some(format!("The worker \"{name}\" has stopped: restart the server."));
        }
        let since = (*self.busy_since.lock().expect("nothing panics while it is held"))?;
        let stuck = since.elapsed();
        (stuck > self.schedule.patience).then(|| {
            format!(
                "The worker \"{name}\" has made no progress for {} s: see the log, restart the server.",
                stuck.as_secs()
            )
        })
    }
}

/// All workers of this process, as readiness sees them.
#[derive(Debug, Clone, Default)]
pub struct Board(Arc<Mutex<Vec<Arc<Status>>>>);

impl Board {
    pub(crate) fn add(&self, schedule: Schedule) -> Arc<Status> {
        let (busy_since, dead) = (Mutex::new(None), std::sync::atomic::AtomicBool::new(false));
        let status = Arc::new(Status { schedule, busy_since, dead });
        self.0.lock().expect("nothing panics while it is held").push(Arc::clone(&status));
        status
    }

    pub(crate) fn remove(&self, status: &Arc<Status>) {
        self.0.lock().expect("nothing panics while it is held").retain(|it| !Arc::ptr_eq(it, status));
    }

    /// The names of the workers running in this process.
    pub fn running(&self) -> Vec<&'static str> {
        let all = self.0.lock().expect("nothing panics while it is held");
        all.iter().filter(|status| !status.is_dead()).map(|status| status.schedule.name).collect()
    }

    /// What is wrong with the first stuck or dead worker.
    pub fn problem(&self) -> Option<String> {
        self.0.lock().expect("nothing panics while it is held").iter().find_map(|status| status.problem())
    }
}
