//! Assignment: examples as sentences, then arbitrary situations.

use proptest::prelude::*;
use proptest::strategy::Strategy;

use super::*;

const NOW: Micros = Micros(1_000 * SECOND);

fn customer(id: i64, queue: i64, priority: i64, since: i64) -> Waiting {
    Waiting {
        conversation: ConversationId(id),
        queue: QueueId(queue),
        priority,
        since: Micros(since),
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

fn agent(id: i64, queues: &[i64], free: bool, idle_since: i64) -> Candidate {
    Candidate {
        agent: UserId(id),
        queues: queues.iter().copied().map(QueueId).collect(),
        free,
        idle_since: Micros(idle_since),
        present: true,
    }
}

fn pairs(waiting: &[Waiting], agents: &[Candidate]) -> Vec<(i64, i64)> {
    assign(waiting, agents, NOW).into_iter().map(|(conversation, agent)| (conversation.0, agent.0)).collect()
}

#[test]
fn the_longest_waiting_of_the_highest_priority_goes_first() {
    let waiting = [customer(1, 1, 0, 10), customer(2, 1, 0, 5), customer(3, 1, 9, 50)];
    assert_eq!(pairs(&waiting, &[agent(7, &[1], true, 0)]), [(3, 7)]);
    let three = [7, 8, 9].map(|id| agent(id, &[1], true, id));
    assert_eq!(pairs(&waiting, &three), [(3, 7), (2, 8), (1, 9)]);
}

#[test]
fn an_agent_gets_one_offer_at_a_time_and_the_longest_idle_is_first() {
    let waiting = [customer(1, 1, 0, 1), customer(2, 1, 0, 2), customer(3, 1, 0, 3)];
    let agents = [agent(7, &[1], true, 100), agent(8, &[1], true, 50)];
    assert_eq!(pairs(&waiting, &agents), [(1, 8), (2, 7)]);
}

#[test]
fn no_agent_gets_what_they_do_not_serve_or_while_busy_or_away() {
    let mut away = agent(9, &[1], true, 0);
    away.present = false;
    let agents = [agent(7, &[2], true, 0), agent(8, &[1], false, 0), away];
    assert_eq!(pairs(&[customer(1, 1, 0, 1)], &agents), []);
}

#[test]
fn who_refused_is_passed_over_until_all_have() {
    let agents = [agent(7, &[1], true, 1), agent(8, &[1], true, 2), agent(9, &[1], true, 3)];
    let one = customer(1, 1, 0, 1);
    assert_eq!(pairs(&[refused(one.clone(), &[7])], &agents), [(1, 8)]);
    assert_eq!(pairs(&[refused(one.clone(), &[7, 8])], &agents), [(1, 9)]);
    assert_eq!(pairs(&[refused(one.clone(), &[8, 9, 7])], &agents), [(1, 8)], "7 refused last");
    assert_eq!(pairs(&[refused(one.clone(), &[7, 8, 9, 7])], &agents), [(1, 8)], "the second round");
    assert_eq!(pairs(&[refused(one, &[7, 8, 9, 7, 8])], &agents), [(1, 9)]);
}

#[test]
fn the_only_agent_is_asked_again_after_a_pause_and_the_next_customer_at_once() {
    let agents = [agent(7, &[1], true, 1)];
    let mut declined = refused(customer(1, 1, 0, 1), &[7]);
    assert_eq!(pairs(std::slice::from_ref(&declined), &agents), [(1, 7)]);
    declined.refused_at = Some(NOW);
    let waiting = [declined, customer(2, 1, 0, 2)];
    assert_eq!(pairs(&waiting[..1], &agents), []);
    assert_eq!(pairs(&waiting, &agents), [(2, 7)], "the agent's time is not wasted");
}

#[test]
fn a_customer_waits_for_a_busy_colleague_of_the_one_who_refused_but_not_for_ever() {
    let agents = [agent(7, &[1], true, 1), agent(8, &[1], false, 2)];
    let mut waiting = [refused(customer(1, 1, 0, 1), &[7]), customer(2, 1, 0, 2)];
    assert_eq!(pairs(&waiting, &agents), [(2, 7)], "and the agent's time is not wasted");
    waiting[0].refused_at = Some(Micros(NOW.0 - WAIT_FOR_BUSY));
    assert_eq!(pairs(&waiting, &agents), [(1, 7)]);
}

/// One agent lets every offer go after `seconds`: how often each of the customers was offered.
fn offers_to_one_who_takes_none(seconds: i64, customers: i64) -> Vec<usize> {
    let mut waiting: Vec<_> = (1..=customers).map(|id| customer(id, 1, 0, id)).collect();
    let (mut now, end) = (NOW, NOW.plus(3_600 * SECOND));
    let mut offers = vec![0; waiting.len()];
    while now < end {
        if let Some((offered, by)) = assign(&waiting, &[agent(7, &[1], true, 1)], now).pop() {
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
fn ten_thousand_customers_and_two_hundred_agents_are_one_moment() {
    let waiting: Vec<_> = (0..10_000).map(|i| customer(i + 1, i % 7, i % 3, i)).collect();
    let agents: Vec<_> = (0..200).map(|i| agent(i + 1, &[i % 7, i % 5], true, i)).collect();
    let result = pairs(&waiting, &agents);
    assert_eq!(result.len(), 200, "each has one");
}

fn situation() -> impl Strategy<Value = (Vec<Waiting>, Vec<Candidate>)> {
    let waiting = (1..30i64, 1..4i64, 0..3i64, 0..10i64, prop::collection::vec(1..7i64, 0..5), 0..90i64).prop_map(
        |(id, queue, priority, since, by, ago)| {
            let mut one = refused(customer(id, queue, priority, since), &by);
            one.refused_at = one.refused_at.map(|_| Micros(NOW.0 - ago * SECOND));
            one
        },
    );
    let agents = (1..7i64, prop::collection::vec(1..4i64, 0..4), any::<bool>(), 0..9i64, any::<bool>())
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
        let result = assign(&waiting, &agents, NOW);
        let agent_of = |id: UserId| agents.iter().find(|agent| agent.agent == id).unwrap();
        let waiting_of = |id: ConversationId| waiting.iter().find(|one| one.conversation == id).unwrap();
        let team = |one: &Waiting| {
            let queue = one.queue;
            agents.iter().filter(move |agent| agent.present && agent.queues.contains(&queue))
        };
        let rank = |one: &Waiting| {
            let all = team(one).all(|agent| one.refused.contains(&agent.agent));
            let place = one.refused_at.filter(|_| all).unwrap_or(one.since);
            (Reverse(one.priority), place, one.conversation)
        };

        let (mut taken, mut given) = (HashSet::new(), HashSet::new());
        for (conversation, agent) in &result {
            let candidate = agent_of(*agent);
            let one = waiting_of(*conversation);
            prop_assert!(candidate.present && candidate.free);
            prop_assert!(candidate.queues.contains(&one.queue));
            prop_assert!(given.insert(*conversation), "one conversation, one agent");
            prop_assert!(taken.insert(*agent), "one agent, one offer");
            let resting = one.since_refusal(NOW) < PAUSE_AFTER_REFUSAL;
            prop_assert!(!(resting && one.refused.contains(agent)), "not again so soon");
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

        // A free agent and a conversation that they have not refused never stay side by side.
        for one in waiting.iter().filter(|one| !given.contains(&one.conversation)) {
            for agent in team(one) {
                let busy = !agent.free || taken.contains(&agent.agent);
                prop_assert!(busy || one.refused.contains(&agent.agent));
            }
            // Nor do those who were all asked and have paused, unless a colleague is awaited.
            let awaited = one.since_refusal(NOW) < WAIT_FOR_BUSY;
            let free = team(one).any(|agent| agent.free && !taken.contains(&agent.agent));
            prop_assert!(!free || awaited, "it waits for no agent in particular");
        }
    }

    #[test]
    fn the_order_in_which_it_is_told_does_not_matter((mut waiting, mut agents) in situation()) {
        let result = assign(&waiting, &agents, NOW);
        waiting.reverse();
        agents.reverse();
        prop_assert_eq!(result, assign(&waiting, &agents, NOW));
    }
}
