//! Supervised background work. A worker is a value with a `round`; one runner calls it, catches its panics, counts
//! its rounds (`deskbell_worker_*`) and updates the board that readiness reads. An error or a panic never ends a
//! worker.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use domain::time::Micros;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::board::{Board, Status};
pub use crate::board::{POLL, Schedule};
use crate::clock::Clock;
use crate::engine::Engine;

/// How long work in progress may take to finish when the server stops.
pub const FINISH: Duration = Duration::from_secs(25);
/// The longest pause after rounds that fail one after the other.
const LONGEST_BACKOFF: Duration = Duration::from_secs(5);

/// When a worker wants its next round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// At the next signal or poll.
    Poll,
    /// At this moment, or earlier at a signal or poll.
    At(Option<Micros>),
    Now,
}

/// What a runner gives to a round.
#[derive(Debug)]
pub struct Context {
    stop: watch::Receiver<bool>,
    status: Arc<Status>,
}

impl Context {
    /// A context that is never stopped.
    #[cfg(test)]
    pub fn for_tests() -> Self {
        Self { stop: watch::channel(false).1, status: Board::default().add(Schedule::new("test", None)) }
    }

    /// True once the worker has to end. A long round checks it between two pieces of work.
    pub fn stop(&self) -> &watch::Receiver<bool> {
        &self.stop
    }

    /// Reports that a long round makes progress.
    pub fn progress(&self) {
        self.status.progress();
    }
}

/// A piece of background work.
pub trait Worker: Send + Sized + 'static {
    const SCHEDULE: Schedule;

    fn new(app: &Engine) -> Self;

    /// The worker that continues after a panic. State that a new one would lose, such as requests in progress, is
    /// carried over.
    fn after_panic(self, app: &Engine) -> Self {
        Self::new(app)
    }

    /// Does the work that is due now.
    fn round(&mut self, context: &Context) -> impl Future<Output = Result<Next, store::Error>> + Send;

    /// Waits for its work in progress, at the end.
    fn finish(self) -> impl Future<Output = ()> + Send {
        async {}
    }
}

/// Removes a worker from the board when its runner ends, and marks it dead if it was not asked to end.
struct OnBoard {
    board: Board,
    status: Arc<Status>,
    stop: watch::Receiver<bool>,
}

impl Drop for OnBoard {
    fn drop(&mut self) {
        if *self.stop.borrow() {
            self.board.remove(&self.status);
        } else {
            self.status.died();
        }
    }
}

/// Adds workers of other crates.
pub type Register = fn(&mut WorkerSet);

/// Workers that start and stop together.
#[derive(Debug)]
pub struct WorkerSet {
    app: Engine,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl WorkerSet {
    /// An empty set.
    pub fn new(app: &Engine) -> Self {
        Self { app: app.clone(), stop: watch::channel(false).0, tasks: JoinSet::new() }
    }

    pub fn spawn<W: Worker>(&mut self) -> &mut Self {
        let stop = self.stop.subscribe();
        self.tasks.spawn(run::<W>(self.app.clone(), stop));
        self
    }

    /// Stops all of them after they finish their current work. False if `longest` was not enough; then the rest is
    /// cancelled.
    pub async fn stop(mut self, longest: Duration) -> bool {
        let _ = self.stop.send(true);
        let all = async { while self.tasks.join_next().await.is_some() {} };
        tokio::time::timeout(longest, all).await.is_ok()
    }
}

/// Runs a worker until it is asked to stop.
async fn run<W: Worker>(app: Engine, mut stop: watch::Receiver<bool>) {
    let schedule = W::SCHEDULE;
    let status = app.workers.add(schedule);
    let _on_board = OnBoard { board: app.workers.clone(), status: Arc::clone(&status), stop: stop.clone() };
    let context = Context { stop: stop.clone(), status: Arc::clone(&status) };
    let counted = |result: &'static str| {
        metrics::counter!("deskbell_worker_rounds_total", "worker" => schedule.name, "result" => result)
            .increment(1);
    };
    let mut signal = schedule.wakes_on.map(|signal| app.store.signals().subscribe(signal));
    let mut worker = W::new(&app);
    let mut failures = 0_u32;
    while !*stop.borrow() {
        status.progress();
        let ended = guarded(worker.round(&context)).await;
        status.set(None);
        let next = match ended {
            Some(Ok(next)) => {
                counted("ok");
                failures = 0;
                next
            }
            Some(Err(error)) => {
                counted("error");
                failures += 1;
                tracing::warn!(worker = schedule.name, %error, "a round of background work failed and will be tried again");
                Next::Poll
            }
            None => {
                counted("panic");
                failures += 1;
                tracing::error!(
                    worker = schedule.name,
                    "a round of background work panicked; the worker starts afresh"
                );
                worker = worker.after_panic(&app);
                Next::Poll
            }
        };
        if !pause(&app.clock, schedule, next, failures, signal.as_mut(), &mut stop).await {
            break;
        }
    }
    worker.finish().await;
}

