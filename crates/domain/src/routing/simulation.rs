//! A day of a contact centre: 10,000 customers, 200 agents with random skills who decline, miss, and lose their
//! connection. What must hold is stated in [`Day::check`].

use std::collections::{BTreeMap, HashMap};

use super::*;
use crate::id::{SkillId, TeamId};
use crate::service::{AgentSkill, SkillNeed};

const AGENTS: usize = 200;
const CUSTOMERS: i64 = 10_000;
const QUEUES: i64 = 8;
const CAPACITY: usize = 3;
/// One step of the simulation.
const TICK: i64 = 5 * SECOND;

/// A linear congruential generator with the constants of MMIX: reproducible, without a dependency.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn between(&mut self, least: i64, most: i64) -> i64 {
        let span = u64::try_from(most - least + 1).unwrap();
        least + i64::try_from(self.below(span)).unwrap()
    }
}

struct Worker {
    candidate: Candidate,
    /// What they hold, and until when.
    held: Vec<(ConversationId, Micros)>,
    offered: Option<ConversationId>,
    back_at: Option<Micros>,
    served: usize,
}

#[derive(Default)]
struct Customer {
    arrived: Micros,
    accepted: Option<Micros>,
    offers: usize,
}

struct Day {
    random: Random,
    now: Micros,
    rules: HashMap<QueueId, Rules>,
    workers: Vec<Worker>,
    waiting: Vec<Waiting>,
    offers: BTreeMap<ConversationId, (Waiting, usize, Micros)>,
    customers: BTreeMap<ConversationId, Customer>,
}

fn queues() -> HashMap<QueueId, Rules> {
    let rules = |queue: i64| {
        let index = usize::try_from(queue).unwrap();
        let need = SkillNeed { skill: SkillId(queue % 4 + 1), min_level: 40, relax_after: Some(90) };
        let service = Service {
            all_agents: queue % 3 == 0,
            teams: vec![TeamId(queue % 5 + 1), TeamId((queue + 1) % 5 + 1)],
            skills: if queue % 2 == 0 { vec![need] } else { vec![] },
            ..Service::default()
        };
        let strategy = Strategy::ALL[index % Strategy::ALL.len()];
        Rules { strategy, service, ageing: Some(120 * SECOND), sticky: 20 * SECOND }
    };
    (1..=QUEUES).map(|queue| (QueueId(queue), rules(queue))).collect()
}

