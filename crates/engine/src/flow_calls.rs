//! What flows ask of other programs: each question is a durable job, tried until there is an answer or no try is left. The
//! answer is taken in the turn that removes the job.
//!
//! A question that has effects (POST) leaves at most once on our own account: its job is marked before it leaves, and one
//! that was marked when the process died is answered as uncertain. Every try of a question carries the same key.

mod ask;
mod model;

pub use model::{ModelTest, test as test_model};

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

/// Questions that are asked at the same time: a program that hangs holds up no other.
const ABREAST: usize = 128;
/// What a try may take beside its own time before another process takes it up.
const SLACK: i64 = 30 * SECOND;
/// Pauses between tries.
const PAUSES: [i64; 5] = [SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND, 15 * SECOND];

/// Asks other programs for flows.
#[derive(Debug)]
pub struct FlowCalls {
    app: Engine,
    tasks: JoinSet<()>,
    recovered: bool,
}

impl Worker for FlowCalls {
    const SCHEDULE: Schedule =
        Schedule { patience: Duration::from_secs(120), ..Schedule::new("flow_calls", Some(Signal::Jobs)) };

    fn new(app: &Engine) -> Self {
        Self { app: app.clone(), tasks: JoinSet::new(), recovered: false }
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
        let room = ABREAST.saturating_sub(self.tasks.len());
        if room == 0 {
            return Ok(Next::Poll);
        }
        let most = i64::try_from(room).unwrap_or(1);
        for job in job::due(&app.store, app.clock.now(), most).await? {
            if let Some(job) = begin(app, job).await? {
                let app = app.clone();
                self.tasks.spawn(async move {
                    let id = job.id;
                    match guarded(run(&app, job)).await {
                        Some(Ok(())) => {}
                        Some(Err(error)) => {
                            tracing::warn!(job = id, %error, "an answer could not be written down")
                        }
                        None => tracing::error!(job = id, "asking another program panicked"),
                    }
                    app.notify(Signal::Jobs);
                });
            }
        }
        Ok(Next::At(job::next_due(&app.store).await?))
    }

    async fn finish(mut self) {
        // What hangs is taken up by the next process.
        let all = async { while self.tasks.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(Duration::from_secs(3), all).await;
    }
}

/// Marks a job as being tried. None if another process was quicker, or nothing is left to try.
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
    // A try that began and never ended: it may have arrived.
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

/// How long the next try waits; None if none is left.
fn pause(call: &Call, tries: i64, after: Option<i64>) -> Option<i64> {
    let tries = usize::try_from(tries).unwrap_or(usize::MAX);
    if tries > call.retries as usize {
        return None;
    }
    let own = PAUSES[tries.saturating_sub(1).min(PAUSES.len() - 1)];
    Some(after.map_or(own, |seconds| (seconds * SECOND).clamp(SECOND, 30 * SECOND)))
}

/// The flow takes the answer; the job is done.
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
            // The job stays, and its answer is asked for again or uncertain.
            ignore_refusal::<()>(Err(error)).map(drop)
        }
        // The conversation is gone.
        Err(_) => {
            let mut batch = Batch::new();
            job::delete(&mut batch, job.id);
            commit_if_first(&app.store, batch).await.map(drop)
        }
    }
}

/// Asks at once, for a simulation: once, and nothing is stored.
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
