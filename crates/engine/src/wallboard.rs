//! The wallboard: queues and agents now, and their figures of today. It is read from indexed rows of today, never
//! from all conversations. Streams of users who may see it get it again when it has changed, at most once a second.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use domain::agent::{Agent, Status};
use domain::id::{QueueId, UserId};
use domain::time::{Micros, SECOND};
use store::Signal;
use store::table::agent::Handled;
use store::table::conversation::Waiting;
use store::table::queue::Queue;
use store::table::queue_wait::Waits;
use store::table::{agent, conversation, queue_wait};
use tokio::sync::watch;

use crate::alerts;
use crate::clock::rfc3339;
use crate::engine::Engine;
use crate::hub::{Audience, Shown};
use crate::view::LiveEvent;
use crate::view::wallboard::{AgentFigures, QueueAlert, QueueFigures, WallboardView};
use crate::worker::{Context, Next, Schedule, Worker};

/// How often changes that only depend on time are checked, such as a late answer.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// The wallboard without what changes every second.
#[derive(Debug, Clone, PartialEq)]
struct Figures {
    queues: Vec<OfQueue>,
    agents: Vec<AgentFigures>,
    alerts: Vec<QueueAlert>,
}

#[derive(Debug, Clone, PartialEq)]
struct OfQueue {
    id: QueueId,
    name: String,
    waiting: Waiting,
    online: usize,
    free: usize,
    paused: usize,
    waits: Waits,
}

/// The wallboard now.
pub async fn read(app: &Engine) -> Result<WallboardView, store::Error> {
    Ok(figures(app).await?.shown(app.clock.now()))
}

async fn figures(app: &Engine) -> Result<Figures, store::Error> {
    let (directory, at, store) = (app.directory(), app.clock.now(), &app.store);
    let today = directory.day(at).start;
    let agents = agent::list(store).await?;
    let agents: Vec<Agent> = agents.into_iter().filter(|agent| agent.active).collect();
    let offered = conversation::offered_counts(store).await?;
    let waiting = conversation::waiting_counts(store).await?;
    let waits = queue_wait::since(store, today, at).await?;
    let handled = conversation::handled(store, today).await?;
    let answered = agent::answered_on(store, today).await?;
    let queues = directory.queues.iter().map(|queue| OfQueue {
        waiting: waiting.get(&queue.id).copied().unwrap_or_default(),
        waits: waits.get(&queue.id).copied().unwrap_or_default(),
        ..of_queue(queue, &agents, &offered)
    });
    Ok(Figures {
        queues: queues.collect(),
        agents: agents.iter().map(|agent| of_agent(agent, &offered, &answered, &handled)).collect(),
        alerts: alerts::all(app).await?,
    })
}

fn of_queue(queue: &Queue, agents: &[Agent], offered: &HashMap<UserId, i64>) -> OfQueue {
    let serves = |agent: &&Agent| queue.service.includes(agent.user, agent.role, &agent.qualifications);
    let of_status = |status| agents.iter().filter(serves).filter(move |agent| agent.status == status);
    let is_free = |agent: &&Agent| agent.open < agent.capacity && !offered.contains_key(&agent.user);
    OfQueue {
        id: queue.id,
        name: queue.name.clone(),
        waiting: Waiting::default(),
        online: of_status(Status::Online).count(),
        free: of_status(Status::Online).filter(is_free).count(),
        paused: of_status(Status::Pause).count(),
        waits: Waits::default(),
    }
}

fn of_agent(
    agent: &Agent,
    offered: &HashMap<UserId, i64>,
    answered: &HashMap<UserId, i64>,
    handled: &HashMap<UserId, Handled>,
) -> AgentFigures {
    let user = agent.user;
    AgentFigures {
        id: user,
        name: agent.name.clone(),
        status: agent.status,
        cause: agent.cause.clone(),
        limit_at: agent.limit_at.map(rfc3339),
        since: rfc3339(agent.since),
        open: agent.open,
        offered: offered.get(&user).copied().unwrap_or_default(),
        answered_today: answered.get(&user).copied().unwrap_or_default(),
        average_handling_seconds: handled.get(&user).map(|it| it.duration / it.count.max(1) / SECOND),
    }
}

impl Figures {
    fn shown(self, now: Micros) -> WallboardView {
        let shown = |it: OfQueue| QueueFigures {
            longest_wait_seconds: it.waiting.oldest_since.map_or(0, |since| now.since(since).max(0) / SECOND),
            waiting: it.waiting.count,
            id: it.id,
            name: it.name,
            online: it.online,
            free: it.free,
            busy: it.online - it.free,
            paused: it.paused,
            answered_today: it.waits.answered,
            abandoned_today: it.waits.abandoned,
            service_level: service_level(it.waits),
        };
        WallboardView {
            queues: self.queues.into_iter().map(shown).collect(),
            agents: self.agents,
            alerts: self.alerts,
        }
    }
}

/// The share of those with a target who got their answer in time, to a thousandth.
fn service_level(waits: Waits) -> Option<f64> {
    let in_time = (waits.with_target - waits.late).saturating_mul(1_000).checked_div(waits.with_target)?;
    Some(f64::from(i32::try_from(in_time).unwrap_or(0)) / 1_000.0)
}

/// Passes the wallboard on to those who may see it.
#[derive(Debug)]
pub struct Wallboard {
    app: Engine,
    signal: watch::Receiver<u64>,
    /// What was last sent to the streams, and when; None if there were no streams.
    last: Option<(Figures, Instant)>,
}

impl Worker for Wallboard {
    const SCHEDULE: Schedule =
        Schedule { rest: Duration::from_secs(1), ..Schedule::new("wallboard", Some(Signal::Events)) };

    fn new(app: &Engine) -> Self {
        Self { app: app.clone(), signal: app.store.signals().subscribe(Signal::Events), last: None }
    }

    async fn round(&mut self, _: &Context) -> Result<Next, store::Error> {
        if !self.app.hub.has_supervisors() {
            self.last = None;
            return Ok(Next::Poll);
        }
        let changed = self.signal.has_changed().unwrap_or(false);
        if !changed && self.last.as_ref().is_some_and(|(_, read)| read.elapsed() < LOOK_AGAIN) {
            return Ok(Next::Poll);
        }
        self.signal.borrow_and_update();
        let figures = figures(&self.app).await?;
        if self.last.as_ref().is_none_or(|(last, _)| *last != figures) {
            let event = LiveEvent::Wallboard(figures.clone().shown(self.app.clock.now()));
            // Without a place: it is built from many events, and a browser that reconnects reads it again.
            let (kind, data) = (event.name(), event.data());
            self.app.hub.tell(Shown { place: None, kind, data, audience: Audience::Supervisors });
        }
        self.last = Some((figures, Instant::now()));
        Ok(Next::Poll)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_level_is_a_share_of_those_with_a_target() {
        let level =
            |with_target, late| service_level(Waits { answered: 9, with_target, late, ..Waits::default() });
        assert_eq!(level(0, 0), None);
        assert_eq!(
            (level(4, 0), level(4, 1), level(3, 1), level(2, 2)),
            (Some(1.0), Some(0.75), Some(0.666), Some(0.0))
        );
    }
}
