//! Erasing contacts, and deleting old data.

use domain::conversation::State as ConversationState;
use domain::file_error::FileError;
use domain::id::{ContactId, ConversationId, DeliveryId, MediumId, MessageId};
use domain::inbound::FileKind;
use domain::not_applied::NotApplied;
use domain::outbound::Speaker;
use domain::time::Micros;
use store::Store;
use store::table::erasure::{self, Requested, State, Subject};
use store::table::inbox::{self, Arrived};
use store::table::medium::{self, Measures, Medium};
use store::table::retention::{self, Aged};
use store::table::{contact, conversation, dead_file, delivery, identity, message, outbox};

use crate::engines::on_both_engines;
use crate::fixture::{
    self, GATEWAY, PAGE, begun, commit, conflict, conversation, customer, duplicate, outgoing, request, write,
};

on_both_engines! {
    a_contact_is_erased_step_by_step
    what_is_old_is_deleted_in_small_batches
}

fn arrived(id: i64, keys: &[&str], unreadable: Option<NotApplied>) -> Arrived {
    Arrived {
        id: DeliveryId(id),
        gateway: GATEWAY,
        page: Some(PAGE.into()),
        at: Micros(id),
        body: b"body".to_vec(),
        keys: keys.iter().map(|&key| fixture::address(key)).collect(),
        unreadable,
    }
}

fn file(id: i64, conversation: ConversationId, message: Option<MessageId>) -> Medium {
    Medium {
        id: MediumId(id),
        conversation: Some(conversation),
        quick_reply: None,
        message,
        kind: FileKind::Image,
        name: "cat.png".into(),
        mime: "image/png".into(),
        size: 3,
        state: medium::State::Stored,
        source_url: None,
        source_id: None,
        sha256: None,
        error: None,
        tries: 0,
        created_by: Some(domain::id::UserId(1)),
        thumb: false,
        was_opened: false,
        measures: Measures::default(),
    }
}

async fn a_contact_is_erased_step_by_step(store: Store) {
    let it = conversation(1_000, &customer(&store, 70).await, ConversationState::Active);
    let mut decision = begun(it.clone());
    decision.messages = (1..=3).map(|id| outgoing(id, &it)).collect();
    decision.sends = vec![request(101, &decision.messages[0], Speaker::Agent)];
    decision.mids = vec![("m_1".into(), MessageId(1))];
    write(&store, &decision).await;
    store.commit(inbox::arrive(arrived(500, &["psid-70", "psid-71"], None))).await.unwrap();
    commit(&store, |batch| {
        medium::push_upload(batch, &file(5, it.id, Some(MessageId(1))), Micros(1));
        contact::want_picture(batch, it.contact, MediumId(6));
    })
    .await
    .unwrap();

    let erasable = erasure::erasable(&store, it.contact, 9).await.unwrap().unwrap();
    assert_eq!((erasable.identities.len(), erasable.conversations.as_slice()), (1, [it.id].as_slice()));
    let waiting = erasure::waiting_events(&store, &fixture::address("psid-70"), 900).await.unwrap();
    assert_eq!(waiting, [inbox::Place { delivery: DeliveryId(500), n: 0 }]);
    let subjects = [Subject { gateway: GATEWAY.0, address: fixture::address("psid-70") }];
    let begin = |batch: &mut store::Batch| {
        let requested = Requested { by: None, code: Some("code") };
        erasure::begin(batch, 900, &erasable.person, &subjects, requested, Micros(10));
    };
    commit(&store, begin).await.unwrap();
    duplicate(&store, begin).await;
    assert_eq!(contact::find(&store, it.contact).await.unwrap(), None);
    assert_eq!(identity::by_address(&store, &fixture::address("psid-70")).await.unwrap(), None);
    assert_eq!(outbox::count(&store).await.unwrap(), 0);
    let ended = conversation::by_id(&store, it.id).await.unwrap().unwrap();
    assert_eq!((ended.state, ended.version), (ConversationState::Closed, 2));

    let running = erasure::running(&store).await.unwrap().remove(0);
    assert_eq!(
        (running.subjects.as_slice(), Some(running.state)),
        (subjects.as_slice(), Some(State::Conversations))
    );
    assert_eq!(erasure::conversations(&store, it.contact, 9).await.unwrap(), [it.id]);
    let (last, count) = erasure::next_messages(&store, it.id, 2).await.unwrap().unwrap();
    assert_eq!((last, count), (MessageId(2), 2));
    commit(&store, |batch| {
        erasure::delete_messages(batch, it.id, last);
        erasure::add_counts(batch, 900, 0, count);
    })
    .await
    .unwrap();
    assert!(message::by_mid(&store, &fixture::account(), "m_1").await.unwrap().is_none());
    commit(&store, |batch| {
        erasure::delete_messages(batch, it.id, MessageId(3));
        erasure::delete_conversation(batch, it.id, Micros(11));
        erasure::add_counts(batch, 900, 1, 1);
        erasure::set_state(batch, 900, State::Deliveries);
    })
    .await
    .unwrap();
    assert_eq!(erasure::next_messages(&store, it.id, 2).await.unwrap(), None);

    let found = erasure::deliveries(&store, DeliveryId(0), DeliveryId(900), 9).await.unwrap();
    assert_eq!(
        (found[0].id, found[0].pending, found[0].body.bytes.as_slice()),
        (DeliveryId(500), 2, b"body".as_slice())
    );
    conflict(&store, |batch| erasure::rewrite_delivery(batch, DeliveryId(500), Vec::new(), 0)).await;
    commit(&store, |batch| erasure::rewrite_if_done(batch, DeliveryId(500), Vec::new(), 0)).await.unwrap();
    commit(&store, |batch| {
        erasure::set_looked_through(batch, 900, DeliveryId(500), 1);
        erasure::set_state(batch, 900, State::Files);
    })
    .await
    .unwrap();

    let dead = dead_file::due(&store, Micros(0)).await.unwrap();
    let mut ids: Vec<_> = dead.iter().map(|it| (it.medium.0, it.removed)).collect();
    ids.sort_unstable();
    assert_eq!(
        (ids.as_slice(), dead_file::count(&store).await.unwrap()),
        ([(5, false), (6, false)].as_slice(), 2)
    );
    commit(&store, |batch| dead.iter().for_each(|it| dead_file::set_removed(batch, *it, Micros(20))))
        .await
        .unwrap();
    assert_eq!(dead_file::count(&store).await.unwrap(), 0);
    let again = dead_file::due(&store, Micros(21)).await.unwrap();
    assert!(again.len() == 2 && again.iter().all(|it| it.removed));
    commit(&store, |batch| again.iter().for_each(|it| dead_file::set_removed(batch, *it, Micros(30))))
        .await
        .unwrap();
    assert!(dead_file::due(&store, Micros(99)).await.unwrap().is_empty());

    let running = erasure::running(&store).await.unwrap().remove(0);
    assert_eq!((running.conversations, running.messages, running.deliveries), (1, 3, 1));
    commit(&store, |batch| erasure::finish(batch, &running, Micros(40))).await.unwrap();
    conflict(&store, |batch| erasure::finish(batch, &running, Micros(40))).await;
    let done = erasure::of_contact(&store, ContactId(70)).await.unwrap().unwrap();
    assert_eq!((Some(done.state), done.subjects.len(), done.done_at), (Some(State::Done), 0, Some(Micros(40))));
}

