//! Assignment: examples first, then arbitrary situations.

use proptest::prelude::*;
use proptest::strategy::Strategy as _;

use super::*;
use crate::id::{SkillId, TeamId};
use crate::routing::Strategy;
use crate::service::{AgentSkill, SkillNeed};

const NOW: Micros = Micros(1_000 * SECOND);

fn customer(id: i64, queue: i64, priority: i64, since: i64) -> Waiting {
    Waiting {
        conversation: ConversationId(id),
        queue: QueueId(queue),
        channel: Channel::MESSENGER,
        priority,
        since: Micros(since),
        former: None,
        refused: vec![],
        refused_at: None,
    }
}

/// Refused by these agents, the last of them long enough ago to be asked again.
fn refused(mut one: Waiting, by: &[i64]) -> Waiting {
    one.refused = by.iter().copied().map(UserId).collect();
    one.refused_at = (!by.is_empty()).then_some(Micros(NOW.0 - PAUSE_AFTER_REFUSAL));
    one
}

/// An agent with a team of their own, because queues are served by teams here.
fn agent(id: i64, free: bool, idle_since: i64) -> Candidate {
    Candidate {
        agent: UserId(id),
        role: Role::Agent,
        qualifications: Qualifications { team: Some(TeamId(id)), skills: vec![] },
        free,
        full: vec![],
        load: 0,
        idle_since: Micros(idle_since),
        offered_at: Micros(0),
        present: true,
    }
}

/// Queue 1, which everyone serves.
fn everyone(rules: Rules) -> HashMap<QueueId, Rules> {
    let service = Service { all_agents: true, ..rules.service };
    HashMap::from([(QueueId(1), Rules { service, ..rules })])
}

/// Each queue with the agents who serve it.
fn served(queues: &[(i64, &[i64])]) -> HashMap<QueueId, Rules> {
    let rules = |teams: &[i64]| {
        let teams = teams.iter().copied().map(TeamId).collect();
        Rules { service: Service { teams, ..Service::default() }, ..Rules::default() }
    };
    queues.iter().map(|(queue, agents)| (QueueId(*queue), rules(agents))).collect()
}

fn pairs_by(rules: &HashMap<QueueId, Rules>, waiting: &[Waiting], agents: &[Candidate]) -> Vec<(i64, i64)> {
    assign(rules, waiting, agents, NOW).into_iter().map(|it| (it.conversation.0, it.agent.0)).collect()
}

fn pairs(waiting: &[Waiting], agents: &[Candidate]) -> Vec<(i64, i64)> {
    pairs_by(&everyone(Rules::default()), waiting, agents)
}

#[test]
fn the_longest_waiting_of_the_highest_priority_goes_first() {
    let waiting = [customer(1, 1, 0, 10), customer(2, 1, 0, 5), customer(3, 1, 9, 50)];
    assert_eq!(pairs(&waiting, &[agent(7, true, 0)]), [(3, 7)]);
    let three = [7, 8, 9].map(|id| agent(id, true, id));
    assert_eq!(pairs(&waiting, &three), [(3, 7), (2, 8), (1, 9)]);
}

#[test]
fn an_agent_gets_one_offer_at_a_time_and_the_longest_idle_is_first() {
    let waiting = [customer(1, 1, 0, 1), customer(2, 1, 0, 2), customer(3, 1, 0, 3)];
    let agents = [agent(7, true, 100), agent(8, true, 50)];
    assert_eq!(pairs(&waiting, &agents), [(1, 8), (2, 7)]);
}

#[test]
fn no_agent_gets_what_they_do_not_serve_or_while_busy_or_away() {
    let away = Candidate { present: false, ..agent(9, true, 0) };
    let agents = [agent(7, true, 0), agent(8, false, 0), away];
    assert_eq!(pairs_by(&served(&[(1, &[8, 9]), (2, &[7])]), &[customer(1, 1, 0, 1)], &agents), []);
}

#[test]
fn who_refused_is_passed_over_until_all_have() {
    let agents = [agent(7, true, 1), agent(8, true, 2), agent(9, true, 3)];
    let one = customer(1, 1, 0, 1);
    assert_eq!(pairs(&[refused(one.clone(), &[7])], &agents), [(1, 8)]);
    assert_eq!(pairs(&[refused(one.clone(), &[7, 8])], &agents), [(1, 9)]);
    assert_eq!(pairs(&[refused(one.clone(), &[8, 9, 7])], &agents), [(1, 8)], "7 refused last");
    assert_eq!(pairs(&[refused(one.clone(), &[7, 8, 9, 7])], &agents), [(1, 8)], "the second round");
    assert_eq!(pairs(&[refused(one, &[7, 8, 9, 7, 8])], &agents), [(1, 9)]);
}

