//! The agents who may get the customers of one queue, one channel and one degree of relaxation.

use std::collections::{BTreeMap, HashMap};

use super::{Candidate, Rules, Strategy};
use crate::channel::Channel;
use crate::id::UserId;
use crate::time::Micros;

/// Agents, ordered by the queue's strategy. Agents who get a conversation in this decision stay in the pool; callers
/// pass them as `taken`.
pub(super) struct Pool {
    /// Seats of the agents with free capacity, best first.
    order: Vec<usize>,
    /// The agent of each place in `order`.
    agents: Vec<UserId>,
    /// Everyone who is present, with their place in `order` if they have free capacity.
    places: HashMap<UserId, Option<usize>>,
    /// All places before this one are taken.
    first: usize,
}

impl Pool {
    /// The pool for customers who have waited this many microseconds.
    pub(super) fn new(rules: &Rules, seats: &[&Candidate], channel: Channel, waited: i64) -> Self {
        let mut places = HashMap::new();
        let mut order: Vec<usize> = Vec::new();
        for (seat, agent) in seats.iter().enumerate() {
            if rules.service.takes(agent.agent, agent.role, &agent.qualifications, waited) {
                places.insert(agent.agent, None);
                if agent.free && !agent.full.contains(&channel) {
                    order.push(seat);
                }
            }
        }
        order.sort_by_cached_key(|seat| preference(rules, seats[*seat]));
        let agents: Vec<UserId> = order.iter().map(|seat| seats[*seat].agent).collect();
        for (place, agent) in agents.iter().enumerate() {
            places.insert(*agent, Some(place));
        }
        Self { order, agents, places, first: 0 }
    }

    /// Whether an agent is present, with or without free capacity.
    pub(super) fn is_served(&self) -> bool {
        !self.places.is_empty()
    }

    /// How many are present.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether an agent is one of them.
    pub(super) fn has(&self, agent: UserId) -> bool {
        self.places.contains_key(&agent)
    }

    /// How many have free capacity and are not taken.
    pub(super) fn free(&self, taken: &[bool]) -> usize {
        self.order.iter().filter(|seat| !taken[**seat]).count()
    }

    /// The place of an agent who has free capacity and is not taken.
    pub(super) fn place(&self, agent: UserId, taken: &[bool]) -> Option<usize> {
        self.places.get(&agent).copied().flatten().filter(|place| !taken[self.order[*place]])
    }

    /// The seat at a place.
    pub(super) fn seat_at(&self, place: usize) -> usize {
        self.order[place]
    }

    /// The seat of an agent who has free capacity and is not taken.
    pub(super) fn seat(&self, agent: UserId, taken: &[bool]) -> Option<usize> {
        self.place(agent, taken).map(|place| self.order[place])
    }

    /// The best seat that is free and whose agent `fits`.
    pub(super) fn first_free(&mut self, taken: &[bool], fits: impl Fn(UserId) -> bool) -> Option<usize> {
        while self.order.get(self.first).is_some_and(|seat| taken[*seat]) {
            self.first += 1;
        }
        let rest = self.first..self.order.len();
        rest.map(|place| (self.order[place], self.agents[place]))
            .find(|(seat, agent)| !taken[*seat] && fits(*agent))
            .map(|(seat, _)| seat)
    }

    /// How often each of the present agents is listed.
    pub(super) fn refusals(&self, refused: &[UserId]) -> BTreeMap<UserId, usize> {
        let mut counts = BTreeMap::new();
        for agent in refused.iter().filter(|agent| self.has(**agent)) {
            *counts.entry(*agent).or_default() += 1;
        }
        counts
    }

    /// Whether each of the present agents is listed.
    pub(super) fn all_refused(&self, refused: &[UserId]) -> bool {
        refused.len() >= self.len() && self.refusals(refused).len() == self.len()
    }
}

/// Lower is asked first.
fn preference(rules: &Rules, agent: &Candidate) -> (i64, Micros, UserId) {
    let (first, since) = match rules.strategy {
        Strategy::LongestIdle => (0, agent.idle_since),
        Strategy::LeastBusy => (agent.load, agent.idle_since),
        Strategy::RoundRobin => (0, agent.offered_at),
        Strategy::SkillLevel => (-rules.service.level(&agent.qualifications), agent.idle_since),
    };
    (first, since, agent.agent)
}