async fn what_is_old_is_deleted_in_small_batches(store: Store) {
    let it = conversation(1_000, &customer(&store, 70).await, ConversationState::Closed);
    write(&store, &begun(it.clone())).await;
    store.commit(inbox::arrive(arrived(500, &[], None))).await.unwrap();
    store.commit(inbox::arrive(arrived(501, &[], Some(NotApplied::NotAnObject {})))).await.unwrap();
    store.commit(inbox::arrive(arrived(502, &["a"], None))).await.unwrap();
    let gone = async |rows| store.commit(retention::delete_aged(rows, 900, 9)).await.unwrap()[0];
    assert_eq!(gone(Aged::Deliveries).await, 1);
    assert_eq!(delivery::count_failed(&store).await.unwrap(), 1);
    assert_eq!((gone(Aged::FailedDeliveries).await, gone(Aged::Audit).await), (1, 0));
    assert_eq!(inbox::count(&store).await.unwrap(), 1, "what waits stays");

    commit(&store, |batch| {
        medium::push_upload(batch, &file(5, it.id, Some(MessageId(1))), Micros(1));
        medium::push_upload(batch, &file(6, it.id, None), Micros(1));
    })
    .await
    .unwrap();
    assert!(retention::old_media(&store, 900, Micros(1_000), 9).await.unwrap().is_empty());
    assert_eq!(retention::old_media(&store, 900, Micros(1_001), 9).await.unwrap().len(), 2);
    assert_eq!(retention::unused_uploads(&store, Micros(2), 9).await.unwrap(), [MediumId(6)]);
    commit(&store, |batch| {
        retention::expire_medium(batch, MediumId(5), Micros(2_000));
        dead_file::delete(batch, MediumId(6), Micros(2_000));
    })
    .await
    .unwrap();
    let expired = medium::by_id(&store, MediumId(5)).await.unwrap().unwrap();
    assert_eq!((expired.error, expired.size), (Some(FileError::Removed {}), 0));
    assert_eq!(
        (medium::by_id(&store, MediumId(6)).await.unwrap(), dead_file::count(&store).await.unwrap()),
        (None, 2)
    );

    assert_eq!(retention::contact_without_conversations(&store, it.contact).await.unwrap(), None);
    assert_eq!(retention::old_conversations(&store, Micros(1_001), 9).await.unwrap(), [it.id]);
    commit(&store, |batch| erasure::delete_conversation(batch, it.id, Micros(2_000))).await.unwrap();
    let person = retention::contact_without_conversations(&store, it.contact).await.unwrap().unwrap();
    commit(&store, |batch| retention::delete_contact(batch, &person, Micros(2_000))).await.unwrap();
    conflict(&store, |batch| retention::delete_contact(batch, &person, Micros(2_000))).await;
    assert_eq!(contact::find(&store, it.contact).await.unwrap(), None);
}
