//! Conversations: lists, queues, labels, and what a turn begins with.

use domain::conversation::{Conversation, Offer, State};
use domain::id::{ConversationId, MessageId, QueueId, UserId};
use domain::role::Role;
use domain::routing::Strategy;
use domain::time::Micros;
use store::Store;
use store::table::conversation::{self, Filter, Place};
use store::table::label::LabelColour;
use store::table::queue::{self, QueueEdit};
use store::table::{contact, identity, label, message, thread};

use crate::engines::on_both_engines;
use crate::fixture::{self, agent, begun, commit, conflict, conversation, customer, outgoing, supervisor, write};

on_both_engines! {
    a_list_is_filtered_and_goes_on_behind_a_place
    details_of_many_conversations_come_together
    a_turn_begins_with_the_thread
    queues_are_served_and_deleted_when_nobody_needs_them
    what_waits_is_counted_by_queue_and_agent
}

const QUEUE: QueueId = QueueId(500);

async fn make_queue(store: &Store, id: QueueId, name: &str, all_agents: bool, members: &[UserId]) {
    let new = QueueEdit {
        name,
        strategy: Strategy::LongestIdle,
        priority: 0,
        offer_seconds: 30,
        missed_limit: 3,
        wrap_up_seconds: 0,
        all_agents,
    };
    commit(store, |batch| {
        queue::insert(batch, id, &new);
        queue::set_members(batch, id, members, Micros(1));
    })
    .await
    .unwrap();
}

fn offer(agent: UserId) -> Offer {
    Offer { agent, until: Micros(9_000), seconds: 30, shown: true, transfer: None }
}

async fn a_list_is_filtered_and_goes_on_behind_a_place(store: Store) {
    let ann = agent(&store, 1, "ann", Role::Agent).await;
    for number in 1_000..1_004 {
        let mut it = conversation(number, &customer(&store, number).await, State::Active);
        it.agent = Some(ann);
        if number == 1_003 {
            it.state = State::Closed;
            it.agent = None;
        }
        let mut decision = begun(it.clone());
        decision.messages = vec![outgoing(number, &it)];
        write(&store, &decision).await;
    }
    commit(&store, |batch| {
        label::insert(batch, 7, "VIP", LabelColour::Red);
        label::change(batch, ConversationId(1_001), &[7], &[]);
        contact::set_channel_name(batch, domain::id::ContactId(1_000), "Ольга");
    })
    .await
    .unwrap();
    let ids = async |filter: Filter<'_>, place: Place, limit: i64| -> Vec<i64> {
        let found = conversation::search(&store, &filter, &supervisor(), place, limit).await.unwrap();
        found.iter().map(|it| it.id.0).collect()
    };
    let start = Place::LATEST;
    assert_eq!(ids(Filter::default(), start, 2).await, [1_003, 1_002]);
    assert_eq!(ids(Filter::default(), Place::Activity(1_002, 1_002), 9).await, [1_001, 1_000]);
    let active = [State::Active, State::WrapUp];
    assert_eq!(ids(Filter { states: Some(&active), ..Filter::default() }, start, 9).await, [1_002, 1_001, 1_000]);
    assert_eq!(ids(Filter { agent: Some(ann), ..Filter::default() }, start, 9).await, [1_002, 1_001, 1_000]);
    assert_eq!(ids(Filter { label: Some(7), ..Filter::default() }, start, 9).await, [1_001]);
    assert_eq!(ids(Filter { words: "hello 1002", ..Filter::default() }, start, 9).await, [1_002]);
    assert_eq!(ids(Filter { words: "ольга", ..Filter::default() }, start, 9).await, [1_000]);
    let contact = Some(domain::id::ContactId(1_003));
    assert_eq!(ids(Filter { contact, ..Filter::default() }, start, 9).await, [1_003]);
}

