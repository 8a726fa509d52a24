//! Full-text search: both indexes find exactly what `domain::search` matches, and only what the viewer may see;
//! edited, unsent or deleted text leaves them with the same commit.

use std::collections::BTreeSet;

use domain::conversation::State;
use domain::decision::Change;
use domain::id::{ConversationId, MessageId, QueueId, UserId};
use domain::role::Role;
use domain::search::Query;
use domain::time::Micros;
use domain::visibility::Viewer;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use store::table::search::{Asked, Filter};
use store::table::{contact, erasure, record, search};
use store::{Batch, Store};

use crate::engines::on_both_engines;
use crate::fixture::{begun, commit, conversation, customer, outgoing, supervisor, write};

on_both_engines! {
    both_indexes_find_what_the_domain_says
    contacts_are_found_by_name_address_and_any_part_of_their_number
    what_one_may_not_see_is_not_found_and_filters_narrow_what_is
}

/// Texts of few letters, so that many share words, and arbitrary texts.
fn samples(pattern: &str, count: usize, runner: &mut TestRunner) -> Vec<String> {
    let strategy = proptest::string::string_regex(pattern).unwrap();
    (0..count).map(|_| strategy.new_tree(runner).unwrap().current()).collect()
}

async fn ids(store: &Store, words: &str, viewer: &Viewer, filter: &Filter) -> BTreeSet<MessageId> {
    let query = Query::parse(words);
    let asked = Asked { query: &query, filter, viewer, below: i64::MAX, limit: 10_000 };
    let found = search::messages(store, &asked).await.unwrap();
    assert!(found.is_sorted_by(|a, b| a > b), "the newest first, each once");
    found.into_iter().collect()
}

async fn both_indexes_find_what_the_domain_says(store: Store) {
    let mut runner = TestRunner::deterministic();
    let few = "[aäÄbﬁßİσς1١日本語ガｶﾞไม่👍' \u{200b}\u{301}.-]{0,9}";
    let mut texts = samples(few, 120, &mut runner);
    texts.extend(samples("\\PC{0,30}", 60, &mut runner));
    texts.extend(samples(".{0,30}", 40, &mut runner));
    let mut queries = samples(few, 60, &mut runner);
    queries.extend(samples("[aäbﬁß1日本ガ👍]{1,2}", 40, &mut runner));
    // Prefixes of real words, and characters that an engine's own syntax might use.
    queries.extend(texts.iter().step_by(3).map(|text| text.chars().take(4).collect::<String>()));
    queries.extend(
        ["a* OR b", "NOT a", "\"a", "a:b", "'a' & !b", "a <-> b", "^a", "{a b}: c", "\\'a"].map(str::to_owned),
    );
    let agent = Viewer { user: UserId(1), role: Role::Agent, queues: vec![] };
    let mut it = conversation(1_000, &customer(&store, 70).await, State::Closed);
    it.last_agent = Some(agent.user);
    let mut decision = begun(it.clone());
    for (id, text) in (1..).zip(&texts) {
        let mut message = outgoing(id, &it);
        message.text = Some(text.clone());
        decision.messages.push(message);
    }
    write(&store, &decision).await;
    let mut now: Vec<(i64, String)> = (1..).zip(texts.clone()).collect();
    for round in 0..3 {
        let mut found_some = 0;
        for words in &queries {
            let query = Query::parse(words);
            let expected: BTreeSet<MessageId> =
                now.iter().filter(|(_, text)| query.matches(text)).map(|(id, _)| MessageId(*id)).collect();
            if query.is_empty() {
                assert!(expected.is_empty(), "nothing that is looked for finds nothing: {words:?}");
                continue;
            }
            found_some += usize::from(!expected.is_empty());
            for viewer in [&supervisor(), &agent] {
                let found = ids(&store, words, viewer, &Filter::default()).await;
                assert_eq!(found, expected, "round {round}, {:?}: {words:?}", viewer.role);
            }
            let last = search::last_messages(&store, &query, &[it.id]).await.unwrap();
            assert_eq!(last.first(), expected.last(), "round {round}: {words:?}");
        }
        assert!(found_some > 10, "round {round}: the queries find something: {found_some}");
        let mut batch = Batch::new();
        match round {
            0 => {
                for (id, text) in now.iter_mut().filter(|(id, _)| id % 3 == 0) {
                    *text = texts[usize::try_from(*id * 7).unwrap() % texts.len()].clone();
                    let (message, text) = (MessageId(*id), text.clone());
                    let edited = Change::Edited { message, text, number: 1, at: Micros(2_000) };
                    record::change(&mut batch, it.id, &edited, Micros(2_000));
                }
                for (id, text) in now.iter_mut().filter(|(id, _)| id % 5 == 0) {
                    text.clear();
                    let unsent = Change::Unsent { message: MessageId(*id), at: Micros(3_000) };
                    record::change(&mut batch, it.id, &unsent, Micros(3_000));
                }
            }
            _ => {
                erasure::delete_messages(&mut batch, it.id, MessageId(150));
                now.retain(|(id, _)| *id > 150);
            }
        }
        store.commit(batch).await.unwrap();
    }
}

