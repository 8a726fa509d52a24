//! Conversations: lists, queues, labels, and what a turn begins with.

use domain::channel::Channel;
use domain::conversation::{Conversation, Offer, Participant, State};
use domain::id::{ConversationId, MessageId, QueueId, SkillId, TeamId, UserId};
use domain::queue::QueueSettings;
use domain::role::Role;
use domain::service::{Service, SkillNeed};
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
    the_agent_of_the_last_conversation_is_found
    a_long_line_hides_no_other
}

const QUEUE: QueueId = QueueId(500);

async fn make_queue(store: &Store, id: QueueId, name: &str, all_agents: bool, members: &[UserId]) {
    let service = Service { all_agents, members: members.to_vec(), ..Service::default() };
    insert(store, id, name, service).await;
}

async fn insert(store: &Store, id: QueueId, name: &str, service: Service) {
    let new = QueueEdit { name, settings: &QueueSettings::default(), service: &service };
    commit(store, |batch| queue::insert(batch, id, new, Micros(1))).await.unwrap();
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
    assert_eq!(ids(Filter { account: fixture::PAGE, ..Filter::default() }, start, 9).await.len(), 4);
    assert!(ids(Filter { account: "201", ..Filter::default() }, start, 9).await.is_empty());
    let days = Filter { from: Some(Micros(1_001)), to: Some(Micros(1_003)), ..Filter::default() };
    assert_eq!(ids(days, start, 9).await, [1_002, 1_001]);
    let some = [ConversationId(1_002), ConversationId(1_003)];
    let found = message::last_with_words(&store, &some, "HELLO 1002").await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[&ConversationId(1_002)].text.to_lowercase(), "hello 1002");
    assert!(message::last_with_words(&store, &some, " ").await.unwrap().is_empty());
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
    assert_eq!((sales.name.as_str(), sales.service.members.as_slice()), ("Sales", [ann].as_slice()));

    let settings = QueueSettings { priority: 5, ageing_seconds: Some(60), ..QueueSettings::default() };
    let needs = |skill, relax_after| SkillNeed { skill: SkillId(skill), min_level: 40, relax_after };
    let service =
        Service { teams: vec![TeamId(7)], skills: vec![needs(8, Some(90)), needs(9, None)], ..sales.service };
    let edit = QueueEdit { name: "Sales and more", settings: &settings, service: &service };
    commit(&store, |batch| queue::update(batch, sales.id, edit, Some(1), Micros(2))).await.unwrap();
    conflict(&store, |batch| queue::update(batch, sales.id, edit, Some(1), Micros(2))).await;
    sales = queue::list(&store).await.unwrap().pop().unwrap();
    assert_eq!((&*sales.settings, &sales.service, sales.version), (&settings, &service, 2));
    let bob = agent(&store, 2, "bob", Role::Agent).await;
    for (serves, members) in [(true, vec![ann, bob]), (false, vec![ann])] {
        commit(&store, |batch| queue::set_member(batch, sales.id, bob, serves, Micros(3))).await.unwrap();
        assert_eq!(queue::list(&store).await.unwrap()[1].service.members, members);
    }
    assert_eq!(queue::list(&store).await.unwrap()[1].version, 4, "who edits an older one has to look again");

    let mut waits = conversation(1_000, &customer(&store, 70).await, State::Queued);
    waits.queue = Some(sales.id);
    write(&store, &begun(waits)).await;
    assert_eq!(queue::open_conversations(&store, sales.id).await.unwrap(), 1);
    conflict(&store, |batch| queue::delete(batch, sales.id)).await;
    commit(&store, |batch| queue::leave_all(batch, ann)).await.unwrap();
    assert!(queue::list(&store).await.unwrap()[1].service.members.is_empty());
    insert(&store, QueueId(502), "Review", Service { isolated: true, ..Service::default() }).await;
    assert!(queue::list(&store).await.unwrap()[2].is_isolated());
}

