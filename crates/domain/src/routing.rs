//! Who gets which conversation: waiting customers on one side, agents with room on the other, pairs as the result. It
//! only proposes; the state machine and the store make sure that a conversation is offered to one agent at a time.
//!
//! The order is total, so the same situation always gives the same pairs, in whatever order it is passed in.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::id::{ConversationId, QueueId, UserId};
use crate::time::{Micros, SECOND};
use crate::words::words;

/// How an agent is chosen for a conversation of a queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// The agent who has been without a new conversation for longest.
    #[default]
    LongestIdle,
}

words!(Strategy {
    LongestIdle = "longest_idle",
});

/// Who declined or missed a conversation is not shown it again sooner, even if they are the only one.
pub const PAUSE_AFTER_REFUSAL: i64 = 10 * SECOND;
/// How long a conversation waits for a busy colleague of those who refused it, before it is shown to them again.
pub const WAIT_FOR_BUSY: i64 = 60 * SECOND;

/// A conversation in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Which one.
    pub conversation: ConversationId,
    /// The queue that it waits in.
    pub queue: QueueId,
    /// The queue's priority; the higher goes first.
    pub priority: i64,
    /// Since when the customer waits.
    pub since: Micros,
    /// Agents who declined or missed it, oldest first; an agent who did so twice is listed twice.
    pub refused: Vec<UserId>,
    /// When the last of them did.
    pub refused_at: Option<Micros>,
}

impl Waiting {
    fn refusals(&self, agent: UserId) -> usize {
        self.refused.iter().filter(|refused| **refused == agent).count()
    }

    fn since_refusal(&self, now: Micros) -> i64 {
        self.refused_at.map_or(i64::MAX, |at| now.since(at))
    }
}

/// An agent who might take one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub agent: UserId,
    /// The queues that they serve.
    pub queues: Vec<QueueId>,
    /// Whether they can be shown an offer: they have room for a conversation, and no offer is open.
    pub free: bool,
    /// Since when they have had nothing new.
    pub idle_since: Micros,
    /// Online, with a browser that is there.
    pub present: bool,
}

/// Pairs waiting conversations with agents: highest priority first, then longest waiting, each to the longest-idle
/// agent who serves the queue, is free, and has not refused it in this round. An agent gets one at most: the next is shown
/// when they have answered.
///
/// A round ends when every present agent of the queue has refused as often as the others; then all are asked again,
/// the one who refused last only if no other agent is free. While an agent of the round is merely busy, the
/// conversation waits for them for [`WAIT_FOR_BUSY`]. A conversation that all of them have refused stands behind those who
/// waited at that moment, so that no customer is kept from an agent by one whom the agent does not take.
pub fn assign(waiting: &[Waiting], agents: &[Candidate], now: Micros) -> Vec<(ConversationId, UserId)> {
    let mut seats: Vec<&Candidate> = Vec::new();
    let mut serving: HashMap<QueueId, Vec<usize>> = HashMap::new();
    // By id: a twin in the list counts once.
    let present: BTreeMap<UserId, &Candidate> =
        agents.iter().rev().filter(|agent| agent.present).map(|agent| (agent.agent, agent)).collect();
    for agent in present.into_values() {
        for queue in agent.queues.iter().collect::<HashSet<_>>() {
            serving.entry(*queue).or_default().push(seats.len());
        }
        seats.push(agent);
    }
    let mut free: Vec<bool> = seats.iter().map(|agent| agent.free).collect();
    let room = free.iter().filter(|free| **free).count();

    let mut line: Vec<(&Waiting, &[usize])> =
        waiting.iter().filter_map(|one| serving.get(&one.queue).map(|team| (one, team.as_slice()))).collect();
    line.sort_by_cached_key(|(one, team)| {
        let all_refused = team.iter().all(|seat| one.refusals(seats[*seat].agent) > 0);
        let place = one.refused_at.filter(|_| all_refused).unwrap_or(one.since);
        (Reverse(one.priority), place, one.conversation)
    });

    let mut served = HashSet::new();
    let mut pairs = Vec::new();
    for (one, team) in line {
        if pairs.len() == room {
            break;
        }
        if served.contains(&one.conversation) {
            continue;
        }
        let Some(seat) = choose(one, team, &seats, &free, now) else { continue };
        free[seat] = false;
        served.insert(one.conversation);
        pairs.push((one.conversation, seats[seat].agent));
    }
    pairs
}

/// The seat for this conversation, if an agent may have it now.
fn choose(one: &Waiting, team: &[usize], seats: &[&Candidate], free: &[bool], now: Micros) -> Option<usize> {
    let refusals = |seat: usize| one.refusals(seats[seat].agent);
    let ago = one.since_refusal(now);
    let counts = |seat: usize| free[seat] || ago < WAIT_FOR_BUSY;
    let round = team.iter().filter(|seat| counts(**seat)).map(|seat| refusals(*seat)).min()?;
    let last = one.refused.last();
    team.iter()
        .copied()
        .filter(|seat| free[*seat] && refusals(*seat) == round)
        .filter(|seat| refusals(*seat) == 0 || ago >= PAUSE_AFTER_REFUSAL)
        .min_by_key(|seat| (last == Some(&seats[*seat].agent), seats[*seat].idle_since, seats[*seat].agent))
}

#[cfg(test)]
#[path = "routing/tests.rs"]
mod tests;