async fn contacts_are_found_by_name_address_and_any_part_of_their_number(store: Store) {
    for (number, name, email, phone) in [
        (71, "André Conceição", "andre@example.org", "+38 (067) 123-45-67"),
        (72, "Олена Коваль", "Olena.K@Example.com", "0501234567"),
    ] {
        let customer = customer(&store, number).await;
        let mut thread = conversation(number * 10, &customer, State::Closed);
        thread.last_agent = Some(UserId(1));
        write(&store, &begun(thread)).await;
        let mut person = contact::find(&store, customer.contact).await.unwrap().unwrap();
        person.name = Some(name.into());
        person.name_is_custom = true;
        person.email = Some(email.into());
        person.phone = Some(phone.into());
        commit(&store, |batch| contact::update(batch, &person, None)).await.unwrap();
    }
    let (viewer, filter) = (supervisor(), Filter::default());
    let agent = Viewer { user: UserId(1), role: Role::Agent, queues: vec![] };
    for (words, expected) in [
        ("conceicao ANDRE", &[71][..]),
        ("коваль", &[72]),
        ("olena.k@exam", &[72]),
        ("example", &[72, 71]),
        ("+380671234567", &[71]),
        ("067 123", &[71]),
        ("+380501234567", &[72]),
        ("1234567", &[72, 71]),
        ("коваль andre", &[]),
    ] {
        let query = Query::parse(words);
        for viewer in [&viewer, &agent] {
            let asked = Asked { query: &query, filter: &filter, viewer, below: i64::MAX, limit: 10 };
            let found = search::contacts(&store, &asked).await.unwrap();
            assert_eq!(found.iter().map(|id| id.0).collect::<Vec<_>>(), expected, "{words}");
            let threads = search::conversations(&store, &asked).await.unwrap();
            let expected: Vec<_> = expected.iter().map(|id| ConversationId(id * 10)).collect();
            assert_eq!(threads, expected, "{:?}: {words}", viewer.role);
        }
    }
    commit(&store, |batch| contact::set_channel_name(batch, domain::id::ContactId(72), "Olha")).await.unwrap();
    let query = Query::parse("olha");
    let asked = Asked { query: &query, filter: &filter, viewer: &viewer, below: i64::MAX, limit: 10 };
    assert_eq!(search::contacts(&store, &asked).await.unwrap(), [], "a name of our own stays");
}

async fn what_one_may_not_see_is_not_found_and_filters_narrow_what_is(store: Store) {
    let me = UserId(1);
    let mut threads = Vec::new();
    for (number, agent, queue) in [(81, me, 5), (82, UserId(2), 5), (83, me, 6)] {
        let mut it = conversation(number, &customer(&store, number).await, State::Active);
        (it.agent, it.queue) = (Some(agent), Some(QueueId(queue)));
        let mut decision = begun(it.clone());
        let mut message = outgoing(number * 100, &it);
        message.text = Some("A secret jam".into());
        decision.messages.push(message);
        write(&store, &decision).await;
        threads.push(it.id);
    }
    let agent = Viewer { user: me, role: Role::Agent, queues: vec![] };
    let guest = Viewer { user: me, role: Role::Guest, queues: vec![QueueId(5)] };
    let found = async |viewer: &Viewer, filter: Filter| -> Vec<i64> {
        ids(&store, "jam", viewer, &filter).await.into_iter().map(|id| id.0 / 100).collect()
    };
    assert_eq!(found(&supervisor(), Filter::default()).await, [81, 82, 83]);
    assert_eq!(found(&agent, Filter::default()).await, [81, 83]);
    assert!(found(&guest, Filter::default()).await.is_empty());
    for (filter, expected) in [
        (Filter { queue: Some(5), ..Filter::default() }, &[81, 82][..]),
        (Filter { agent: Some(2), ..Filter::default() }, &[82]),
        (Filter { label: Some(1), ..Filter::default() }, &[]),
        (Filter { channel: "messenger".into(), ..Filter::default() }, &[81, 82, 83]),
        (Filter { channel: "whatsapp".into(), ..Filter::default() }, &[]),
        (Filter { from: Some(Micros(8_200)), to: Some(Micros(8_300)), ..Filter::default() }, &[82]),
    ] {
        assert_eq!(found(&supervisor(), filter.clone()).await, expected, "{filter:?}");
    }
    let (query, filter) = (Query::parse("jam"), Filter::default());
    let asked = |below, viewer| Asked { query: &query, filter: &filter, viewer, below, limit: 1 };
    assert_eq!(search::conversations(&store, &asked(i64::MAX, &agent)).await.unwrap(), [ConversationId(83)]);
    assert_eq!(search::conversations(&store, &asked(83, &agent)).await.unwrap(), [ConversationId(81)]);
    assert_eq!(search::last_messages(&store, &query, &threads).await.unwrap().len(), 3);
}
