//! Who gets which conversation: waiting customers on one side, agents with room on the other, pairs as the result. It
//! only proposes; the state machine and the store make sure that a conversation is offered to one agent at a time.
//!
//! The order is total, so the same situation always gives the same pairs, in whatever order it is passed in.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::id::{ConversationId, QueueId, UserId};
use crate::time::Micros;

/// How an agent is chosen for a conversation of a queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// The agent who has been without a new conversation for longest.
    #[default]
    LongestIdle,
}

impl Strategy {
    /// The word of the API and the store.
    pub fn word(self) -> &'static str {
        match self {
            Strategy::LongestIdle => "longest_idle",
        }
    }

    /// Reads the word of the API and the store.
    pub fn from_word(word: &str) -> Option<Self> {
        (word == Strategy::LongestIdle.word()).then_some(Strategy::LongestIdle)
    }
}

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
}

/// An agent who might take one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub agent: UserId,
    /// The queues that they serve.
    pub queues: Vec<QueueId>,
    /// How many conversations more they have room for; offers count as taken.
    pub free: u32,
    /// Since when they have had nothing new.
    pub idle_since: Micros,
    /// Online, with a browser that is there.
    pub present: bool,
}

/// An agent's place while pairs are made.
struct Seat {
    agent: UserId,
    free: u32,
    /// Turns within this call come after everybody who had none; then idle time; then the id.
    order: (u64, Micros, UserId),
}

/// Pairs waiting conversations with agents: highest priority first, then longest waiting, each to the longest-idle
/// agent who serves the queue, has room, and has not refused it in this round. A chosen agent goes to the end of the
/// order.
///
/// A round ends when every present agent of the queue has refused as often as the others; then all are asked again,
/// the one who refused last only if no other agent has room. While an agent of the round is merely full, the
/// conversation waits for them instead of being offered to the same agent twice.
pub fn assign(waiting: &[Waiting], agents: &[Candidate]) -> Vec<(ConversationId, UserId)> {
    let mut seats: Vec<Seat> = Vec::new();
    let mut serving: HashMap<QueueId, Vec<usize>> = HashMap::new();
    // By id: a twin in the list counts once.
    let present: BTreeMap<UserId, &Candidate> =
        agents.iter().rev().filter(|agent| agent.present).map(|agent| (agent.agent, agent)).collect();
    for (id, agent) in present {
        let seat = seats.len();
        seats.push(Seat { agent: id, free: agent.free, order: (0, agent.idle_since, id) });
        for queue in agent.queues.iter().collect::<HashSet<_>>() {
            serving.entry(*queue).or_default().push(seat);
        }
    }

    let mut line: Vec<&Waiting> = waiting.iter().collect();
    line.sort_by_key(|one| (Reverse(one.priority), one.since, one.conversation));

    let mut room: u64 = seats.iter().map(|seat| u64::from(seat.free)).sum();
    let mut served = HashSet::new();
    let mut pairs = Vec::new();
    for one in line {
        if room == 0 {
            break;
        }
        if served.contains(&one.conversation) {
            continue;
        }
        let Some(team) = serving.get(&one.queue) else {
            continue;
        };
        let Some(seat) = choose(one, team, &seats) else {
            continue;
        };
        let turn = pairs.len() as u64 + 1;
        let seat = &mut seats[seat];
        seat.free -= 1;
        seat.order.0 = turn;
        room -= 1;
        served.insert(one.conversation);
        pairs.push((one.conversation, seat.agent));
    }
    pairs
}

/// The seat for this conversation, if anybody may have it now.
fn choose(one: &Waiting, team: &[usize], seats: &[Seat]) -> Option<usize> {
    let refusals = |seat: usize| one.refused.iter().filter(|agent| **agent == seats[seat].agent).count();
    let round = if one.refused.is_empty() { 0 } else { team.iter().map(|seat| refusals(*seat)).min()? };
    let last = one.refused.last();
    team.iter()
        .copied()
        .filter(|seat| seats[*seat].free > 0)
        .filter(|seat| one.refused.is_empty() || refusals(*seat) == round)
        .min_by_key(|seat| (last == Some(&seats[*seat].agent), seats[*seat].order))
}

#[cfg(test)]
#[path = "routing/tests.rs"]
mod tests;