#[test]
fn the_only_agent_is_asked_again_after_a_pause_and_the_next_customer_at_once() {
    let agents = [agent(7, true, 1)];
    let mut declined = refused(customer(1, 1, 0, 1), &[7]);
    assert_eq!(pairs(std::slice::from_ref(&declined), &agents), [(1, 7)]);
    declined.refused_at = Some(NOW);
    let waiting = [declined, customer(2, 1, 0, 2)];
    assert_eq!(pairs(&waiting[..1], &agents), []);
    assert_eq!(pairs(&waiting, &agents), [(2, 7)], "the agent's time is not wasted");
}

#[test]
fn a_customer_waits_for_a_busy_colleague_of_the_one_who_refused_but_not_for_ever() {
    let agents = [agent(7, true, 1), agent(8, false, 2)];
    let mut waiting = [refused(customer(1, 1, 0, 1), &[7]), customer(2, 1, 0, 2)];
    assert_eq!(pairs(&waiting, &agents), [(2, 7)], "and the agent's time is not wasted");
    waiting[0].refused_at = Some(Micros(NOW.0 - WAIT_FOR_BUSY));
    assert_eq!(pairs(&waiting, &agents), [(1, 7)]);
}

/// How often each customer is offered to a single agent who lets every offer pass after `seconds`.
fn offers_to_one_who_takes_none(seconds: i64, customers: i64) -> Vec<usize> {
    let mut waiting: Vec<_> = (1..=customers).map(|id| customer(id, 1, 0, id)).collect();
    let rules = everyone(Rules::default());
    let (mut now, end) = (NOW, NOW.plus(3_600 * SECOND));
    let mut offers = vec![0; waiting.len()];
    while now < end {
        if let Some(Assignment { conversation: offered, agent: by, .. }) =
            assign(&rules, &waiting, &[agent(7, true, 1)], now).pop()
        {
            now = now.plus(seconds * SECOND);
            let one = waiting.iter_mut().find(|one| one.conversation == offered).unwrap();
            one.refused.push(by);
            one.refused_at = Some(now);
            offers[usize::try_from(offered.0 - 1).unwrap()] += 1;
        } else {
            now = now.plus(SECOND);
        }
    }
    offers
}

#[test]
fn customers_whom_the_only_agent_does_not_take_are_offered_in_turn() {
    for seconds in [1, 5, 10, 30, 60] {
        for customers in [1, 2, 3, 7] {
            let offers = offers_to_one_who_takes_none(seconds, customers);
            let (least, most) = (offers.iter().min().unwrap(), offers.iter().max().unwrap());
            assert!(*least > 3 && most - least <= 1, "{seconds} s each: {offers:?}");
        }
    }
}

#[test]
fn the_strategy_decides_who_of_several_is_asked() {
    let skilled = |level| Qualifications { team: None, skills: vec![AgentSkill { skill: SkillId(5), level }] };
    let agents = [
        Candidate { load: 3, offered_at: Micros(9), qualifications: skilled(50), ..agent(7, true, 1) },
        Candidate { load: 1, offered_at: Micros(8), qualifications: skilled(60), ..agent(8, true, 2) },
        Candidate { load: 2, offered_at: Micros(7), qualifications: skilled(90), ..agent(9, true, 3) },
    ];
    let skills = vec![SkillNeed { skill: SkillId(5), min_level: 1, relax_after: None }];
    for (strategy, agent, reason) in [
        (Strategy::LongestIdle, 7, Reason::LongestIdle { idle_seconds: 999 }),
        (Strategy::LeastBusy, 8, Reason::LeastBusy { open: 1 }),
        (Strategy::RoundRobin, 9, Reason::RoundRobin),
        (Strategy::SkillLevel, 9, Reason::SkillLevel { level: 90 }),
    ] {
        let service = Service { skills: skills.clone(), ..Service::default() };
        let rules = everyone(Rules { strategy, service, ..Rules::default() });
        let result = assign(&rules, &[customer(1, 1, 0, 1)], &agents, NOW);
        let chosen = Chosen { reason, free: 3, relaxed: false };
        assert_eq!((result[0].agent, &result[0].chosen), (UserId(agent), &chosen));
    }
}

#[test]
fn a_wait_of_the_ageing_time_outweighs_a_step_of_priority() {
    let ageing = |seconds: i64| everyone(Rules { ageing: Some(seconds * SECOND), ..Rules::default() });
    // The second customer came 100 seconds later, at a priority that is higher by one.
    let waiting = [customer(1, 1, 0, 0), customer(2, 1, 1, 100 * SECOND)];
    let agents = [agent(7, true, 0)];
    assert_eq!(pairs(&waiting, &agents), [(2, 7)], "without ageing");
    assert_eq!(pairs_by(&ageing(101), &waiting, &agents), [(2, 7)]);
    assert_eq!(pairs_by(&ageing(100), &waiting, &agents), [(1, 7)]);
    assert_eq!(pairs_by(&ageing(1), &waiting, &agents), [(1, 7)]);
}

