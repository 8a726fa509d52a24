//! Lost browsers: an agent whose last event stream has been closed for 10 s, or who has sent no heartbeat for 60 s,
//! is lost. Their offers move on at once, their conversations after 120 s. An agent who comes back in time continues
//! as before.

use std::time::Duration;

use domain::agent::{Agent, Status, StreamOpened};
use domain::id::UserId;
use domain::thread_event::AgentGone;
use domain::time::{Micros, SECOND};
use store::Batch;
use store::table::agent;

use crate::engine::Engine;
use crate::optimistic::commit_if_first;
use crate::release;
use crate::worker::{Context, Next, Schedule, Worker};

/// How long a lost agent may take to come back and continue as before.
const COME_BACK: i64 = 120 * SECOND;

/// Looks for lost browsers.
#[derive(Debug)]
pub struct Presence {
    app: Engine,
    /// An agent without a stream since this moment is lost.
    started: Micros,
}

impl Worker for Presence {
    const SCHEDULE: Schedule = Schedule { poll: Duration::from_millis(500), ..Schedule::new("presence", None) };

    fn new(app: &Engine) -> Self {
        Self { app: app.clone(), started: app.clock.now() }
    }

    fn after_panic(self, _: &Engine) -> Self {
        self
    }

    async fn round(&mut self, _: &Context) -> Result<Next, store::Error> {
        round(&self.app, self.started).await.map(|()| Next::Poll)
    }
}

async fn round(app: &Engine, started: Micros) -> Result<(), store::Error> {
    let at = app.clock.now();
    let roster = app.roster();
    for agent in roster.iter().filter(|agent| agent.streamed) {
        if agent.status != Status::Offline && app.presence.is_lost(agent.user, at, started) {
            lose(app, agent, at).await?;
        }
        if agent.lost_at.is_some_and(|lost| at.since(lost) > COME_BACK) {
            give_up(app, agent).await?;
        }
    }
    Ok(())
}

/// The browser is lost: offline, so that offers move on at once.
async fn lose(app: &Engine, agent: &Agent, at: Micros) -> Result<(), store::Error> {
    let mut batch = Batch::new();
    agent::lose(&mut batch, agent.user, at);
    commit(app, batch).await
}

/// They did not come back: what they hold goes to others.
async fn give_up(app: &Engine, agent: &Agent) -> Result<(), store::Error> {
    release::requeue_all(app, agent.user, &agent.name, AgentGone::ConnectionLost).await?;
    // Only now is the loss over: after a crash in between, the next round finds it again.
    let mut batch = Batch::new();
    agent::give_up(&mut batch, agent.user, app.clock.now());
    commit(app, batch).await
}

/// A stream of the agent opened: from now on its loss counts, and a lost agent is back.
pub async fn stream_opened(app: &Engine, user: UserId) -> Result<(), store::Error> {
    let Some(known) = app.roster().get(user).cloned() else { return Ok(()) };
    let at = app.clock.now();
    let mut batch = Batch::new();
    match known.stream_opened() {
        Some(StreamOpened::Back) => agent::come_back(&mut batch, user, at),
        Some(StreamOpened::Counts) => agent::count_streams(&mut batch, user, at),
        None => return Ok(()),
    }
    commit(app, batch).await
}

async fn commit(app: &Engine, batch: Batch) -> Result<(), store::Error> {
    commit_if_first(&app.store, batch).await?;
    app.reload_agents().await
}
