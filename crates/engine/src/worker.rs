//! Supervised background work. A worker is a value with a `round`; one runner calls it, guards it against panics, counts
//! what it does (`deskbell_worker_*`) and keeps the board that readiness looks at. An error or a panic never ends a worker.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use domain::time::Micros;
use store::Bell;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::clock::now;
use crate::engine::Engine;

/// A round without any progress for so long counts as stuck, unless the worker says otherwise.
const PATIENCE: Duration = Duration::from_secs(120);
/// The longest pause after rounds that fail one after the other.
const LONGEST_BACKOFF: Duration = Duration::from_secs(5);

/// How one worker is run.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// Its name in logs, metrics and readiness.
    pub name: &'static str,
    /// The signal that starts its next round early.
    pub wakes_on: Option<Bell>,
    /// The longest pause between two rounds.
    pub poll: Duration,
    /// The shortest pause between two rounds: what is not urgent gathers meanwhile.
    pub rest: Duration,
    /// A round without progress for so long counts as stuck.
    pub patience: Duration,
}

impl Schedule {
    /// A worker that polls every second.
    pub const fn new(name: &'static str, wakes_on: Option<Bell>) -> Self {
        Self { name, wakes_on, poll: POLL, rest: Duration::ZERO, patience: PATIENCE }
    }
}

/// When a worker wants its next round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// At the next signal or poll.
    Poll,
    /// When this moment has come, or sooner at a signal or poll.
    At(Option<Micros>),
    /// At once.
    Now,
}

/// What a round is told by its runner.
#[derive(Debug)]
pub struct Context {
    stop: watch::Receiver<bool>,
    status: Arc<Status>,
}

impl Context {
    /// One that nothing stops.
    #[cfg(test)]
    pub fn for_tests() -> Self {
        Self { stop: watch::channel(false).1, status: Board::default().add(Schedule::new("test", None)) }
    }

    /// True once the worker has to end. A long round looks at it between two pieces of work.
    pub fn stop(&self) -> &watch::Receiver<bool> {
        &self.stop
    }

    /// Says that a long round gets on.
    pub fn progress(&self) {
        self.status.progress();
    }
}

/// A piece of background work.
pub trait Worker: Send + Sized + 'static {
    /// How it is run.
    const SCHEDULE: Schedule;

    /// Makes one.
    fn new(app: &Engine) -> Self;

    /// What goes on after a panic. What a new one would not know of, such as requests under way, is carried over.
    fn after_panic(self, app: &Engine) -> Self {
        Self::new(app)
    }

    /// Does what there is to do now.
    fn round(&mut self, context: &Context) -> impl Future<Output = Result<Next, store::Error>> + Send;

    /// Waits for what it has under way, at the end.
    fn finish(self) -> impl Future<Output = ()> + Send {
        async {}
    }
}

/// How one worker is doing.
#[derive(Debug)]
struct Status {
    schedule: Schedule,
    /// When the present round began or last got on; None between two rounds.
    busy_since: Mutex<Option<Instant>>,
    /// The runner itself is gone without having been told to.
    dead: std::sync::atomic::AtomicBool,
}

impl Status {
    fn set(&self, since: Option<Instant>) {
        *self.busy_since.lock().expect("nothing panics while it is held") = since;
    }

    fn progress(&self) {
        self.set(Some(Instant::now()));
    }

    fn problem(&self) -> Option<String> {
        let name = self.schedule.name;
        if self.dead.load(std::sync::atomic::Ordering::Relaxed) {
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
    fn add(&self, schedule: Schedule) -> Arc<Status> {
        let (busy_since, dead) = (Mutex::new(None), std::sync::atomic::AtomicBool::new(false));
        let status = Arc::new(Status { schedule, busy_since, dead });
        self.0.lock().expect("nothing panics while it is held").push(Arc::clone(&status));
        status
    }

    fn remove(&self, status: &Arc<Status>) {
        self.0.lock().expect("nothing panics while it is held").retain(|it| !Arc::ptr_eq(it, status));
    }

    /// What is wrong with the first worker that is stuck or dead.
    pub fn problem(&self) -> Option<String> {
        self.0.lock().expect("nothing panics while it is held").iter().find_map(|status| status.problem())
    }
}

/// Takes a worker off the board when its runner ends, and marks it dead if nobody told it to end.
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
            tracing::error!(worker = self.status.schedule.name, "a worker stopped without being told to");
            self.status.dead.store(true, std::sync::atomic::Ordering::Relaxed);
        }
    }
}

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

    /// Starts a worker.
    pub fn spawn<W: Worker>(&mut self) -> &mut Self {
        let stop = self.stop.subscribe();
        self.tasks.spawn(run::<W>(self.app.clone(), stop));
        self
    }

    /// Ends all of them: what is being done is finished. False if `longest` was not enough for that; then the rest is cut
    /// off.
    pub async fn stop(mut self, longest: Duration) -> bool {
        let _ = self.stop.send(true);
        let all = async { while self.tasks.join_next().await.is_some() {} };
        tokio::time::timeout(longest, all).await.is_ok()
    }
}

/// Runs a worker until it is told to stop.
async fn run<W: Worker>(app: Engine, mut stop: watch::Receiver<bool>) {
    let schedule = W::SCHEDULE;
    let status = app.workers.add(schedule);
    let _on_board = OnBoard { board: app.workers.clone(), status: Arc::clone(&status), stop: stop.clone() };
    let context = Context { stop: stop.clone(), status: Arc::clone(&status) };
    let counted = |result: &'static str| {
        metrics::counter!("deskbell_worker_rounds_total", "worker" => schedule.name, "result" => result)
            .increment(1);
    };
    let mut signal = schedule.wakes_on.map(|bell| app.store.bells().ear(bell));
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
        if !pause(schedule, next, failures, signal.as_mut(), &mut stop).await {
            break;
        }
    }
    worker.finish().await;
}

/// Waits for the next round. False when the worker has to end.
async fn pause(
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
        Next::At(due) => until(due).min(schedule.poll),
    };
    match signal {
        Some(signal) => woken(signal, stop, longest).await,
        None => {
            tokio::select! {
                () = tokio::time::sleep(longest) => true,
                _ = stop.changed() => false,
            }
        }
    }
}

/// A lost signal costs at most this.
pub const POLL: Duration = Duration::from_secs(1);

/// Sleeps until the signal, or `longest` has passed. False when the server ends.
pub async fn woken(
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
