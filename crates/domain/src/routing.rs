//! Who gets which conversation: waiting customers on one side, agents with free capacity on the other, pairs as the
//! result. It only proposes; the state machine and the store make sure that a conversation is offered to one agent at
//! a time.
//!
//! The order is total, so the same situation always gives the same pairs, in whatever order it is passed in. Customers who
//! may go to the same agents share a [`Pool`](pool::Pool): a decision sorts each pool once, and then looks at few agents
//! for each customer.

mod pool;
mod reason;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::id::{ConversationId, QueueId, UserId};
use crate::role::Role;
use crate::service::{Qualifications, Service};
use crate::time::{Micros, SECOND};
use crate::words::words;
use pool::Pool;

pub use reason::{Chosen, Reason, RoutingEntry};

/// How an agent is chosen for a conversation of a queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// The agent who has been without a new conversation for longest.
    #[default]
    LongestIdle,
    /// The agent who holds the fewest conversations.
    LeastBusy,
    /// Each agent in turn: the one whose last offer is the longest ago, whatever they have done since.
    RoundRobin,
    /// The agent with the highest level in the skills of the queue.
    SkillLevel,
}

words!(Strategy {
    LongestIdle = "longest_idle",
    LeastBusy = "least_busy",
    RoundRobin = "round_robin",
    SkillLevel = "skill_level",
});

/// How long an agent who declined or missed a conversation is not offered it again, even if they are the only one.
pub const PAUSE_AFTER_REFUSAL: i64 = 10 * SECOND;
/// How long a conversation waits for a busy colleague of the agents who refused it, before it is offered to those
/// agents again.
pub const WAIT_FOR_BUSY: i64 = 60 * SECOND;

/// How a queue finds its agents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// How one of several agents is chosen.
    pub strategy: Strategy,
    /// Who serves it.
    pub service: Service,
    /// The wait, in microseconds, that counts as much as one step of priority; None if waiting adds no priority.
    pub ageing: Option<i64>,
    /// How long, in microseconds, only the agent who knows the customer is tried.
    pub sticky: i64,
}

/// A conversation in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The conversation.
    pub conversation: ConversationId,
    /// The queue that it waits in.
    pub queue: QueueId,
    /// The channel that the customer uses.
    pub channel: Channel,
    /// Its priority; the higher goes first.
    pub priority: i64,
    /// Since when the customer waits.
    pub since: Micros,
    /// The agent who helped the customer before.
    pub former: Option<UserId>,
    /// Agents who declined or missed it, oldest first; an agent who did so twice is listed twice.
    pub refused: Vec<UserId>,
    /// When the last of them refused it.
    pub refused_at: Option<Micros>,
}

/// An agent who might get a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The agent.
    pub agent: UserId,
    /// Their role.
    pub role: Role,
    /// Their team and skills.
    pub qualifications: Qualifications,
    /// Whether they can get an offer: they have free capacity and no open offer.
    pub free: bool,
    /// The channels on which they have no free capacity.
    pub full: Vec<Channel>,
    /// How many conversations they hold.
    pub load: i64,
    /// Since when they have had no new conversation.
    pub idle_since: Micros,
    /// When they got their last offer.
    pub offered_at: Micros,
    /// Whether they are online, with a connected browser.
    pub present: bool,
}

/// A conversation that goes to an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The conversation.
    pub conversation: ConversationId,
    /// The agent.
    pub agent: UserId,
    /// Why this agent was chosen.
    pub chosen: Chosen,
}