#[test]
fn the_agent_who_knows_the_customer_is_tried_alone_for_a_while() {
    let rules = everyone(Rules { sticky: 60 * SECOND, ..Rules::default() });
    let returning =
        |waited: i64| Waiting { former: Some(UserId(8)), ..customer(1, 1, 0, NOW.0 - waited * SECOND) };
    let free = [agent(7, true, 1), agent(8, true, 2)];
    let busy = [agent(7, true, 1), agent(8, false, 2)];
    let chosen = &assign(&rules, &[returning(0)], &free, NOW)[0];
    assert_eq!((chosen.agent, &chosen.chosen.reason), (UserId(8), &Reason::FormerAgent));
    assert_eq!(pairs_by(&rules, &[returning(59)], &busy), [], "it waits for them");
    assert_eq!(pairs_by(&rules, &[returning(60)], &busy), [(1, 7)]);
    assert_eq!(pairs_by(&rules, &[returning(60)], &free), [(1, 7)], "then they are one of the others");
    assert_eq!(pairs_by(&rules, &[returning(0)], &free[..1]), [(1, 7)], "they are not there");
    assert_eq!(pairs_by(&rules, &[refused(returning(0), &[8])], &free), [(1, 7)], "they declined");
    let others = [returning(0), customer(2, 1, 0, NOW.0)];
    assert_eq!(pairs_by(&rules, &others, &busy), [(2, 7)], "and no one else waits for them");
}

#[test]
fn an_agent_without_room_on_a_channel_gets_customers_of_the_others() {
    let full = Candidate { full: vec![Channel::WHATSAPP], ..agent(7, true, 1) };
    let on = |id, channel| Waiting { channel, ..customer(id, 1, 0, id) };
    let waiting = [on(1, Channel::WHATSAPP), on(2, Channel::MESSENGER)];
    assert_eq!(pairs(&waiting, &[full]), [(2, 7)]);
}

#[test]
fn a_customer_waits_for_a_skill_until_any_level_is_enough() {
    let need = SkillNeed { skill: SkillId(5), min_level: 50, relax_after: Some(120) };
    let service = Service { skills: vec![need], ..Service::default() };
    let rules = everyone(Rules { service, ..Rules::default() });
    let skills = vec![AgentSkill { skill: SkillId(5), level: 49 }];
    let beginner = Candidate { qualifications: Qualifications { team: None, skills }, ..agent(7, true, 1) };
    let waits = |seconds: i64| [customer(1, 1, 0, NOW.0 - seconds * SECOND)];
    assert_eq!(pairs_by(&rules, &waits(119), std::slice::from_ref(&beginner)), []);
    let result = assign(&rules, &waits(120), &[beginner, agent(8, true, 0)], NOW);
    assert_eq!((result.len(), result[0].agent, result[0].chosen.relaxed), (1, UserId(7), true));
}

fn situation() -> impl proptest::strategy::Strategy<Value = (HashMap<QueueId, Rules>, Vec<Waiting>, Vec<Candidate>)>
{
    let waiting =
        (1..30i64, 1..4i64, 0..3i64, 0..10i64, prop::collection::vec(1..7i64, 0..5), 0..90i64, any::<bool>())
            .prop_map(|(id, queue, priority, since, by, ago, whatsapp)| {
                let mut one = refused(customer(id, queue, priority, since * 100 * SECOND), &by);
                one.refused_at = one.refused_at.map(|_| Micros(NOW.0 - ago * SECOND));
                one.channel = if whatsapp { Channel::WHATSAPP } else { Channel::MESSENGER };
                one
            });
    let agents = (1..7i64, 0..100i64, any::<bool>(), 0..9i64, any::<bool>(), any::<bool>(), 0..3i64).prop_map(
        |(id, level, free, idle, present, full, load)| {
            let skills = if level > 0 { vec![AgentSkill { skill: SkillId(5), level }] } else { vec![] };
            Candidate {
                present,
                full: if full { vec![Channel::WHATSAPP] } else { vec![] },
                load,
                offered_at: Micros(9 - idle),
                qualifications: Qualifications { team: Some(TeamId(id)), skills },
                ..agent(id, free, idle)
            }
        },
    );
    let rules = (
        prop::sample::select(Strategy::ALL.to_vec()),
        prop::option::of(50..200i64),
        prop::collection::vec(1..7i64, 0..5),
        any::<bool>(),
        prop::option::of((1..100i64, prop::option::of(1..900i64))),
    )
        .prop_map(|(strategy, ageing, teams, all_agents, need)| Rules {
            strategy,
            ageing: ageing.map(|ageing| ageing * SECOND),
            sticky: 0,
            service: Service {
                all_agents,
                teams: teams.into_iter().map(TeamId).collect(),
                skills: need
                    .into_iter()
                    .map(|(min_level, relax_after)| SkillNeed { skill: SkillId(5), min_level, relax_after })
                    .collect(),
                ..Service::default()
            },
        });
    let rules = prop::collection::vec(rules, 3);
    (rules, prop::collection::vec(waiting, 0..30), prop::collection::vec(agents, 0..7)).prop_map(
        |(rules, mut waiting, mut agents)| {
            // The ids are unique, as primary keys are.
            let mut seen = HashSet::new();
            waiting.retain(|one| seen.insert(one.conversation));
            let mut seen = HashSet::new();
            agents.retain(|one| seen.insert(one.agent));
            ((1..).map(QueueId).zip(rules).collect(), waiting, agents)
        },
    )
}

