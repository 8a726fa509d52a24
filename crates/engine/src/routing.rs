//! Routing: offers waiting conversations to agents, one to one, the longest-waiting of the highest priority first.
//!
//! Offers are made only here, so an agent's capacity has one owner. The rules are `domain::routing`; this file reads
//! who is waiting and who is free, and carries out the result.

use std::collections::{HashMap, HashSet};

use domain::agent::{Agent, Status};
use domain::channel::Channel;
use domain::conversation::Conversation;
use domain::decision::OfferEnd;
use domain::id::{ConversationId, QueueId, UserId};
use domain::routing::{Assignment, Candidate, Rules, Waiting, assign};
use domain::time::{Micros, SECOND};
use domain::turn::Actor;
use store::Signal;
use store::table::conversation;
use store::table::queue::Queue;

use crate::directory::Directory;
use crate::engine::Engine;
use crate::roster::Roster;
use crate::turns::{ignore_refusal, play};
use crate::worker::{Context, Next, Schedule, Worker};

/// The number of customers per round, of queues with an agent who has free capacity.
const LOOKED_AT: i64 = 2_000;
/// The number of customers per round, queue and channel: the first by priority, and the first by wait. The others
/// come after them in any case.
const LOOKED_AT_EACH: i64 = 200;
/// The number of customers per round of queues without an agent; the next round continues after them.
const LOOKED_AT_ELSEWHERE: i64 = 200;

/// Makes offers.
#[derive(Debug)]
pub struct Routing {
    app: Engine,
    /// The place up to which customers of queues without an agent were checked.
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

/// Ends offers of agents who went away, then offers waiting conversations.
async fn round(app: &Engine) -> Result<(), store::Error> {
    app.reload_agents().await?;
    let (directory, roster) = (app.directory(), app.roster());
    let hands = Hands::read(app, &roster).await?;
    let agents: Vec<Candidate> = roster.available().map(|agent| hands.candidate(agent)).collect();
    // Only queues where an agent has free capacity, so that other queues do not hide their customers.
    let queues: Vec<QueueId> =
        directory.queues.iter().filter(|queue| has_room(queue, &agents)).map(|it| it.id).collect();
    if queues.is_empty() {
        return Ok(());
    }
    let first = first_queue(&directory);
    let line = conversation::waiting(&app.store, &queues, first, LOOKED_AT_EACH, LOOKED_AT).await?;
    let now = app.clock.now();
    let rules: HashMap<QueueId, Rules> =
        directory.queues.iter().map(|queue| (queue.id, rules_of(queue))).collect();
    let mut waiting = waiting(app, &line, first, &rules, now).await?;
    waiting.retain(|it| may_be_offered(&directory, it, now));
    for it in assign(&rules, &waiting, &agents, now) {
        let known = line.iter().find(|known| known.id == it.conversation);
        if let (Some(conversation), Some(agent)) = (known, roster.get(it.agent)) {
            offer(app, &directory, conversation, agent, it).await?;
        }
    }
    Ok(())
}

/// A customer who came while the queue was open is also served after it closes; one who came later waits until it
/// opens.
fn may_be_offered(directory: &Directory, it: &Waiting, now: Micros) -> bool {
    let queue = directory.queue(it.queue);
    queue.is_none_or(|queue| directory.is_open(queue, now) || directory.is_open(queue, it.since))
}

fn has_room(queue: &Queue, agents: &[Candidate]) -> bool {
    let serves = |agent: &&Candidate| queue.service.includes(agent.agent, agent.role, &agent.qualifications);
    agents.iter().filter(|agent| agent.free).any(|agent| serves(&agent))
}

async fn offer(
    app: &Engine,
    directory: &Directory,
    conversation: &Conversation,
    agent: &Agent,
    it: Assignment,
) -> Result<(), store::Error> {
    // The queues already ensure this; it checks once more that a guest gets no customer.
    if !directory.viewer(agent).may_hold(conversation) {
        return Ok(());
    }
    let to = Actor { user: agent.user, name: &agent.name, supervises: false };
    let shown = !app.presence.confirms_offers(agent);
    let queue = conversation.queue.and_then(|id| directory.queue(id));
    let accepts = queue.is_some_and(|queue| queue.settings.auto_accept);
    let offered = play(app, it.conversation, |turn| match accepts {
        true => turn.assign(to, it.chosen.clone()),
        false => turn.offer(to, shown, it.chosen.clone()),
    });
    let offered = offered.await;
    ignore_refusal(offered)?;
    Ok(())
}

/// The load of agents.
struct Hands {
    /// Conversations by channel: those they hold, and those they are offered.
    loads: HashMap<UserId, HashMap<Channel, i64>>,
    /// Agents with an open offer: the next comes when they have answered.
    asked: HashSet<UserId>,
}

impl Hands {
    /// Reads it, and ends the offers of agents who went away.
    async fn read(app: &Engine, roster: &Roster) -> Result<Self, store::Error> {
        let mut it = Self { loads: conversation::loads(&app.store).await?, asked: HashSet::new() };
        for offered in conversation::offered(&app.store).await? {
            for invitation in &offered.data.invitations {
                // A colleague on pause is at work, and was asked by a person.
                let colleague = roster.get(invitation.agent);
                if colleague.is_some_and(|agent| agent.active && agent.status != Status::Offline) {
                    it.asked.insert(invitation.agent);
                } else {
                    withdraw(app, offered.id, invitation.agent).await?;
                }
            }
            let Some(offer) = &offered.data.offer else { continue };
            let to = roster.get(offer.agent);
            let stays = match &offer.transfer {
                None => to.is_some_and(Agent::takes_chats),
                // A colleague on pause is at work, and was asked by a person.
                Some(_) => to.is_some_and(|agent| agent.active && agent.status != Status::Offline),
            };
            if !stays {
                withdraw(app, offered.id, offer.agent).await?;
                continue;
            }
            it.asked.insert(offer.agent);
            it.add(offer.agent, &offered);
            // It may go back to its sender.
            if let Some(sender) = offered.sender() {
                it.add(sender, &offered);
            }
        }
        Ok(it)
    }

