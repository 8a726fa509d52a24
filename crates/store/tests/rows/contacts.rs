//! Contacts and identities: profiles, merging, splitting, and authors of comments.

use domain::conversation::State;
use domain::id::{ContactId, IdentityId, MediumId};
use domain::message::Message;
use domain::role::Role;
use domain::time::Micros;
use domain::visibility::Viewer;
use store::Store;
use store::table::contact::{self, Identity, Person};
use store::table::conversation;
use store::table::identity;

use crate::engines::on_both_engines;
use crate::fixture::{
    self, GATEWAY, begun, commit, conflict, conversation, customer, outgoing, supervisor, write,
};

on_both_engines! {
    a_profile_is_fetched_and_a_name_given_here_stays
    contacts_are_merged_and_split
    the_writer_of_a_comment_becomes_a_customer_or_joins_one
    a_private_reply_without_text_quotes_nothing
    contacts_are_searched_and_shown_together
    the_same_words_are_found_however_they_are_written
}

async fn person(store: &Store, id: i64) -> Person {
    contact::find(store, ContactId(id)).await.unwrap().unwrap()
}

async fn a_profile_is_fetched_and_a_name_given_here_stays(store: Store) {
    let it = customer(&store, 70).await;
    assert_eq!(identity::profile_due(&store, Micros(70)).await.unwrap().len(), 1);
    commit(&store, |batch| {
        contact::set_channel_name(batch, it.contact, "Olha Koval");
        contact::want_picture(batch, it.contact, MediumId(5));
        identity::retry_profile(batch, it.id, Micros(900));
    })
    .await
    .unwrap();
    assert!(identity::profile_due(&store, Micros(899)).await.unwrap().is_empty());
    assert_eq!(contact::by_wanted_picture(&store, MediumId(5)).await.unwrap(), Some(it.contact));
    commit(&store, |batch| contact::show_picture(batch, MediumId(5))).await.unwrap();
    let mut known = person(&store, 70).await;
    assert_eq!((known.name.as_deref(), known.picture), (Some("Olha Koval"), Some(MediumId(5))));

    known.name = Some("Mrs Koval".into());
    known.name_is_custom = true;
    known.phone = Some("+380".into());
    known.attributes.insert("plan".into(), "gold".into());
    commit(&store, |batch| contact::update(batch, &known, Some(known.version))).await.unwrap();
    conflict(&store, |batch| contact::update(batch, &known, Some(known.version))).await;
    commit(&store, |batch| contact::set_channel_name(batch, it.contact, "O. Koval")).await.unwrap();
    let after = person(&store, 70).await;
    assert_eq!((after.name.as_deref(), after.channel_name.as_deref()), (Some("Mrs Koval"), Some("O. Koval")));
    assert_eq!(after.attributes, known.attributes);

    commit(&store, |batch| contact::refresh_profile(batch, it.contact, Micros(100))).await.unwrap();
    let due = identity::profile_due(&store, Micros(100)).await.unwrap();
    assert_eq!((due[0].id, due[0].profile_tries), (it.id, 0));
    conflict(&store, |batch| contact::want_picture(batch, ContactId(99), MediumId(6))).await;
}

async fn contacts_are_merged_and_split(store: Store) {
    let (first, second) = (customer(&store, 70).await, customer(&store, 71).await);
    let open = conversation(1_000, &second, State::Bot);
    write(&store, &begun(open.clone())).await;
    commit(&store, |batch| {
        contact::want_picture(batch, second.contact, MediumId(5));
        contact::show_picture(batch, MediumId(5));
    })
    .await
    .unwrap();
    let (target, other) = contact::find_two(&store, first.contact, second.contact).await.unwrap();
    let (mut target, other) = (target.unwrap(), other.unwrap());
    target.note = Some("both".into());
    commit(&store, |batch| contact::merge(batch, &target, &other, Micros(2_000))).await.unwrap();
    conflict(&store, |batch| contact::merge(batch, &target, &other, Micros(2_000))).await;

    let (merged, identities) = contact::with_identities(&store, first.contact).await.unwrap().unwrap();
    assert_eq!((merged.note.as_deref(), merged.picture), (Some("both"), Some(MediumId(5))));
    assert_eq!(identities.iter().map(|it| it.id.0).collect::<Vec<_>>(), [70, 71]);
    assert_eq!(contact::find(&store, second.contact).await.unwrap(), None);
    assert_eq!(contact::open_conversations(&store, first.contact).await.unwrap(), [open.id]);
    let moved = conversation::by_id(&store, open.id).await.unwrap().unwrap();
    assert_eq!((moved.contact, moved.version), (first.contact, 2));

    let new = ContactId(72);
    commit(&store, |batch| contact::split(batch, &merged, &identities[1], new, Micros(3_000))).await.unwrap();
    conflict(&store, |batch| contact::split(batch, &merged, &identities[1], new, Micros(3_000))).await;
    assert_eq!(identity::of_contact(&store, new).await.unwrap()[0].id, second.id);
    assert_eq!(contact::open_conversations(&store, new).await.unwrap(), [open.id]);
    let found = identity::of_gateway(&store, GATEWAY, "psid-71").await.unwrap();
    assert_eq!(found[0].contact, new);
}

async fn writer(store: &Store, number: i64) -> Identity {
    let mut it = customer(store, number + 1_000).await;
    it.id = IdentityId(number);
    it.contact = ContactId(number);
    it.address.user = Identity::of_comment(&format!("c{number}"));
    it.name = Some("Writer".into());
    commit(store, |batch| identity::insert_unmet(batch, &it)).await.unwrap();
    it
}