/// What [`assign`] guarantees, implemented a second time without pools.
struct Promise<'a> {
    rules: &'a HashMap<QueueId, Rules>,
    agents: &'a [Candidate],
}

impl Promise<'_> {
    /// Who is present and may take the customer now.
    fn team(&self, one: &Waiting) -> Vec<&Candidate> {
        let service = &self.rules[&one.queue].service;
        let takes = |it: &&Candidate| service.takes(it.agent, it.role, &it.qualifications, NOW.since(one.since));
        self.agents.iter().filter(|it| it.present).filter(takes).collect()
    }

    fn has_room(agent: &Candidate, one: &Waiting) -> bool {
        agent.free && !agent.full.contains(&one.channel)
    }

    /// Whether one customer is ahead of another in the same queue.
    fn is_before(&self, one: &Waiting, other: &Waiting) -> bool {
        let since = |one: &Waiting| {
            let all = self.team(one).iter().all(|agent| one.refused.contains(&agent.agent));
            one.refused_at.filter(|_| all).unwrap_or(one.since)
        };
        let ahead = since(other).since(since(one));
        match self.rules[&one.queue].ageing {
            Some(ageing) => one.priority * ageing + ahead > other.priority * ageing,
            None => (one.priority, ahead) > (other.priority, 0),
        }
    }
}

proptest! {
    #[test]
    fn assignment_is_fair((rules, waiting, agents) in situation()) {
        let result = assign(&rules, &waiting, &agents, NOW);
        let promise = Promise { rules: &rules, agents: &agents };
        let agent_of = |id: UserId| agents.iter().find(|agent| agent.agent == id).unwrap();
        let waiting_of = |id: ConversationId| waiting.iter().find(|one| one.conversation == id).unwrap();

        let (mut taken, mut given) = (HashSet::new(), HashSet::new());
        for it in &result {
            let (candidate, one) = (agent_of(it.agent), waiting_of(it.conversation));
            prop_assert!(Promise::has_room(candidate, one));
            prop_assert!(promise.team(one).contains(&candidate));
            prop_assert!(given.insert(it.conversation), "one conversation, one agent");
            prop_assert!(taken.insert(it.agent), "one agent, one offer");
            let resting = one.refused_at.is_some_and(|at| NOW.since(at) < PAUSE_AFTER_REFUSAL);
            prop_assert!(!(resting && one.refused.contains(&it.agent)), "not again so soon");
        }

        // No agent gets a conversation while one ahead of it that they could serve is waiting.
        for it in &result {
            let (candidate, one) = (agent_of(it.agent), waiting_of(it.conversation));
            for before in waiting.iter().filter(|other| other.queue == one.queue) {
                let could = Promise::has_room(candidate, before)
                    && promise.team(before).contains(&candidate)
                    && !before.refused.contains(&it.agent);
                if could && promise.is_before(before, one) {
                    prop_assert!(given.contains(&before.conversation), "{before:?} stands before {one:?}");
                }
            }
        }

        // A free agent and a conversation that they have not refused never both remain.
        for one in waiting.iter().filter(|one| !given.contains(&one.conversation)) {
            let team = promise.team(one);
            let is_free = |agent: &Candidate| Promise::has_room(agent, one) && !taken.contains(&agent.agent);
            for agent in &team {
                prop_assert!(!is_free(agent) || one.refused.contains(&agent.agent));
            }
            // The same after all were asked and the pause is over, unless the conversation waits for a busy
            // colleague.
            let awaited = one.refused_at.is_some_and(|at| NOW.since(at) < WAIT_FOR_BUSY);
            prop_assert!(awaited || !team.into_iter().any(is_free), "it waits for no agent in particular");
        }
    }

    #[test]
    fn the_order_in_which_it_is_told_does_not_matter((rules, mut waiting, mut agents) in situation()) {
        let result = assign(&rules, &waiting, &agents, NOW);
        waiting.reverse();
        agents.reverse();
        prop_assert_eq!(result, assign(&rules, &waiting, &agents, NOW));
    }
}
