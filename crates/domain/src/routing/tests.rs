//! Assignment: examples as sentences, then arbitrary situations.

use proptest::prelude::*;
use proptest::strategy::Strategy;

use super::*;

fn customer(id: i64, queue: i64, priority: i64, since: i64) -> Waiting {
    Waiting {
        conversation: ConversationId(id),
        queue: QueueId(queue),
        priority,
        since: Micros(since),
        refused: vec![],
    }
}

fn refused(mut one: Waiting, by: &[i64]) -> Waiting {
    one.refused = by.iter().copied().map(UserId).collect();
    one
}

fn agent(id: i64, queues: &[i64], free: u32, idle_since: i64) -> Candidate {
    Candidate {
        agent: UserId(id),
        queues: queues.iter().copied().map(QueueId).collect(),
        free,
        idle_since: Micros(idle_since),
        present: true,
    }
}

fn pairs(waiting: &[Waiting], agents: &[Candidate]) -> Vec<(i64, i64)> {
    assign(waiting, agents).into_iter().map(|(conversation, agent)| (conversation.0, agent.0)).collect()
}

#[test]
fn the_longest_waiting_of_the_highest_priority_goes_first() {
    let waiting = [customer(1, 1, 0, 10), customer(2, 1, 0, 5), customer(3, 1, 9, 50)];
    assert_eq!(pairs(&waiting, &[agent(7, &[1], 1, 0)]), [(3, 7)]);
    assert_eq!(pairs(&waiting, &[agent(7, &[1], 9, 0)]), [(3, 7), (2, 7), (1, 7)]);
}

#[test]
fn the_longest_idle_agent_gets_it_and_goes_to_the_back_of_the_line() {
    let waiting = [customer(1, 1, 0, 1), customer(2, 1, 0, 2), customer(3, 1, 0, 3)];
    let agents = [agent(7, &[1], 5, 100), agent(8, &[1], 5, 50)];
    assert_eq!(pairs(&waiting, &agents), [(1, 8), (2, 7), (3, 8)]);
}

#[test]
fn nobody_gets_what_he_does_not_serve_or_has_no_room_for_or_while_away() {
    let mut away = agent(9, &[1], 5, 0);
    away.present = false;
    let agents = [agent(7, &[2], 5, 0), agent(8, &[1], 0, 0), away];
    assert_eq!(pairs(&[customer(1, 1, 0, 1)], &agents), []);
}

#[test]
fn who_refused_is_passed_over_until_everybody_has() {
    let agents = [agent(7, &[1], 1, 1), agent(8, &[1], 1, 2), agent(9, &[1], 1, 3)];
    let one = customer(1, 1, 0, 1);
    assert_eq!(pairs(&[refused(one.clone(), &[7])], &agents), [(1, 8)]);
    assert_eq!(pairs(&[refused(one.clone(), &[7, 8])], &agents), [(1, 9)]);
    assert_eq!(pairs(&[refused(one.clone(), &[8, 9, 7])], &agents), [(1, 8)], "7 refused last");
    assert_eq!(pairs(&[refused(one.clone(), &[7, 8, 9, 7])], &agents), [(1, 8)], "the second round");
    assert_eq!(pairs(&[refused(one, &[7, 8, 9, 7, 8])], &agents), [(1, 9)]);
}

#[test]
fn the_only_agent_is_asked_again() {
    assert_eq!(pairs(&[refused(customer(1, 1, 0, 1), &[7])], &[agent(7, &[1], 1, 1)]), [(1, 7)]);
}

#[test]
fn a_customer_waits_for_a_busy_colleague_of_the_one_who_refused() {
    let agents = [agent(7, &[1], 1, 1), agent(8, &[1], 0, 2)];
    let waiting = [refused(customer(1, 1, 0, 1), &[7]), customer(2, 1, 0, 2)];
    assert_eq!(pairs(&waiting, &agents), [(2, 7)], "and the agent's room is not wasted");
}

#[test]
fn ten_thousand_customers_and_two_hundred_agents_are_one_moment() {
    let waiting: Vec<_> = (0..10_000).map(|i| customer(i + 1, i % 7, i % 3, i)).collect();
    let agents: Vec<_> = (0..200).map(|i| agent(i + 1, &[i % 7, i % 5], 20, i)).collect();
    let result = pairs(&waiting, &agents);
    assert_eq!(result.len(), 4_000, "all the room there is");
}

fn situation() -> impl Strategy<Value = (Vec<Waiting>, Vec<Candidate>)> {
    let waiting = (1..30i64, 1..4i64, 0..3i64, 0..10i64, prop::collection::vec(1..7i64, 0..5))
        .prop_map(|(id, queue, priority, since, by)| refused(customer(id, queue, priority, since), &by));
    let agents = (1..7i64, prop::collection::vec(1..4i64, 0..4), 0..4u32, 0..9i64, any::<bool>())
        .prop_map(|(id, queues, free, idle, present)| Candidate { present, ..agent(id, &queues, free, idle) });
    (prop::collection::vec(waiting, 0..30), prop::collection::vec(agents, 0..7)).prop_map(
        |(mut waiting, mut agents)| {
            // Callers read rows with primary keys.
            let mut seen = HashSet::new();
            waiting.retain(|one| seen.insert(one.conversation));
            let mut seen = HashSet::new();
            agents.retain(|one| seen.insert(one.agent));
            (waiting, agents)
        },
    )
}

proptest! {
    #[test]
    fn assignment_is_fair((waiting, agents) in situation()) {
        let result = assign(&waiting, &agents);
        let agent_of = |id: UserId| agents.iter().find(|agent| agent.agent == id).unwrap();
        let waiting_of = |id: ConversationId| waiting.iter().find(|one| one.conversation == id).unwrap();
        let rank = |one: &Waiting| (Reverse(one.priority), one.since, one.conversation);

        let mut taken: HashMap<UserId, u32> = HashMap::new();
        let mut given = HashSet::new();
        for (conversation, agent) in &result {
            let candidate = agent_of(*agent);
            prop_assert!(candidate.present);
            prop_assert!(candidate.queues.contains(&waiting_of(*conversation).queue));
            prop_assert!(given.insert(*conversation), "one conversation, one agent");
            *taken.entry(*agent).or_default() += 1;
            prop_assert!(taken[agent] <= candidate.free, "never over capacity");
        }

        // No agent gets a conversation while a higher-ranked one that they could serve is waiting.
        for (conversation, agent) in &result {
            let candidate = agent_of(*agent);
            for higher in &waiting {
                let could = candidate.queues.contains(&higher.queue) && !higher.refused.contains(agent);
                if could && rank(higher) < rank(waiting_of(*conversation)) {
                    prop_assert!(given.contains(&higher.conversation));
                }
            }
        }

        // Room and need never stay side by side.
        for one in waiting.iter().filter(|one| !given.contains(&one.conversation)) {
            for agent in agents.iter().filter(|agent| agent.present && agent.queues.contains(&one.queue)) {
                let full = taken.get(&agent.agent).copied().unwrap_or(0) >= agent.free;
                prop_assert!(full || one.refused.contains(&agent.agent));
            }
        }
    }

    #[test]
    fn the_order_in_which_it_is_told_does_not_matter((mut waiting, mut agents) in situation()) {
        let result = assign(&waiting, &agents);
        waiting.reverse();
        agents.reverse();
        prop_assert_eq!(result, assign(&waiting, &agents));
    }
}
