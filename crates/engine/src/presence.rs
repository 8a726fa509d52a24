//! Lost browsers: an agent whose last event stream has been closed for 10 s, or who has sent no heartbeat for 60 s,
//! is lost. Their offers move on at once, their conversations after the queue's `lost_after_seconds`. An agent who
//! comes back within 120 s continues as before.
//!
//! An agent who went offline keeps their conversations while their browser is open; after it is closed for the same
//! time, these go to others too. No conversation stays with an agent who has left for good.

use std::time::{Duration, Instant};

use domain::agent::{Agent, COME_BACK, Reason, Status, StreamOpened};
use domain::conversation::Conversation;
use domain::id::UserId;
use domain::thread_event::AgentGone;
use domain::time::SECOND;
use store::Batch;
use store::table::agent;
use store::table::queue::Queue;

use crate::engine::Engine;
use crate::optimistic::commit_if_first;
use crate::release;
use crate::worker::{Context, Next, Schedule, Worker};

/// Rounds further apart than this mean that the process or the machine was suspended.
const STOOD_STILL: Duration = Duration::from_secs(3);

/// Looks for lost browsers.
#[derive(Debug)]
pub struct Presence {
    app: Engine,
    last_round: Instant,
}

impl Worker for Presence {
    const SCHEDULE: Schedule = Schedule { poll: Duration::from_millis(500), ..Schedule::new("presence", None) };

    fn new(app: &Engine) -> Self {
        app.presence.begin();
        Self { app: app.clone(), last_round: Instant::now() }
    }

    fn after_panic(self, _: &Engine) -> Self {
        self
    }

    async fn round(&mut self, _: &Context) -> Result<Next, store::Error> {
        let gap = self.last_round.elapsed();
        self.last_round = Instant::now();
        if gap > STOOD_STILL {
            self.app.presence.forgive(i64::try_from(gap.as_micros()).unwrap_or(i64::MAX));
        }
        round(&self.app).await.map(|()| Next::Poll)
    }
}

async fn round(app: &Engine) -> Result<(), store::Error> {
    let at = app.clock.now();
    for agent in app.roster().iter().filter(|agent| agent.streamed) {
        let user = agent.user;
        if agent.status != Status::Offline {
            if app.presence.is_lost(user) {
                write(app, |batch| agent::lose(batch, user, at)).await?;
            }
            continue;
        }
        match agent.lost_at {
            Some(lost_at) => give_up(app, agent, app.presence.gone_for(user, lost_at, at)).await?,
            None if agent.open > 0 && app.presence.is_closed(user) => {
                write(app, |batch| agent::go(batch, user, at)).await?;
            }
            _ => {}
        }
    }
    // A crash may have happened before their conversations were handed over.
    for left in agent::left(&app.store).await? {
        let cause = if left.active { AgentGone::NotAgent } else { AgentGone::Deactivated };
        hand_over(app, left.user, &left.name, cause).await?;
    }
    Ok(())
}

/// They have been gone for `gone` microseconds: conversations of queues with a shorter limit go to others. Once
/// nothing is left, the loss ends.
async fn give_up(app: &Engine, agent: &Agent, gone: i64) -> Result<(), store::Error> {
    let directory = app.directory();
    let lost_after = |queue: &Queue| queue.settings.lost_after_seconds * SECOND;
    if directory.queues.iter().map(lost_after).chain([COME_BACK]).min().is_some_and(|first| gone < first) {
        return Ok(());
    }
    let lost = agent.reason == Some(Reason::Lost);
    let cause = if lost { AgentGone::ConnectionLost } else { AgentGone::WentOffline };
    let is_due = |it: &Conversation| {
        let queue = it.queue.and_then(|id| directory.queue(id));
        gone >= queue.map_or(COME_BACK, lost_after)
    };
    let none_left = release::requeue(app, agent.user, &agent.name, cause, is_due).await?;
    if none_left && gone >= COME_BACK { end_loss(app, agent.user).await } else { Ok(()) }
}

/// Gives the conversations of an agent who has left to others. What could not be moved now is moved in the next
/// round.
pub async fn hand_over(app: &Engine, user: UserId, name: &str, cause: AgentGone) -> Result<(), store::Error> {
    if !release::requeue_all(app, user, name, cause).await? {
        return Ok(());
    }
    end_loss(app, user).await
}

/// A loss ends only when nothing is left: after a crash in between, the next round finds it again.
async fn end_loss(app: &Engine, user: UserId) -> Result<(), store::Error> {
    let at = app.clock.now();
    write(app, |batch| agent::give_up(batch, user, at)).await
}

/// A stream of the agent opened: from now on, losing it counts, and a lost agent is back.
pub async fn stream_opened(app: &Engine, user: UserId) -> Result<(), store::Error> {
    let roster = app.roster();
    let Some(agent) = roster.get(user) else { return Ok(()) };
    let Some(what) = agent.stream_opened() else { return Ok(()) };
    let at = app.clock.now();
    match what {
        StreamOpened::Back { lost_at } if app.presence.is_given_up(user, lost_at, at) => {
            // Too late to become online automatically. What has not gone to others yet is still theirs.
            give_up(app, agent, app.presence.gone_for(user, lost_at, at)).await?;
            end_loss(app, user).await
        }
        StreamOpened::Back { lost_at } => write(app, |batch| agent::come_back(batch, user, lost_at, at)).await,
        StreamOpened::StillThere => end_loss(app, user).await,
        StreamOpened::Counts => write(app, |batch| agent::count_streams(batch, user, at)).await,
    }
}

/// A screen of the user reports that it is open, and whether it is visible. An agent who was lost although their
/// stream is open is back.
pub async fn beat(app: &Engine, user: UserId, visible: Option<bool>) -> Result<(), store::Error> {
    app.presence.beat(user);
    if let Some(visible) = visible {
        app.presence.watches(user, visible);
    }
    if app.presence.streams(user) > 0 { stream_opened(app, user).await } else { Ok(()) }
}

async fn write(app: &Engine, change: impl FnOnce(&mut Batch)) -> Result<(), store::Error> {
    let mut batch = Batch::new();
    change(&mut batch);
    commit_if_first(&app.store, batch).await?;
    app.reload_agents().await
}
