//! One decision of routing: 5,000 customers who wait in twenty queues of all strategies, and 500 agents with teams, skills and
//! limits per channel. Measured is `domain::routing::assign` alone, without reading what waits. A shuffle of the same customers and
//! agents must give the same pairs.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use domain::channel::Channel;
use domain::id::{ConversationId, QueueId, SkillId, TeamId, UserId};
use domain::role::Role;
use domain::routing::{Assignment, Candidate, Rules, Strategy, Waiting, assign};
use domain::service::{AgentSkill, Qualifications, Service, SkillNeed};
use domain::time::{Micros, SECOND};

use crate::Options;
use crate::figures::Times;

const CUSTOMERS: i64 = 5_000;
const AGENTS: i64 = 500;
const QUEUES: i64 = 20;
const TEAMS: i64 = 10;
const SKILLS: i64 = 8;
/// What a decision may take.
const AIM: f64 = 5.0;
const NOW: Micros = Micros(1_000_000 * SECOND);

/// Everything that a decision looks at.
struct Floor {
    rules: HashMap<QueueId, Rules>,
    waiting: Vec<Waiting>,
    agents: Vec<Candidate>,
}

/// Measures and prints.
pub fn measure(options: &Options) -> Result<(), String> {
    let floor = floor();
    let expected = check(&floor)?;
    let decisions = 400 / options.divisor;
    let mut times = Vec::with_capacity(decisions);
    for _ in 0..decisions {
        let started = Instant::now();
        let pairs = floor.decide();
        times.push(started.elapsed());
        if pairs.len() != expected {
            return Err(format!("A decision made {} pairs, and another {expected}.", pairs.len()));
        }
    }
    let times = Times::new(times);
    println!(
        "one decision of routing, {CUSTOMERS} waiting, {AGENTS} agents, {expected} offers ({} runs)",
        times.len()
    );
    println!("    median  {:>9.2} ms   (aim {AIM:.0} ms or less)", times.percentile(0.5));
    println!("    p99     {:>9.2} ms", times.percentile(0.99));
    Ok(())
}

impl Floor {
    fn decide(&self) -> Vec<Assignment> {
        assign(&self.rules, &self.waiting, &self.agents, NOW)
    }
}

/// Whether the decision is a right one. Answers how many pairs it makes.
fn check(floor: &Floor) -> Result<usize, String> {
    let pairs = floor.decide();
    let agents: HashSet<UserId> = pairs.iter().map(|it| it.agent).collect();
    let customers: HashSet<ConversationId> = pairs.iter().map(|it| it.conversation).collect();
    if agents.len() != pairs.len() || customers.len() != pairs.len() {
        return Err("A customer or an agent is in two pairs.".into());
    }
    let free: HashSet<UserId> =
        floor.agents.iter().filter(|it| it.free && it.present).map(|it| it.agent).collect();
    if !agents.is_subset(&free) {
        return Err("An agent without room got a customer.".into());
    }
    if pairs.len() * 2 < free.len() {
        return Err(format!("Only {} of {} free agents got a customer.", pairs.len(), free.len()));
    }
    let turned = |pairs: &[Assignment]| -> HashSet<(ConversationId, UserId)> {
        pairs.iter().map(|it| (it.conversation, it.agent)).collect()
    };
    let mut other =
        Floor { rules: floor.rules.clone(), waiting: floor.waiting.clone(), agents: floor.agents.clone() };
    other.waiting.reverse();
    other.agents.rotate_left(137);
    if turned(&other.decide()) != turned(&pairs) {
        return Err("The same situation in another order gave other pairs.".into());
    }
    Ok(pairs.len())
}

/// A number below `below` that looks random and is always the same.
fn mixed(of: i64, salt: i64, below: i64) -> i64 {
    let mixed =
        (of.wrapping_mul(0x5851_F42D_4C95_7F2D) ^ salt.wrapping_mul(0x1405_7B7E_F767_814F)).rotate_left(29);
    mixed.wrapping_mul(0x2545_F491_4F6C_DD1D).rem_euclid(below)
}

fn floor() -> Floor {
    let strategies = Strategy::ALL;
    let rules = |queue: i64| Rules {
        strategy: strategies[usize::try_from(queue).unwrap_or(0) % strategies.len()],
        service: Service {
            all_agents: queue % 5 == 0,
            teams: (0..3).map(|n| TeamId(1 + (queue + n) % TEAMS)).collect(),
            skills: match queue % 3 {
                0 => Vec::new(),
                _ => vec![SkillNeed {
                    skill: SkillId(1 + queue % SKILLS),
                    min_level: 40,
                    relax_after: (queue % 2 == 0).then_some(600),
                }],
            },
            ..Service::default()
        },
        ageing: (queue % 4 == 0).then_some(120 * SECOND),
        sticky: if queue % 6 == 0 { 60 * SECOND } else { 0 },
    };
    let channel = |of: i64| match of % 3 {
        0 => Channel::MESSENGER,
        1 => Channel::INSTAGRAM,
        _ => Channel::WHATSAPP,
    };
    let waiting = |id: i64| {
        let refused: Vec<UserId> = (0..mixed(id, 1, 4)).map(|n| UserId(1 + mixed(id, 2 + n, AGENTS))).collect();
        Waiting {
            conversation: ConversationId(id),
            queue: QueueId(1 + mixed(id, 7, QUEUES)),
            channel: channel(id),
            priority: mixed(id, 8, 5),
            since: NOW.plus(-mixed(id, 9, 3_600) * SECOND),
            former: (id % 4 == 0).then(|| UserId(1 + mixed(id, 10, AGENTS))),
            refused_at: (!refused.is_empty()).then(|| NOW.plus(-mixed(id, 11, 120) * SECOND)),
            refused,
        }
    };
    let agent = |id: i64| Candidate {
        agent: UserId(id),
        role: Role::Agent,
        qualifications: Qualifications {
            team: Some(TeamId(1 + id % TEAMS)),
            skills: (1..=SKILLS)
                .filter(|skill| mixed(id, 20 + skill, 2) == 0)
                .map(|skill| AgentSkill { skill: SkillId(skill), level: 1 + mixed(id, 40 + skill, 100) })
                .collect(),
        },
        free: mixed(id, 60, 4) > 0,
        full: if mixed(id, 61, 5) == 0 { vec![channel(id)] } else { Vec::new() },
        load: mixed(id, 62, 5),
        idle_since: NOW.plus(-mixed(id, 63, 900) * SECOND),
        offered_at: NOW.plus(-mixed(id, 64, 900) * SECOND),
        present: true,
    };
    Floor {
        rules: (1..=QUEUES).map(|queue| (QueueId(queue), rules(queue))).collect(),
        waiting: (1..=CUSTOMERS).map(waiting).collect(),
        agents: (1..=AGENTS).map(agent).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_decision_that_is_measured_is_a_right_one() {
        check(&floor()).unwrap();
    }
}