async fn details_of_many_conversations_come_together(store: Store) {
    let ann = agent(&store, 1, "ann", Role::Agent).await;
    let (first, second) = (customer(&store, 70).await, customer(&store, 71).await);
    let mut held = conversation(1_000, &first, State::Active);
    held.agent = Some(ann);
    let mut decision = begun(held.clone());
    decision.window_at = Some(Micros(55));
    write(&store, &decision).await;
    let (closed, waiting) =
        (conversation(1_001, &first, State::Closed), conversation(1_002, &second, State::Queued));
    write(&store, &begun(closed.clone())).await;
    write(&store, &begun(waiting.clone())).await;
    commit(&store, |batch| {
        label::insert(batch, 7, "VIP", LabelColour::Red);
        label::insert(batch, 8, "angry", LabelColour::Amber);
        label::change(batch, waiting.id, &[7, 8], &[]);
    })
    .await
    .unwrap();

    let details = conversation::details(&store, &[waiting.clone(), held, closed]).await.unwrap();
    let names: Vec<_> = details[0].labels.iter().map(|label| label.name.as_str()).collect();
    assert_eq!(names, ["angry", "VIP"]);
    assert_eq!(details[0].identities.iter().map(|it| it.id).collect::<Vec<_>>(), [second.id]);
    assert_eq!((details[1].agent_name.as_deref(), details[1].last_user_at), (Some("ann"), Some(Micros(55))));
    assert_eq!(details[2].identities[0].id, first.id);
    assert!(details[2].labels.is_empty() && details[2].agent_name.is_none());
    assert!(conversation::details(&store, &[]).await.unwrap().is_empty());

    assert_eq!(label::carriers(&store, 7).await.unwrap(), [waiting.id]);
    conflict(&store, |batch| label::delete_unused(batch, 7)).await;
    conflict(&store, |batch| label::update(batch, 7, "Vip", LabelColour::Red, Some(9))).await;
    commit(&store, |batch| label::delete(batch, 7)).await.unwrap();
    assert_eq!(label::of_conversation(&store, waiting.id).await.unwrap().len(), 1);
    assert_eq!(label::by_id(&store, 8).await.unwrap().unwrap().carried, 1);
    assert_eq!(label::list(&store).await.unwrap().len(), 1);
}

async fn a_turn_begins_with_the_thread(store: Store) {
    let first = customer(&store, 70).await;
    let (known, unknown) = (fixture::address("psid-70"), fixture::address("psid-0"));
    let asked = |answered| thread::Asked { address: &known, answered };
    let nobody = thread::Asked { address: &unknown, answered: None };
    let facts = thread::facts(&store, &[asked(None), nobody]).await.unwrap();
    assert_eq!(facts[0].identity.as_ref().map(|it| it.id), Some(first.id));
    assert!(facts[0].open.is_none() && facts[1].identity.is_none());

    let old = conversation(999, &first, State::Closed);
    write(&store, &begun(old.clone())).await;
    let mut isolated = conversation(1_001, &first, State::Closed);
    isolated.isolated = true;
    write(&store, &begun(isolated.clone())).await;
    let past = thread::past(&store, &fixture::address("psid-70")).await.unwrap();
    assert_eq!(past.last.map(|it| it.id), Some(isolated.id));
    assert_eq!(past.last_of_customer.map(|it| it.id), Some(old.id));

    let it = conversation(1_000, &first, State::Bot);
    let mut decision = begun(it.clone());
    decision.messages = vec![outgoing(1, &it)];
    decision.mids = vec![("m_1".into(), MessageId(1))];
    write(&store, &decision).await;
    let facts = thread::facts(&store, &[asked(Some("m_1")), asked(Some("m_2")), nobody]).await.unwrap();
    assert_eq!(facts[0].open.as_ref().map(|open| open.id), Some(it.id));
    assert_eq!((facts[0].reply_to, facts[1].reply_to), (Some(MessageId(1)), None));
    assert!(facts[2].identity.is_none());
    let open = conversation::open_of_customer(&store, &fixture::address("psid-70")).await.unwrap();
    assert_eq!(open.map(|open| open.id), Some(it.id));

    let begin = thread::begin(&store, it.id, Some(MessageId(1)), Some("key-1")).await.unwrap().unwrap();
    assert_eq!((begin.conversation.id, begin.identity.id), (it.id, first.id));
    assert_eq!(begin.message.unwrap().message.id, MessageId(1));
    assert_eq!(begin.added_before.unwrap().message.id, MessageId(1));
    let other = thread::begin(&store, old.id, Some(MessageId(1)), None).await.unwrap().unwrap();
    assert!(other.message.is_none(), "it belongs to another conversation");
    assert_eq!(thread::begin(&store, ConversationId(1), None, None).await.unwrap(), None);
    assert!(identity::by_address(&store, &fixture::address("psid-70")).await.unwrap().is_some());
    assert!(message::by_mid(&store, &fixture::account(), "m_1").await.unwrap().is_some());
}

