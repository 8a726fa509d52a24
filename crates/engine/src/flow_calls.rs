//! Requests of flows to other programs: each is a durable job, tried until there is an answer or no attempt is left.
//! The answer is handled in the turn that removes the job.
//!
//! A request with effects (POST) is sent at most once by us: its job is marked before it is sent, and one that was
//! marked when the process died gets the answer "uncertain". Every attempt carries the same key.

mod ask;
mod model;

pub use model::{ModelTest, test as test_model};
pub(crate) use model::{Question, text as text_of_model};

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::flow::call::{Answer, Call, CallFault, Request};
use domain::time::SECOND;
use store::table::job::{self, Job};
use store::{Batch, Signal};
use tokio::task::JoinSet;

use self::ask::Outcome;
use crate::engine::Engine;
use crate::optimistic::commit_if_first;
use crate::turns::{TurnError, ignore_refusal, play_on};
use crate::worker::guarded;
use crate::worker::{Context, Next, Schedule, Worker};

/// The number of concurrent requests …
const ABREAST: usize = 128;
/// The maximum number of these to one host, so that a program that hangs does not delay the others.
const ABREAST_AT_A_HOST: usize = 16;
/// Extra time for an attempt before another process takes over its job.
const SLACK: i64 = 30 * SECOND;
/// Pauses between attempts.
const PAUSES: [i64; 5] = [SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND, 15 * SECOND];

/// Makes the requests of flows.
#[derive(Debug)]
pub struct FlowCalls {
    app: Engine,
    tasks: JoinSet<()>,
    /// The hosts that are being asked. Each task holds its host until it has its answer, and only then wakes the
    /// worker: so the count of holders is right when the worker looks.
    hosts: HashMap<String, Arc<()>>,
    recovered: bool,
}

impl Worker for FlowCalls {
    const SCHEDULE: Schedule =
        Schedule { patience: Duration::from_secs(120), ..Schedule::new("flow_calls", Some(Signal::Jobs)) };

    fn new(app: &Engine) -> Self {
        Self { app: app.clone(), tasks: JoinSet::new(), hosts: HashMap::new(), recovered: false }
    }

    fn after_panic(self, _: &Engine) -> Self {
        self
    }

    async fn round(&mut self, _: &Context) -> Result<Next, store::Error> {
        let app = &self.app;
        if !self.recovered {
            let mut batch = Batch::new();
            job::recover(&mut batch, app.clock.now());
            commit_if_first(&app.store, batch).await?;
            self.recovered = true;
        }
        while self.tasks.try_join_next().is_some() {}
        self.hosts.retain(|_, host| requests(host) > 0);
        loop {
            let room = ABREAST.saturating_sub(self.tasks.len());
            if room == 0 {
                return Ok(Next::Poll);
            }
            let most = i64::try_from(room).unwrap_or(1);
            let due = job::due(&self.app.store, self.app.clock.now(), most, &self.busy_hosts()).await?;
            let mut skipped = false;
            for job in due {
                if self.hosts.get(&job.host).is_some_and(is_busy) {
                    skipped = true;
                } else {
                    self.start(job).await?;
                }
            }
            // A host is skipped only once: then it is left out.
            if !skipped {
                break;
            }
        }
        Ok(Next::At(job::next_due(&self.app.store, &self.busy_hosts()).await?))
    }

    async fn finish(mut self) {
        // The next process takes over what hangs.
        let all = async { while self.tasks.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(Duration::from_secs(3), all).await;
    }
}

impl FlowCalls {
    /// Hosts that have as many requests as they may. The end of one of them wakes the worker.
    fn busy_hosts(&self) -> Vec<&str> {
        let busy = self.hosts.iter().filter(|(_, host)| is_busy(host));
        busy.map(|(host, _)| host.as_str()).collect()
    }