/// Pairs waiting conversations with agents: highest priority first, then longest waiting, each to an agent who serves
/// the queue, is free, and has not refused it in this round; the queue's strategy decides which. An agent gets at
/// most one: the next is offered once they have answered. A wait of `ageing` counts as much as one step of priority.
///
/// A round ends when every present agent of the queue has refused as often as the others; then all are asked again,
/// the agent who refused last only if no other agent is free. While an agent of the round is merely busy, the
/// conversation waits for them for [`WAIT_FOR_BUSY`]. A conversation that all of them have refused moves behind the
/// customers who were waiting at that moment, so that it does not block them.
pub fn assign(
    rules: &HashMap<QueueId, Rules>,
    waiting: &[Waiting],
    agents: &[Candidate],
    now: Micros,
) -> Vec<Assignment> {
    // By id: a duplicate in the list counts once.
    let present: BTreeMap<UserId, &Candidate> =
        agents.iter().rev().filter(|agent| agent.present).map(|agent| (agent.agent, agent)).collect();
    let seats: Vec<&Candidate> = present.into_values().collect();
    let mut room = seats.iter().filter(|agent| agent.free).count();
    let mut taken = vec![false; seats.len()];

    let mut pools: Vec<Pool> = Vec::new();
    let mut known: HashMap<(QueueId, usize, Channel), usize> = HashMap::new();
    let mut line: Vec<Place<'_>> = Vec::with_capacity(waiting.len());
    for one in waiting {
        let Some(rules) = rules.get(&one.queue) else { continue };
        let waited = now.since(one.since);
        let key = (one.queue, rules.service.relaxed(waited), one.channel);
        let pool = *known.entry(key).or_insert_with(|| {
            pools.push(Pool::new(rules, &seats, one.channel, waited));
            pools.len() - 1
        });
        if pools[pool].is_served() {
            line.push(Place { one, rules, pool, rank: rank(one, rules, &pools[pool], now) });
        }
    }
    line.sort_unstable_by_key(|place| place.rank);

    let mut served = HashSet::new();
    let mut assignments = Vec::new();
    for Place { one, rules, pool, .. } in line {
        if room == 0 {
            break;
        }
        if served.contains(&one.conversation) {
            continue;
        }
        let pool = &mut pools[pool];
        let Some((seat, reason)) = choose(one, rules, pool, &taken, now) else { continue };
        let chosen = Chosen {
            reason: reason.unwrap_or_else(|| Reason::of(rules, seats[seat], now)),
            free: pool.free(&taken),
            relaxed: rules.service.relaxed(now.since(one.since)) > 0,
        };
        taken[seat] = true;
        room -= 1;
        served.insert(one.conversation);
        assignments.push(Assignment { conversation: one.conversation, agent: seats[seat].agent, chosen });
    }
    assignments
}

/// A waiting conversation and its rank.
struct Place<'a> {
    one: &'a Waiting,
    rules: &'a Rules,
    pool: usize,
    rank: Rank,
}

/// Lower goes first: the priority with what the wait adds to it, the beginning of the wait, the id.
type Rank = (Reverse<i128>, Micros, ConversationId);

fn rank(one: &Waiting, rules: &Rules, pool: &Pool, now: Micros) -> Rank {
    const STEP: i128 = 1_000_000_000;
    let since = one.refused_at.filter(|_| pool.all_refused(&one.refused)).unwrap_or(one.since);
    let aged = rules.ageing.filter(|ageing| *ageing > 0);
    let aged = aged.map_or(0, |ageing| i128::from(now.since(since)) * STEP / i128::from(ageing));
    (Reverse(i128::from(one.priority) * STEP + aged), since, one.conversation)
}

/// The seat for this conversation, if an agent may have it now; and the reason, if it is not the queue's strategy.
fn choose(
    one: &Waiting,
    rules: &Rules,
    pool: &mut Pool,
    taken: &[bool],
    now: Micros,
) -> Option<(usize, Option<Reason>)> {
    let former = one.former.filter(|former| pool.has(*former) && !one.refused.contains(former));
    if let Some(former) = former
        && now.since(one.since) < rules.sticky
    {
        return Some((pool.seat(former, taken)?, Some(Reason::FormerAgent)));
    }
    let refusals = pool.refusals(&one.refused);
    let ago = one.refused_at.map_or(i64::MAX, |at| now.since(at));
    if pool.len() > refusals.len() {
        if let Some(seat) = pool.first_free(taken, |agent| !refusals.contains_key(&agent)) {
            return Some((seat, None));
        }
        if ago < WAIT_FOR_BUSY {
            return None;
        }
    }
    // Every agent who could be asked now has refused.
    if ago < PAUSE_AFTER_REFUSAL {
        return None;
    }
    let last = one.refused.last();
    let free = |agent: &UserId| pool.place(*agent, taken);
    let round = refusals.iter().filter(|(agent, _)| ago < WAIT_FOR_BUSY || free(agent).is_some());
    let round = *round.map(|(_, count)| count).min()?;
    let asked = refusals.iter().filter(|(_, count)| **count == round).map(|(agent, _)| agent);
    let next = asked.filter_map(|agent| Some((last == Some(agent), free(agent)?))).min();
    next.map(|(_, place)| (pool.seat_at(place), Some(Reason::AskedAgain)))
}

#[cfg(test)]
#[path = "routing/simulation.rs"]
mod simulation;
#[cfg(test)]
#[path = "routing/tests.rs"]
mod tests;