/// Waits for the next round. False when the worker has to end.
async fn pause(
    clock: &Clock,
    schedule: Schedule,
    next: Next,
    failures: u32,
    signal: Option<&mut watch::Receiver<u64>>,
    stop: &mut watch::Receiver<bool>,
) -> bool {
    let rest = match failures {
        0 | 1 => schedule.rest,
        // The second failure in a row waits 200 ms, the next ones twice as long each.
        more => schedule.rest.max(Duration::from_millis(100 << more.min(6)).min(LONGEST_BACKOFF)),
    };
    if !rest.is_zero() {
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            _ = stop.changed() => return false,
        }
    }
    let longest = match next {
        Next::Now => return !*stop.borrow(),
        Next::Poll => schedule.poll,
        Next::At(due) => until(clock, due).min(schedule.poll),
    };
    match signal {
        Some(signal) => notified(signal, stop, longest).await,
        None => {
            tokio::select! {
                () = tokio::time::sleep(longest) => true,
                _ = stop.changed() => false,
            }
        }
    }
}

/// Sleeps until the signal, or `longest` has passed. False when the server ends.
pub async fn notified(
    signal: &mut watch::Receiver<u64>,
    stop: &mut watch::Receiver<bool>,
    longest: Duration,
) -> bool {
    if *stop.borrow() {
        return false;
    }
    tokio::select! {
        _ = signal.changed() => {}
        () = tokio::time::sleep(longest) => {}
        _ = stop.changed() => return false,
    }
    true
}

/// How long to sleep until something is due, no longer than the poll.
pub fn until(clock: &Clock, due: Option<Micros>) -> Duration {
    let Some(due) = due else { return POLL };
    let left = u64::try_from(due.since(clock.now())).unwrap_or(0);
    Duration::from_micros(left).clamp(Duration::from_millis(1), POLL)
}

/// Runs one piece of work and stops a panic in it from ending the loop.
pub async fn guarded<T>(work: impl Future<Output = T>) -> Option<T> {
    use futures_util::FutureExt as _;
    std::panic::AssertUnwindSafe(work).catch_unwind().await.ok()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::config::Config;

    async fn engine(folder: &std::path::Path) -> Engine {
        let data = folder.display().to_string();
        let database = format!("sqlite:{data}/deskbell.db");
        let flags = [("data_dir", data), ("database_url", database)];
        Engine::open(Config::load(None, &flags).unwrap()).await.unwrap()
    }

    async fn until_true(what: &str, mut is: impl FnMut() -> bool) {
        let waited = async {
            while !is() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), waited).await.unwrap_or_else(|_| panic!("never: {what}"));
    }

    static ROUNDS: AtomicU32 = AtomicU32::new(0);

    struct Flaky;

    impl Worker for Flaky {
        const SCHEDULE: Schedule = Schedule { poll: Duration::from_millis(1), ..Schedule::new("flaky", None) };

        fn new(_: &Engine) -> Self {
            Self
        }

        async fn round(&mut self, _: &Context) -> Result<Next, store::Error> {
            match ROUNDS.fetch_add(1, Ordering::SeqCst) {
                0 => panic!("the first round of a test"),
                1 => Err(store::Error::Closed),
                _ => Ok(Next::Poll),
            }
        }
    }

    #[tokio::test]
    async fn a_panic_or_an_error_does_not_end_a_worker() {
        let folder = tempfile::tempdir().unwrap();
        let engine = engine(folder.path()).await;
        let mut set = WorkerSet::new(&engine);
        set.spawn::<Flaky>();
        until_true("a round after the panic and the error", || ROUNDS.load(Ordering::SeqCst) > 3).await;
        assert_eq!(engine.workers.running(), ["flaky"]);
        assert_eq!(engine.workers.problem(), None);
        assert!(set.stop(Duration::from_secs(30)).await);
        assert_eq!(engine.workers.running(), Vec::<&str>::new(), "who was told to stop is no problem");
        assert_eq!(engine.workers.problem(), None);
    }

    struct Hanging;

    impl Worker for Hanging {
        const SCHEDULE: Schedule = Schedule { patience: Duration::ZERO, ..Schedule::new("hanging", None) };

        fn new(_: &Engine) -> Self {
            Self
        }

        async fn round(&mut self, _: &Context) -> Result<Next, store::Error> {
            std::future::pending().await
        }
    }

    #[tokio::test]
    async fn readiness_names_a_worker_that_hangs_and_one_that_was_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let engine = engine(folder.path()).await;
        let mut set = WorkerSet::new(&engine);
        set.spawn::<Hanging>();
        until_true("a stuck worker", || engine.workers.problem().is_some()).await;
        let problem = engine.workers.problem().unwrap();
        assert!(problem.contains("\"hanging\" has made no progress"), "{problem}");
        drop(set);
        until_true("a dead worker", || engine.workers.running().is_empty()).await;
        let problem = engine.workers.problem().unwrap();
        assert!(problem.contains("\"hanging\" has stopped"), "{problem}");
    }
}