async fn the_writer_of_a_comment_becomes_a_customer_or_joins_one(store: Store) {
    let stranger = writer(&store, 80).await;
    assert_eq!(person(&store, 80).await.name.as_deref(), Some("Writer"));
    conflict(&store, |batch| identity::promote(batch, stranger.id, Micros(1))).await;
    commit(&store, |batch| identity::link(batch, stranger.id, "psid-80")).await.unwrap();
    let pending = identity::pending_links(&store).await.unwrap();
    assert_eq!(pending.iter().map(|it| it.known_as.as_deref()).collect::<Vec<_>>(), [Some("psid-80")]);
    commit(&store, |batch| identity::promote(batch, stranger.id, Micros(1))).await.unwrap();
    let known = identity::by_address(&store, &fixture::address("psid-80")).await.unwrap().unwrap();
    assert_eq!((known.id, known.comment()), (stranger.id, None));

    let (customer, writer) = (fixture::customer(&store, 70).await, writer(&store, 81).await);
    let it = conversation(1_000, &writer, State::Bot);
    let mut decision = begun(it.clone());
    decision.messages = vec![outgoing(1, &it)];
    write(&store, &decision).await;
    commit(&store, |batch| identity::link(batch, writer.id, &customer.address.user)).await.unwrap();
    let writer = identity::by_id(&store, writer.id).await.unwrap().unwrap();
    commit(&store, |batch| identity::merge(batch, &writer, &customer)).await.unwrap();
    conflict(&store, |batch| identity::merge(batch, &writer, &customer)).await;
    let moved = conversation::by_id(&store, it.id).await.unwrap().unwrap();
    assert_eq!((moved.identity, moved.contact), (customer.id, customer.contact));
    let message = store::table::message::by_id(&store, domain::id::MessageId(1)).await.unwrap().unwrap();
    assert_eq!(message.message.identity, customer.id);
    let reply = store::table::message::last_reply_to(&store, customer.id).await.unwrap();
    assert_eq!(reply, Some(("Ann".into(), Some("Hello 1".into()))));
}

async fn a_private_reply_without_text_quotes_nothing(store: Store) {
    let writer = writer(&store, 80).await;
    let it = conversation(1_000, &writer, State::Bot);
    let mut decision = begun(it.clone());
    decision.messages = vec![Message { text: None, ..outgoing(1, &it) }];
    write(&store, &decision).await;
    let reply = store::table::message::last_reply_to(&store, writer.id).await.unwrap();
    assert_eq!(reply, Some(("Ann".into(), None)));
}

async fn contacts_are_searched_and_shown_together(store: Store) {
    for number in 70..73 {
        let it = customer(&store, number).await;
        write(&store, &begun(conversation(number, &it, State::Closed))).await;
        commit(&store, |batch| contact::set_channel_name(batch, it.contact, &format!("Name{number}%")))
            .await
            .unwrap();
    }
    write(&store, &begun(conversation(99, &customer(&store, 73).await, State::Bot))).await;
    let search = async |words: &str, below: i64, limit: i64| -> Vec<i64> {
        let found = contact::search(&store, words, below, limit, &supervisor()).await.unwrap();
        found.iter().map(|it| it.id.0).collect()
    };
    assert_eq!(search("", i64::MAX, 2).await, [73, 72]);
    assert_eq!(search("", 72, 9).await, [71, 70]);
    assert_eq!(search("NAME71%", i64::MAX, 9).await, [71]);
    assert_eq!(search("psid-70", i64::MAX, 9).await, [70]);
    let mine = Viewer { user: domain::id::UserId(1), role: Role::Agent, queues: vec![] };
    assert!(contact::search(&store, "", i64::MAX, 9, &mine).await.unwrap().is_empty());

    let shown = contact::overviews(&store, &[ContactId(73), ContactId(1), ContactId(70)]).await.unwrap();
    assert_eq!(shown.iter().map(|it| it.conversations).collect::<Vec<_>>(), [1, 0, 1]);
    assert_eq!(shown[2].identities[0].address.user, "psid-70");
}

async fn the_same_words_are_found_however_they_are_written(store: Store) {
    let it = customer(&store, 70).await;
    let mut decision = begun(conversation(1_000, &it, State::Bot));
    let mut message = outgoing(1_000, &decision.conversation);
    message.text = Some("A ação, ПРИВІТ з Києва, № ٤٢".into());
    decision.messages = vec![message];
    write(&store, &decision).await;
    let mut known = person(&store, 70).await;
    known.name = Some("André Conceição-Łódź".into());
    known.email = Some("Olena.K@Example.com".into());
    known.phone = Some("+38 (067) 123-45-67".into());
    commit(&store, |batch| contact::update(batch, &known, None)).await.unwrap();

    let of_contact = [
        "conceicao",
        "andre",
        "ANDRE\u{301}",
        "lodz",
        "and\u{200b}re",
        "olena.k@example.com",
        "OLENA.K@",
        "+380671234567",
        "0671234567",
        "67 123",
        "00380671234567",
        "٠٦٧",
        "(067) 123",
    ];
    for words in of_contact {
        let found = contact::search(&store, words, i64::MAX, 9, &supervisor()).await.unwrap();
        assert_eq!(found.len(), 1, "contacts: {words}");
    }
    let of_message = ["acao", "ACA\u{303}O", "привіт", "києва", "42"];
    for words in of_contact.iter().chain(&of_message) {
        let filter = conversation::Filter { words, ..conversation::Filter::default() };
        let found =
            conversation::search(&store, &filter, &supervisor(), conversation::Place::LATEST, 9).await.unwrap();
        assert_eq!(found.len(), 1, "conversations: {words}");
    }
    for words in ["068", "olena@example.com", "acaoo", "9"] {
        let found = contact::search(&store, words, i64::MAX, 9, &supervisor()).await.unwrap();
        assert!(found.is_empty(), "contacts: {words}");
    }
}