    fn add(&mut self, agent: UserId, of: &Conversation) {
        *self.loads.entry(agent).or_default().entry(of.account.channel).or_default() += 1;
    }

    fn candidate(&self, agent: &Agent) -> Candidate {
        let loads = self.loads.get(&agent.user);
        let load = loads.map_or(0, |loads| loads.values().sum());
        let on = |channel: &Channel| loads.and_then(|loads| loads.get(channel)).copied().unwrap_or_default();
        let full = agent.capacity_by_channel.iter().filter(|(channel, limit)| on(channel) >= **limit);
        Candidate {
            agent: agent.user,
            role: agent.role,
            qualifications: agent.qualifications.clone(),
            free: !self.asked.contains(&agent.user) && agent.capacity > load,
            full: full.map(|(channel, _)| *channel).collect(),
            load,
            idle_since: agent.idle_since,
            offered_at: agent.offered_at,
            present: true,
        }
    }
}

async fn withdraw(app: &Engine, id: ConversationId, from: UserId) -> Result<(), store::Error> {
    let withdrawn = play(app, id, |turn| {
        if turn.conversation().data.offer.as_ref().is_some_and(|offer| offer.agent == from) {
            turn.withdraw_offer();
        }
        turn.end_invitation(from, OfferEnd::Withdrawn);
        Ok(())
    });
    ignore_refusal(withdrawn.await)?;
    Ok(())
}

fn rules_of(queue: &Queue) -> Rules {
    let settings = &queue.settings;
    Rules {
        strategy: settings.strategy,
        service: queue.service.clone(),
        ageing: settings.ageing_seconds.map(|seconds| seconds * SECOND),
        sticky: settings.sticky_seconds * SECOND,
    }
}

/// The waiting conversations, with the agents who helped the customers before where that matters.
async fn waiting(
    app: &Engine,
    line: &[Conversation],
    first: Option<QueueId>,
    rules: &HashMap<QueueId, Rules>,
    now: Micros,
) -> Result<Vec<Waiting>, store::Error> {
    let mut waiting: Vec<Waiting> = line
        .iter()
        .filter_map(|it| {
            Some(Waiting {
                conversation: it.id,
                queue: it.queue.or(first)?,
                channel: it.account.channel,
                priority: it.priority,
                since: it.queued_at.unwrap_or(it.created_at),
                former: it.last_agent,
                refused: it.data.refused.clone(),
                refused_at: it.data.refused_at,
            })
        })
        .collect();
    let sticks = |it: &&Waiting| {
        let sticky = rules.get(&it.queue).map_or(0, |rules| rules.sticky);
        it.former.is_none() && now.since(it.since) < sticky
    };
    let asked: Vec<ConversationId> = waiting.iter().filter(sticks).map(|it| it.conversation).collect();
    if !asked.is_empty() {
        let former = conversation::former_agents(&app.store, asked).await?;
        for it in &mut waiting {
            it.former = it.former.or(former.get(&it.conversation).copied());
        }
    }
    Ok(waiting)
}

/// The queue for conversations without one.
fn first_queue(directory: &Directory) -> Option<QueueId> {
    directory.queues.iter().find(|queue| !queue.is_isolated()).map(|queue| queue.id)
}

/// The last agent of a queue went away: informs the customers who wait in it. Starts after `after` and returns where
/// the next round begins.
async fn inform(app: &Engine, after: ConversationId) -> Result<ConversationId, store::Error> {
    let (directory, roster) = (app.directory(), app.roster());
    let served: Vec<QueueId> =
        directory.queues.iter().filter(|queue| roster.online(queue) > 0).map(|queue| queue.id).collect();
    let first = first_queue(&directory);
    let line = conversation::waiting_elsewhere(&app.store, &served, first, after, LOOKED_AT_ELSEWHERE).await?;
    let now = app.clock.now();
    for it in line.iter().filter(|it| it.data.nobody_text.is_some() && !it.keeps_quiet(now)) {
        let informed = play(app, it.id, |turn| {
            turn.nobody_is_online();
            Ok(())
        });
        ignore_refusal(informed.await)?;
    }
    // After the last one it begins again.
    Ok(line.last().map_or(ConversationId(0), |last| last.id))
}