async fn queues_are_served_and_deleted_when_nobody_needs_them(store: Store) {
    let ann = agent(&store, 1, "ann", Role::Agent).await;
    make_queue(&store, QUEUE, "General", true, &[]).await;
    conflict(&store, |batch| queue::delete(batch, QUEUE)).await;
    make_queue(&store, QueueId(501), "Sales", false, &[ann]).await;
    let mut sales = queue::list(&store).await.unwrap().pop().unwrap();
    assert_eq!((sales.name.as_str(), sales.members.as_slice()), ("Sales", [ann].as_slice()));

    let edit = QueueEdit {
        name: "Sales and more",
        strategy: Strategy::LongestIdle,
        priority: 5,
        offer_seconds: 20,
        missed_limit: 2,
        wrap_up_seconds: 60,
        all_agents: false,
    };
    commit(&store, |batch| queue::update(batch, sales.id, &edit, Some(1))).await.unwrap();
    conflict(&store, |batch| queue::update(batch, sales.id, &edit, Some(1))).await;
    sales = queue::list(&store).await.unwrap().pop().unwrap();
    assert_eq!((sales.priority, sales.offer_seconds, sales.missed_limit, sales.wrap_up_seconds), (5, 20, 2, 60));

    let mut waits = conversation(1_000, &customer(&store, 70).await, State::Queued);
    waits.queue = Some(sales.id);
    write(&store, &begun(waits)).await;
    assert_eq!(queue::open_conversations(&store, sales.id).await.unwrap(), 1);
    conflict(&store, |batch| queue::delete(batch, sales.id)).await;
    commit(&store, |batch| queue::leave_all(batch, ann)).await.unwrap();
    assert!(queue::list(&store).await.unwrap()[1].members.is_empty());
    commit(&store, |batch| queue::isolate(batch, QUEUE)).await.unwrap();
    assert!(queue::list(&store).await.unwrap()[0].isolated);
}

async fn what_waits_is_counted_by_queue_and_agent(store: Store) {
    let ann = agent(&store, 1, "ann", Role::Agent).await;
    for (number, state, priority) in [
        (1_000, State::Queued, 0),
        (1_001, State::Queued, 9),
        (1_002, State::Offered, 0),
        (1_003, State::Active, 0),
        (1_004, State::WrapUp, 0),
    ] {
        let mut it = conversation(number, &customer(&store, number).await, state);
        it.queue = Some(QUEUE);
        it.priority = priority;
        it.queued_at = Some(Micros(number));
        match state {
            State::Active => it.agent = Some(ann),
            State::WrapUp => {
                it.agent = Some(ann);
                it.data.wrap_until = Some(Micros(50));
            }
            State::Offered => it.data.offer = Some(offer(ann)),
            _ => {}
        }
        write(&store, &begun(it)).await;
    }
    let ids = |list: Vec<Conversation>| list.iter().map(|it| it.id.0).collect::<Vec<_>>();
    assert_eq!(ids(conversation::waiting(&store, 10).await.unwrap()), [1_001, 1_000]);
    assert_eq!(ids(conversation::offered(&store).await.unwrap()), [1_002]);
    let mut held = ids(conversation::held_by(&store, ann).await.unwrap());
    held.sort_unstable();
    assert_eq!(held, [1_003, 1_004]);
    assert_eq!(conversation::loads(&store).await.unwrap().get(&ann), Some(&2));
    let waiting = conversation::waiting_counts(&store).await.unwrap()[&QUEUE];
    assert_eq!((waiting.count, waiting.oldest_since), (3, Some(Micros(1_000))));
    assert_eq!(conversation::next_due(&store).await.unwrap(), Some(Micros(50)));
    assert_eq!(conversation::due(&store, Micros(50)).await.unwrap(), [ConversationId(1_004)]);
    assert_eq!(conversation::held_contacts(&store, ann).await.unwrap(), [domain::id::ContactId(1_003)]);
    assert_eq!(conversation::open_of_gateway(&store, fixture::GATEWAY, None).await.unwrap().len(), 5);
    assert!(conversation::open_of_gateway(&store, fixture::GATEWAY, Some("201")).await.unwrap().is_empty());
    assert_eq!(conversation::open_of_queue(&store, QUEUE).await.unwrap().len(), 5);
    assert!(conversation::open_of_queue(&store, QueueId(501)).await.unwrap().is_empty());
}