impl Day {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let workers = (0..AGENTS).map(|index| Worker {
            candidate: Candidate {
                agent: UserId(i64::try_from(index + 1).unwrap()),
                role: Role::Agent,
                qualifications: Qualifications {
                    team: Some(TeamId(random.between(1, 5))),
                    skills: (1..=4)
                        .map(|skill| AgentSkill { skill: SkillId(skill), level: random.between(1, 100) })
                        .collect(),
                },
                free: true,
                full: vec![],
                load: 0,
                idle_since: Micros(0),
                offered_at: Micros(0),
                present: true,
            },
            held: vec![],
            offered: None,
            back_at: None,
            served: 0,
        });
        let workers = workers.collect();
        let (waiting, offers, customers) = (vec![], BTreeMap::new(), BTreeMap::new());
        Self { random, now: Micros(0), rules: queues(), workers, waiting, offers, customers }
    }

    fn arrive(&mut self, id: i64) {
        let conversation = ConversationId(id);
        let former = self.random.chance(20).then(|| UserId(self.random.between(1, 200)));
        self.waiting.push(Waiting {
            conversation,
            queue: QueueId(self.random.between(1, QUEUES)),
            channel: if self.random.chance(30) { Channel::WHATSAPP } else { Channel::MESSENGER },
            priority: self.random.between(0, 2),
            since: self.now,
            former,
            refused: vec![],
            refused_at: None,
        });
        self.customers.insert(conversation, Customer { arrived: self.now, ..Customer::default() });
    }

    /// Conversations end, connections are lost and come back.
    fn work(&mut self) {
        for worker in &mut self.workers {
            let before = worker.held.len();
            worker.held.retain(|(_, until)| *until > self.now);
            if worker.held.len() < before {
                worker.candidate.idle_since = self.now;
            }
            if worker.back_at.is_some_and(|at| at <= self.now) {
                (worker.back_at, worker.candidate.present) = (None, true);
                worker.candidate.idle_since = self.now;
            } else if worker.candidate.present && self.random.below(2_000) == 0 {
                worker.back_at = Some(self.now.plus(self.random.between(60, 900) * SECOND));
                worker.candidate.present = false;
                // Their offers go back; others finish the conversations they hold.
                if let Some(offered) = worker.offered.take() {
                    let (one, _, _) = self.offers.remove(&offered).unwrap();
                    self.waiting.push(one);
                }
                worker.held.clear();
            }
        }
    }

    /// Agents answer what they are offered.
    fn answer(&mut self) {
        let due: Vec<ConversationId> =
            self.offers.iter().filter(|(_, (_, _, at))| *at <= self.now).map(|(id, _)| *id).collect();
        for id in due {
            let (mut one, index, _) = self.offers.remove(&id).unwrap();
            let worker = &mut self.workers[index];
            worker.offered = None;
            if self.random.chance(85) {
                worker.held.push((id, self.now.plus(self.random.between(30, 600) * SECOND)));
                worker.served += 1;
                let customer = self.customers.get_mut(&id).unwrap();
                assert!(customer.accepted.replace(self.now).is_none(), "{id} was accepted twice");
            } else {
                one.refused.push(worker.candidate.agent);
                one.refused_at = Some(self.now);
                self.waiting.push(one);
            }
        }
    }

    fn offer(&mut self) {
        for worker in &mut self.workers {
            let it = &mut worker.candidate;
            it.load = i64::try_from(worker.held.len()).unwrap();
            it.free = worker.offered.is_none() && worker.held.len() < CAPACITY;
            it.full = if worker.held.len() >= CAPACITY - 1 { vec![Channel::WHATSAPP] } else { vec![] };
        }
        let candidates: Vec<Candidate> = self.workers.iter().map(|worker| worker.candidate.clone()).collect();
        for it in assign(&self.rules, &self.waiting, &candidates, self.now) {
            let at = self.waiting.iter().position(|one| one.conversation == it.conversation);
            let one = self.waiting.swap_remove(at.expect("offered twice, or not waiting"));
            let index = usize::try_from(it.agent.0 - 1).unwrap();
            let worker = &mut self.workers[index];
            assert!(worker.candidate.present && worker.candidate.free, "{} has no room", it.agent);
            assert!(worker.offered.replace(it.conversation).is_none(), "{} has two offers", it.agent);
            worker.candidate.idle_since = self.now;
            worker.candidate.offered_at = self.now;
            self.customers.get_mut(&it.conversation).unwrap().offers += 1;
            let answers_at = self.now.plus(self.random.between(2, 30) * SECOND);
            self.offers.insert(it.conversation, (one, index, answers_at));
        }
    }

    fn run(&mut self) {
        let mut arrived = 0;
        while arrived < CUSTOMERS || !self.waiting.is_empty() || !self.offers.is_empty() {
            for _ in 0..self.random.below(11) {
                if arrived < CUSTOMERS {
                    arrived += 1;
                    self.arrive(arrived);
                }
            }
            self.work();
            self.answer();
            self.offer();
            self.now = self.now.plus(TICK);
            assert!(self.now.0 < 48 * crate::time::HOUR, "{} customers starve", self.waiting.len());
        }
    }

    fn check(&self) {
        let waits: Vec<i64> =
            self.customers.values().map(|it| it.accepted.unwrap().since(it.arrived) / SECOND).collect();
        assert_eq!(waits.len(), usize::try_from(CUSTOMERS).unwrap());
        let average = waits.iter().sum::<i64>() / CUSTOMERS;
        let longest = *waits.iter().max().unwrap();
        assert!(longest <= (10 * average).max(600), "the longest wait is {longest} s, the average {average} s");
        let most_offers = self.customers.values().map(|it| it.offers).max().unwrap();
        assert!(most_offers <= 12, "{most_offers} offers for one customer");
        // Agents of one team differ in skills, so their work does too, but no agent is left out or overloaded.
        let served: Vec<usize> = self.workers.iter().map(|worker| worker.served).collect();
        let (least, most) = (served.iter().min().unwrap(), served.iter().max().unwrap());
        assert!(*least >= 10 && *most <= 10 * *least, "served per agent: {least} to {most}");
    }
}

#[test]
fn ten_thousand_customers_and_two_hundred_agents_who_decline_and_disconnect() {
    for seed in [1, 2] {
        let mut day = Day::new(seed);
        day.run();
        day.check();
    }
}
