//! How waits in queues ended, and what an agent did on a day.

use std::collections::HashMap;

use domain::conversation::{Conversation, State};
use domain::decision::{AgentEffect, Decision, WaitEvent};
use domain::id::{QueueId, UserId};
use domain::role::Role;
use domain::time::{DAY, Micros, SECOND};
use store::table::queue_wait::{self, Waits};
use store::table::{agent, conversation, erasure, record};
use store::{Batch, Store};

use crate::engines::on_both_engines;
use crate::fixture::{self, begun, commit, customer};

on_both_engines! {
    each_wait_counts_once_and_an_answer_outdoes_a_customer_who_gave_up
    agents_count_what_they_got_on_a_day_and_what_they_closed
}

const QUEUE: QueueId = QueueId(7);
const TODAY: Micros = Micros(20_000 * DAY);
const ANN: UserId = UserId(1);

fn waiting(id: i64, customer: &store::table::contact::Identity, since: Micros) -> Conversation {
    Conversation {
        queue: Some(QUEUE),
        queued_at: Some(since),
        ..fixture::conversation(id, customer, State::Queued)
    }
}

/// Records how the wait ended at that second of today.
async fn note(store: &Store, it: &mut Conversation, second: i64, wait: WaitEvent) {
    let at = TODAY.plus(second * SECOND);
    let today = if second < 0 { TODAY.plus(-DAY) } else { TODAY };
    let mut decision = Decision { created: false, wait: vec![wait], ..begun(it.clone()) };
    decision.agents = match wait {
        WaitEvent::Answered { agent, .. } => vec![AgentEffect::Accepted { agent, today }],
        _ => Vec::new(),
    };
    commit(store, |batch| record::decision(batch, &decision, at)).await.unwrap();
    it.version += 1;
}

async fn counted(store: &Store, second: i64) -> Waits {
    let all = queue_wait::since(store, TODAY, TODAY.plus(second * SECOND)).await.unwrap();
    all.get(&QUEUE).copied().unwrap_or_default()
}

async fn each_wait_counts_once_and_an_answer_outdoes_a_customer_who_gave_up(store: Store) {
    fixture::agent(&store, ANN.0, "Ann", Role::Agent).await;
    let mut waits = Vec::new();
    for id in 1..=3 {
        let it = waiting(id * 100, &customer(&store, id).await, TODAY);
        fixture::write(&store, &begun(it.clone())).await;
        waits.push(it);
    }
    let answered = |due| WaitEvent::Answered { agent: ANN, due_at: Some(TODAY.plus(due * SECOND)) };
    assert_eq!(counted(&store, 0).await, Waits::default());
    for second in [5, 6] {
        note(&store, &mut waits[0], second, WaitEvent::Abandoned).await;
    }
    let mut expected = Waits { abandoned: 1, ..Waits::default() };
    assert_eq!(counted(&store, 10).await, expected, "once");
    note(&store, &mut waits[0], 20, answered(30)).await;
    expected = Waits { answered: 1, with_target: 1, ..Waits::default() };
    assert_eq!(counted(&store, 30).await, expected, "an agent has them after all");
    assert_eq!(counted(&store, 31).await, Waits { late: 1, ..expected }, "and still has not answered");
    note(&store, &mut waits[0], 29, WaitEvent::Responded).await;
    note(&store, &mut waits[0], 60, WaitEvent::Responded).await;
    assert_eq!(counted(&store, 90).await, expected, "the first answer counts");
    // Lost and answered again: still the same wait.
    note(&store, &mut waits[0], 95, answered(30)).await;
    note(&store, &mut waits[1], 96, WaitEvent::Answered { agent: ANN, due_at: None }).await;
    note(&store, &mut waits[2], 97, WaitEvent::Abandoned).await;
    assert_eq!(counted(&store, 99).await, Waits { answered: 2, abandoned: 1, with_target: 1, late: 0 });
    let yesterday = queue_wait::since(&store, TODAY.plus(DAY), TODAY.plus(DAY)).await.unwrap();
    assert_eq!(yesterday, HashMap::new());
    let mut batch = Batch::new();
    erasure::delete_conversation(&mut batch, waits[0].id, TODAY);
    store.commit(batch).await.unwrap();
    assert_eq!(counted(&store, 99).await, Waits { answered: 1, abandoned: 1, ..Waits::default() });
}

async fn agents_count_what_they_got_on_a_day_and_what_they_closed(store: Store) {
    fixture::agent(&store, ANN.0, "Ann", Role::Agent).await;
    let mut it = waiting(100, &customer(&store, 1).await, TODAY);
    fixture::write(&store, &begun(it.clone())).await;
    let answered = WaitEvent::Answered { agent: ANN, due_at: None };
    note(&store, &mut it, -1, answered).await;
    for second in [1, 2] {
        note(&store, &mut it, second, answered).await;
    }
    let got = async |at: Micros| agent::answered_on(&store, at).await.unwrap().get(&ANN).copied();
    assert_eq!((got(TODAY).await, got(TODAY.plus(DAY)).await), (Some(2), None), "the day before no longer counts");
    let closed = Conversation {
        last_agent: Some(ANN),
        closed_at: Some(TODAY.plus(90 * SECOND)),
        ..fixture::conversation(200, &customer(&store, 2).await, State::Closed)
    };
    let mut closed = begun(closed);
    closed.conversation.data.accepted_at = Some(TODAY.plus(30 * SECOND));
    fixture::write(&store, &closed).await;
    let handled = conversation::handled(&store, TODAY).await.unwrap();
    assert_eq!((handled[&ANN].count, handled[&ANN].duration), (1, 60 * SECOND));
    assert!(conversation::handled(&store, TODAY.plus(DAY)).await.unwrap().is_empty());
}