async fn what_waits_is_counted_by_queue_and_agent(store: Store) {
    let ann = agent(&store, 1, "ann", Role::Agent).await;
    for (number, state, priority) in [
        (1_000, State::Queued, 0),
        (1_001, State::Queued, 9),
        (1_002, State::Offered, 0),
        (1_003, State::Active, 0),
        (1_004, State::WrapUp, 0),
        (1_005, State::Snoozed, 0),
        (1_006, State::Waiting, 0),
    ] {
        let mut it = conversation(number, &customer(&store, number).await, state);
        it.queue = Some(QUEUE);
        it.priority = priority;
        it.queued_at = Some(Micros(number));
        match state {
            State::Active | State::Snoozed => it.agent = Some(ann),
            State::Waiting => {
                it.agent = Some(ann);
                let participant = Participant { agent: UserId(2), name: "Ben".into(), since: Micros(1) };
                it.data.participants.push(participant);
            }
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
    let mut lost = conversation(999, &customer(&store, 999).await, State::Queued);
    lost.queued_at = Some(Micros(999));
    write(&store, &begun(lost)).await;
    let other = QueueId(501);
    for (queues, first, waiting, elsewhere) in [
        (vec![QUEUE], None, vec![1_000, 1_001], vec![999]),
        (vec![QUEUE], Some(QUEUE), vec![999, 1_000, 1_001], vec![]),
        (vec![other], Some(other), vec![999], vec![1_000, 1_001]),
        (vec![other, QUEUE], Some(other), vec![999, 1_000, 1_001], vec![]),
        (vec![], Some(other), vec![], vec![999, 1_000, 1_001]),
    ] {
        let found = conversation::waiting(&store, &queues, first, 10, 10).await.unwrap();
        let mut found = ids(found);
        found.sort_unstable();
        assert_eq!(found, waiting, "{queues:?} {first:?}");
        let none = ConversationId(0);
        let found = conversation::waiting_elsewhere(&store, &queues, first, none, 10).await.unwrap();
        assert_eq!(ids(found), elsewhere, "{queues:?} {first:?}");
    }
    let behind = ConversationId(999);
    let found = conversation::waiting_elsewhere(&store, &[], None, behind, 1).await.unwrap();
    assert_eq!(ids(found), [1_000]);
    let first = async |each, limit| ids(conversation::waiting(&store, &[QUEUE], None, each, limit).await.unwrap());
    assert_eq!(first(1, 10).await, [1_000, 1_001], "the first by wait and the first by priority");
    assert_eq!(first(10, 1).await, [1_000]);
    let mut offered = ids(conversation::offered(&store).await.unwrap());
    offered.sort_unstable();
    assert_eq!(offered, [1_002, 1_006], "offered, or with a colleague");
    assert_eq!(ids(conversation::helped_by(&store, UserId(2)).await.unwrap()), [1_006]);
    assert!(conversation::helped_by(&store, UserId(1)).await.unwrap().is_empty());
    let mut aside = ids(conversation::set_aside_by(&store, ann).await.unwrap());
    aside.sort_unstable();
    assert_eq!(aside, [1_005, 1_006]);
    let mut held = ids(conversation::held_by(&store, ann).await.unwrap());
    held.sort_unstable();
    assert_eq!(held, [1_003, 1_004]);
    let loads = conversation::loads(&store).await.unwrap();
    assert_eq!((loads.len(), loads[&ann][&Channel::MESSENGER]), (1, 2));
    let waiting = conversation::waiting_counts(&store).await.unwrap()[&QUEUE];
    assert_eq!((waiting.count, waiting.oldest_since), (3, Some(Micros(1_000))));
    assert_eq!(conversation::next_due(&store).await.unwrap(), Some(Micros(50)));
    assert_eq!(conversation::due(&store, Micros(50)).await.unwrap(), [ConversationId(1_004)]);
    let mut contacts = conversation::held_contacts(&store, ann).await.unwrap();
    contacts.sort_unstable();
    assert_eq!(contacts, [1_003, 1_005, 1_006].map(domain::id::ContactId));
    assert_eq!(conversation::open_of_gateway(&store, fixture::GATEWAY, None).await.unwrap().len(), 8);
    assert!(conversation::open_of_gateway(&store, fixture::GATEWAY, Some("201")).await.unwrap().is_empty());
    assert_eq!(conversation::open_of_queue(&store, QUEUE).await.unwrap().len(), 7);
    assert!(conversation::open_of_queue(&store, QueueId(501)).await.unwrap().is_empty());
}

async fn the_agent_of_the_last_conversation_is_found(store: Store) {
    let ann = agent(&store, 1, "ann", Role::Agent).await;
    let (olena, maria) = (customer(&store, 70).await, customer(&store, 71).await);
    for (number, held) in [(1_000, Some(UserId(9))), (1_001, Some(ann)), (1_002, None)] {
        let mut it = conversation(number, &olena, State::Closed);
        it.last_agent = held;
        write(&store, &begun(it)).await;
    }
    let waits = [conversation(1_003, &olena, State::Queued), conversation(1_004, &maria, State::Queued)];
    let ids = waits.each_ref().map(|it| it.id);
    for it in waits {
        write(&store, &begun(it)).await;
    }
    let known = conversation::former_agents(&store, ids).await.unwrap();
    assert_eq!(known.into_iter().collect::<Vec<_>>(), [(ids[0], ann)]);
}

async fn a_long_line_hides_no_other(store: Store) {
    for (number, queue) in [(1_000, 500), (1_001, 500), (1_002, 500), (1_003, 501)] {
        let mut it = conversation(number, &customer(&store, number).await, State::Queued);
        (it.queue, it.queued_at, it.priority) =
            (Some(QueueId(queue)), Some(Micros(number)), 9 - (queue - 500) * 9);
        write(&store, &begun(it)).await;
    }
    let waiting = conversation::waiting(&store, &[QUEUE, QueueId(501)], None, 10, 2).await.unwrap();
    assert_eq!(waiting.iter().map(|it| it.id.0).collect::<Vec<_>>(), [1_000, 1_003]);
}
