//! Routing: offers waiting conversations to agents, one to one, the longest-waiting of the highest priority first.
//!
//! Offers are made only here, so an agent's capacity has one owner. The rules are `domain::routing`; this file reads
//! who is waiting and who is free, and carries out the result.

use std::collections::{BTreeSet, HashSet};

use domain::agent::{Agent, Status};
use domain::id::{ConversationId, QueueId};
use domain::routing::{Candidate, Waiting, assign};
use store::Signal;
use store::table::conversation;

use crate::directory::Directory;
use crate::engine::Engine;
use crate::turns::{ignore_refusal, play};
use crate::worker::{Context, Next, Schedule, Worker};

/// Customers that are looked at in one round, of queues with an agent who has room; the others are behind them in any case.
const LOOKED_AT: i64 = 1_000;
/// Customers of queues without an agent that are looked at in one round; the next round continues behind them.
const LOOKED_AT_ELSEWHERE: i64 = 200;

/// Makes offers.
#[derive(Debug)]
pub struct Routing {
    app: Engine,
    /// Up to where those of queues without an agent were looked at.
    elsewhere: ConversationId,
}

impl Worker for Routing {
    const SCHEDULE: Schedule = Schedule::new("routing", Some(Signal::Routing));

    fn new(app: &Engine) -> Self {
        Self { app: app.clone(), elsewhere: ConversationId(0) }
    }

    async fn round(&mut self, _: &Context) -> Result<Next, store::Error> {
        round(&self.app).await?;
        self.elsewhere = inform(&self.app, self.elsewhere).await?;
        Ok(Next::Poll)
    }
}

/// Ends offers of those who went away, then offers what waits.
async fn round(app: &Engine) -> Result<(), store::Error> {
    app.reload_agents().await?;
    let (directory, roster) = (app.directory(), app.roster());

    let mut loads = conversation::loads(&app.store).await?;
    // Those who are shown an offer: the next comes when they have answered.
    let mut busy = HashSet::new();
    for it in conversation::offered(&app.store).await? {
        let Some(offer) = &it.data.offer else { continue };
        let to = roster.get(offer.agent);
        let stays = match &offer.transfer {
            None => to.is_some_and(Agent::takes_chats),
            // A colleague on pause is at work, and asked by a person.
            Some(_) => to.is_some_and(|agent| agent.active && agent.status != Status::Offline),
        };
        if stays {
            busy.insert(offer.agent);
            *loads.entry(offer.agent).or_default() += 1;
            // It may come back to who sent it.
            if let Some(sender) = it.sender() {
                *loads.entry(sender).or_default() += 1;
            }
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

    let agents: Vec<Candidate> = roster
        .available()
        .map(|agent| Candidate {
            agent: agent.user,
            queues: directory.served_by(agent.user, agent.role),
            free: !busy.contains(&agent.user)
                && agent.capacity > loads.get(&agent.user).copied().unwrap_or_default(),
            idle_since: agent.idle_since,
            present: true,
        })
        .collect();
    // However many wait where no agent has room: they hide no one.
    let free = agents.iter().filter(|agent| agent.free).flat_map(|agent| agent.queues.iter().copied());
    let queues: Vec<QueueId> = free.collect::<BTreeSet<_>>().into_iter().collect();
    if queues.is_empty() {
        return Ok(());
    }
    let first = first_queue(&directory);
    let line = conversation::waiting(&app.store, &queues, first, LOOKED_AT).await?;
    let waiting: Vec<Waiting> = line
        .iter()
        .filter_map(|it| {
            Some(Waiting {
                conversation: it.id,
                queue: it.queue.or(first)?,
                priority: it.priority,
                since: it.queued_at.unwrap_or(it.created_at),
                refused: it.data.refused.clone(),
                refused_at: it.data.refused_at,
            })
        })
        .collect();
    let at = app.clock.now();
    for (id, agent) in assign(&waiting, &agents, at) {
        // The queues keep them apart already; this checks once more that a guest gets no customer.
        let stranger = roster.get(agent).is_some_and(|agent| {
            let viewer = directory.viewer(agent);
            line.iter().any(|it| it.id == id && !viewer.may_hold(it))
        });
        if stranger {
            continue;
        }
        let shown = roster.get(agent).is_none_or(|agent| !app.presence.confirms_offers(agent));
        ignore_refusal(play(app, id, |turn| turn.offer(agent, shown)).await)?;
    }
    Ok(())
}

/// Where a conversation of no queue waits.
fn first_queue(directory: &Directory) -> Option<QueueId> {
    directory.queues.iter().find(|queue| !queue.isolated).map(|queue| queue.id)
}

/// The last agent of a queue went away: those who wait in it are informed. Looks behind `after` and answers where the next
/// look begins.
async fn inform(app: &Engine, after: ConversationId) -> Result<ConversationId, store::Error> {
    let (directory, roster) = (app.directory(), app.roster());
    let served: Vec<QueueId> =
        directory.queues.iter().filter(|queue| roster.online(queue) > 0).map(|queue| queue.id).collect();
    let first = first_queue(&directory);
    let line = conversation::waiting_elsewhere(&app.store, &served, first, after, LOOKED_AT_ELSEWHERE).await?;
    for it in line.iter().filter(|it| it.data.nobody_text.is_some()) {
        let informed = play(app, it.id, |turn| {
            turn.nobody_is_online();
            Ok(())
        });
        ignore_refusal(informed.await)?;
    }
    // Behind the last one it begins again.
    Ok(line.last().map_or(ConversationId(0), |last| last.id))
}
