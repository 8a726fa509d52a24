//! Routing: offers waiting conversations to agents, one to one, the longest-waiting of the highest priority first.
//!
//! Offers are made only here, so an agent's capacity has one owner. The rules are `domain::routing`; this file reads
//! who is waiting and who is free, and carries out the result.

use std::collections::HashMap;

use domain::agent::Agent;
use domain::id::QueueId;
use domain::routing::{Candidate, Waiting, assign};
use domain::time::SECOND;
use store::Signal;
use store::table::conversation;

use crate::engine::Engine;
use crate::turns::{ignore_refusal, play};
use crate::worker::{Context, Next, Schedule, Worker};

/// Customers that are looked at in one round; the others are behind them in any case.
const LOOKED_AT: i64 = 1_000;
/// Who declined or missed a conversation is not shown it again sooner, even if they are the only one.
const BREATH: i64 = 10 * SECOND;

/// Makes offers.
#[derive(Debug)]
pub struct Routing(Engine);

impl Worker for Routing {
    const SCHEDULE: Schedule = Schedule::new("routing", Some(Signal::Routing));

    fn new(app: &Engine) -> Self {
        Self(app.clone())
    }

    async fn round(&mut self, _: &Context) -> Result<Next, store::Error> {
        round(&self.0).await.map(|()| Next::Poll)
    }
}

/// Ends offers of those who went away, then offers what waits.
pub async fn round(app: &Engine) -> Result<(), store::Error> {
    app.reload_agents().await?;
    let (directory, roster) = (app.directory(), app.roster());

    let mut loads = conversation::loads(&app.store).await?;
    for it in conversation::offered(&app.store).await? {
        let Some(offer) = &it.data.offer else { continue };
        if roster.get(offer.agent).is_some_and(Agent::takes_chats) {
            *loads.entry(offer.agent).or_default() += 1;
            continue;
        }
        let to = offer.agent;
        let withdrawn = play(app, it.id, |turn| {
            if turn.conversation().data.offer.as_ref().is_some_and(|offer| offer.agent == to) {
                turn.withdraw_offer();
            }
            Ok(())
        });
        ignore_refusal(withdrawn.await)?;
    }

    let line = conversation::waiting(&app.store, LOOKED_AT).await?;
    if line.is_empty() {
        return Ok(());
    }
    let served: HashMap<QueueId, bool> =
        directory.queues.iter().map(|queue| (queue.id, roster.online(queue) > 0)).collect();
    let at = app.clock.now();
    let mut waiting = Vec::with_capacity(line.len());
    for it in &line {
        let first = || directory.queues.iter().find(|queue| !queue.isolated).map(|queue| queue.id);
        let Some(queue) = it.queue.or_else(first) else { continue };
        if !served.get(&queue).copied().unwrap_or(false) {
            if it.data.nobody_text.is_some() {
                let informed = play(app, it.id, |turn| {
                    turn.nobody_is_online();
                    Ok(())
                });
                ignore_refusal(informed.await)?;
            }
            continue;
        }
        waiting.push(Waiting {
            conversation: it.id,
            queue,
            priority: it.priority,
            since: it.queued_at.unwrap_or(it.created_at),
            refused: it.data.refused.clone(),
        });
    }
    let agents: Vec<Candidate> = roster
        .available()
        .map(|agent| Candidate {
            agent: agent.user,
            queues: directory.served_by(agent.user, agent.role),
            free: u32::try_from(agent.capacity - loads.get(&agent.user).copied().unwrap_or(0)).unwrap_or(0),
            idle_since: agent.idle_since,
            present: true,
        })
        .collect();
    for (id, agent) in assign(&waiting, &agents) {
        let again = line.iter().find(|it| it.id == id).is_some_and(|it| {
            it.data.refused.contains(&agent) && it.data.refused_at.is_some_and(|last| at.since(last) < BREATH)
        });
        // The queues keep them apart already; this checks once more that a guest gets no customer.
        let stranger = roster.get(agent).is_some_and(|agent| {
            let viewer = directory.viewer(agent);
            line.iter().any(|it| it.id == id && !viewer.may_hold(it))
        });
        if again || stranger {
            continue;
        }
        ignore_refusal(play(app, id, |turn| turn.offer(agent)).await)?;
    }
    Ok(())
}