    /// Tries a job in the background, unless another process does.
    async fn start(&mut self, job: Job) -> Result<(), store::Error> {
        let Some(job) = begin(&self.app, job).await? else { return Ok(()) };
        let host = Arc::clone(self.hosts.entry(job.host.clone()).or_default());
        let app = self.app.clone();
        self.tasks.spawn(async move {
            let id = job.id;
            match guarded(run(&app, job)).await {
                Some(Ok(())) => {}
                Some(Err(error)) => {
                    tracing::warn!(job = id, %error, "an answer could not be written down")
                }
                None => tracing::error!(job = id, "asking another program panicked"),
            }
            drop(host);
            app.notify(Signal::Jobs);
        });
        Ok(())
    }
}

/// The number of requests to a host: the worker itself holds it once.
fn requests(host: &Arc<()>) -> usize {
    Arc::strong_count(host).saturating_sub(1)
}

fn is_busy(host: &Arc<()>) -> bool {
    requests(host) >= ABREAST_AT_A_HOST
}

/// Marks a job as being tried. None if another process was faster, or no attempt is left.
async fn begin(app: &Engine, mut job: Job) -> Result<Option<Job>, store::Error> {
    let now = app.clock.now();
    let seconds = job.call.as_ref().map_or(0, |call| i64::from(call.timeout_seconds));
    let mut batch = Batch::new();
    job::begin(&mut batch, &job, now.plus(seconds * SECOND + SLACK));
    if !commit_if_first(&app.store, batch).await? {
        return Ok(None);
    }
    job.tries += 1;
    Ok(Some(job))
}

async fn run(app: &Engine, job: Job) -> Result<(), store::Error> {
    let Some(call) = &job.call else {
        return finish(app, &job, &Answer::Failed(CallFault::Unreachable {})).await;
    };
    // An attempt that began and never ended: the request may have arrived.
    if job.sending && !call.request.is_idempotent() {
        return finish(app, &job, &Answer::Failed(CallFault::Uncertain {})).await;
    }
    let outcome = match &call.request {
        Request::Ai { instructions, knowledge } => model::ask(app, &job, call, instructions, knowledge).await?,
        Request::Http { .. } | Request::Webhook { .. } => ask::ask(app, job.conversation, call).await?,
    };
    match outcome {
        Outcome::Answer(answer) => finish(app, &job, &answer).await,
        Outcome::Retry { answer, after } => match pause(call, job.tries, after) {
            Some(pause) => {
                let mut batch = Batch::new();
                job::retry(&mut batch, job.id, app.clock.now().plus(pause));
                commit_if_first(&app.store, batch).await.map(drop)
            }
            None => finish(app, &job, &answer).await,
        },
    }
}

/// The pause before the next attempt; None if none is left.
fn pause(call: &Call, tries: i64, after: Option<i64>) -> Option<i64> {
    let tries = usize::try_from(tries).unwrap_or(usize::MAX);
    if tries > call.retries as usize {
        return None;
    }
    let own = PAUSES[tries.saturating_sub(1).min(PAUSES.len() - 1)];
    Some(after.map_or(own, |seconds| (seconds * SECOND).clamp(SECOND, 30 * SECOND)))
}

/// The flow handles the answer; the job is done.
async fn finish(app: &Engine, job: &Job, answer: &Answer) -> Result<(), store::Error> {
    let result = match answer {
        Answer::Http { status, .. } if *status < 400 => "good",
        Answer::Text { .. } => "good",
        _ => "bad",
    };
    metrics::counter!("deskbell_flow_calls_total", "result" => result).increment(1);
    let played = play_on(
        app,
        job.conversation.into(),
        |turn, _| {
            turn.answer_flow(job.id, answer);
            Ok(())
        },
        |batch, _| job::delete(batch, job.id),
    )
    .await;
    match played {
        Ok(_) => Ok(()),
        Err(error @ (TurnError::Store(_) | TurnError::Contended(_))) => {
            // The job stays, and is tried again or becomes uncertain.
            ignore_refusal::<()>(Err(error)).map(drop)
        }
        // The conversation no longer exists.
        Err(_) => {
            let mut batch = Batch::new();
            job::delete(&mut batch, job.id);
            commit_if_first(&app.store, batch).await.map(drop)
        }
    }
}

/// Makes the request immediately, for a simulation: once, and without storing anything.
pub(crate) async fn ask_now(app: &Engine, call: &Call) -> Answer {
    let outcome = match &call.request {
        Request::Ai { .. } => return Answer::Failed(CallFault::NotGiven {}),
        _ => ask::ask(app, domain::id::ConversationId(0), call).await,
    };
    match outcome {
        Ok(Outcome::Answer(answer) | Outcome::Retry { answer, .. }) => answer,
        Err(_) => Answer::Failed(CallFault::Unreachable {}),
    }
}
