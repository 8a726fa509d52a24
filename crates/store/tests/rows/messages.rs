//! Messages, their ids at the channel, their delivery status, their media, pending updates, and comments.

use domain::comment::State as CommentState;
use domain::conversation::{Conversation, State};
use domain::file_error::FileError;
use domain::id::{ContactId, MediumId, MessageId};
use domain::inbound::{Comment, FileKind, Inbound, InboundEvent, Verb};
use domain::message::{Direction, Message, Status};
use domain::outbound::Speaker;
use domain::time::{DAY, Micros};
use store::Store;
use store::table::delivery_status::{self, Receipt};
use store::table::medium::{self, Fetched, Measures, Medium};
use store::table::message::{self, Place};
use store::table::{comment, contact, mid, pending_update};

use crate::engines::on_both_engines;
use crate::fixture::{
    self, GATEWAY, PAGE, begun, commit, conflict, conversation, customer, failure, outgoing, request, write,
};

on_both_engines! {
    a_thread_is_read_in_both_directions
    a_message_goes_forward_only
    a_receipt_names_what_it_speaks_of
    media_are_fetched_tried_again_and_attached
    changes_wait_for_their_message
    a_comment_has_one_private_reply
}

/// A conversation with messages 1 to 3, the first with the channel's id `m_1`.
async fn thread(store: &Store) -> (Conversation, Vec<Message>) {
    let it = conversation(1_000, &customer(store, 70).await, State::Bot);
    let messages: Vec<_> = (1..=3).map(|id| outgoing(id, &it)).collect();
    let mut decision = begun(it.clone());
    decision.messages.clone_from(&messages);
    decision.sends = messages.iter().map(|it| request(it.id.0 + 100, it, Speaker::Agent)).collect();
    decision.mids = vec![("m_1".into(), MessageId(1))];
    write(store, &decision).await;
    (it, messages)
}

async fn status(store: &Store, id: i64) -> Status {
    message::by_id(store, MessageId(id)).await.unwrap().unwrap().message.status
}

async fn a_thread_is_read_in_both_directions(store: Store) {
    let (it, messages) = thread(&store).await;
    let ids = |list: Vec<message::Stored>| list.iter().map(|it| it.message.id.0).collect::<Vec<_>>();
    let first = message::after(&store, it.id, Place::START, 2).await.unwrap();
    let place = first[1].place();
    assert_eq!(first[0].message, messages[0]);
    assert_eq!(ids(first), [1, 2]);
    assert_eq!(ids(message::after(&store, it.id, place, 9).await.unwrap()), [3]);
    assert_eq!(ids(message::before(&store, it.id, place, 9).await.unwrap()), [1]);
    let same = message::to_customer_by_client_id(&store, it.identity, "key-2").await.unwrap().unwrap();
    assert_eq!(same.message.id, MessageId(2));
    let found = message::by_mids(&store, &fixture::account(), &["m_2", "m_1"]).await.unwrap();
    assert_eq!(found.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true]);
    let near = message::near(&store, it.identity, Direction::Out, Micros(2), Micros(2)).await.unwrap();
    assert_eq!(near.iter().map(|it| it.id.0).collect::<Vec<_>>(), [2]);
    assert_eq!(mid::message(&store, &fixture::account(), "m_1").await.unwrap(), Some(MessageId(1)));

    commit(&store, |batch| {
        mid::insert(batch, &fixture::account(), "deskbell:2:0", MessageId(2), 0);
        mid::insert(batch, &fixture::account(), "m_2b", MessageId(2), 1);
        mid::insert(batch, &fixture::account(), "m_2b", MessageId(3), 0);
    })
    .await
    .unwrap();
    assert_eq!(mid::of_message(&store, &fixture::account(), MessageId(2)).await.unwrap().as_deref(), Some("m_2b"));
    assert_eq!(mid::parts_sent(&store, MessageId(2)).await.unwrap().len(), 2);
    assert_eq!(
        mid::of_message(&store, &fixture::account(), MessageId(3)).await.unwrap(),
        None,
        "the id stands for another"
    );
}

async fn a_message_goes_forward_only(store: Store) {
    thread(&store).await;
    let one = MessageId(1);
    commit(&store, |batch| delivery_status::set_waiting(batch, one, &failure("slow"), Micros(5))).await.unwrap();
    let waiting = message::by_id(&store, one).await.unwrap().unwrap().message;
    assert_eq!((waiting.status, waiting.error), (Status::Queued, Some(failure("slow"))));
    commit(&store, |batch| {
        store::table::outbox::delete_part(batch, one, 0);
        delivery_status::part_sent(batch, one, Micros(6));
        delivery_status::set_failed(batch, one, &failure("late"));
        delivery_status::set_uncertain(batch, one);
    })
    .await
    .unwrap();
    assert_eq!(status(&store, 1).await, Status::Sent, "what was sent is not failed");
    conflict(&store, |batch| delivery_status::cancel(batch, one)).await;

    let two = MessageId(2);
    commit(&store, |batch| delivery_status::set_uncertain(batch, two)).await.unwrap();
    commit(&store, |batch| delivery_status::explain_uncertain(batch, two, &failure("asked"))).await.unwrap();
    let asked = message::by_id(&store, two).await.unwrap().unwrap().message.error;
    assert_eq!(asked, Some(failure("asked")));
    conflict(&store, |batch| delivery_status::send_again(batch, two, Status::Failed)).await;
    commit(&store, |batch| delivery_status::send_again(batch, two, Status::Uncertain)).await.unwrap();
    assert_eq!(status(&store, 2).await, Status::Queued);
    commit(&store, |batch| delivery_status::cancel(batch, two)).await.unwrap();
    assert_eq!(status(&store, 2).await, Status::Cancelled);

    let three = MessageId(3);
    commit(&store, |batch| delivery_status::set_failed(batch, three, &failure("no"))).await.unwrap();
    commit(&store, |batch| {
        mid::insert(batch, &fixture::account(), "m_3", three, 0);
        delivery_status::sent_after_all(batch, three, 2, Micros(7));
    })
    .await
    .unwrap();
    assert_eq!(status(&store, 3).await, Status::Failed, "one of two parts");
    commit(&store, |batch| {
        mid::insert(batch, &fixture::account(), "m_3b", three, 1);
        delivery_status::sent_after_all(batch, three, 2, Micros(7));
    })
    .await
    .unwrap();
    assert_eq!(status(&store, 3).await, Status::Sent);
}

async fn a_receipt_names_what_it_speaks_of(store: Store) {
    let (it, _) = thread(&store).await;
    commit(&store, |batch| {
        store::table::outbox::delete_part(batch, MessageId(1), 0);
        delivery_status::part_sent(batch, MessageId(1), Micros(6));
    })
    .await
    .unwrap();
    let mids = ["m_1".to_owned(), "m_9".to_owned()];
    let found = delivery_status::receivable(
        &store,
        it.identity,
        Receipt::Delivered,
        Micros(9),
        (&fixture::account(), &mids),
    )
    .await
    .unwrap();
    let one = (MessageId(1), it.id);
    assert_eq!((found.up_to.as_slice(), found.named.as_slice()), ([one].as_slice(), [Some(one), None].as_slice()));
    assert!(found.is_on_its_way, "the others");
    let before =
        delivery_status::receivable(&store, it.identity, Receipt::Read, Micros(0), (&fixture::account(), &[]))
            .await
            .unwrap();
    assert!(before.up_to.is_empty() && before.named.is_empty());

    // The customer's seen mark arrived before the echo of what they saw.
    let seen = inbound(InboundEvent::Read { watermark: Micros(50) });
    commit(&store, |batch| {
        pending_update::insert(batch, "psid-70", pending_update::Kind::ReadUpTo, 50, &seen, Micros(1))
    })
    .await
    .unwrap();
    for (sent_at, expected) in [(51, Status::Sent), (50, Status::Read)] {
        commit(&store, |batch| {
            let customer = fixture::address("psid-70");
            delivery_status::read_before_echo(batch, MessageId(1), &customer, Micros(sent_at), Micros(60));
        })
        .await
        .unwrap();
        assert_eq!(status(&store, 1).await, expected);
    }
}

fn inbound(what: InboundEvent) -> Inbound {
    let address = fixture::address("psid-70");
    Inbound { address, at: Some(Micros(5)), standby: false, customer: None, what }
}

async fn media_are_fetched_tried_again_and_attached(store: Store) {
    let (it, _) = thread(&store).await;
    let upload = Medium {
        id: MediumId(1),
        conversation: Some(it.id),
        quick_reply: None,
        message: Some(MessageId(1)),
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
        created_by: None,
        thumb: false,
        was_opened: false,
        measures: Measures::default(),
    };
    commit(&store, |batch| {
        medium::push_upload(batch, &upload, Micros(5));
        medium::push_picture(batch, MediumId(2), "https://example.org/p", Micros(5));
        contact::want_picture(batch, ContactId(70), MediumId(2));
    })
    .await
    .unwrap();
    assert_eq!(medium::of_message(&store, MessageId(1)).await.unwrap(), std::slice::from_ref(&upload));
    let of_both = medium::of_messages(&store, &[MessageId(2), MessageId(1)]).await.unwrap();
    assert_eq!(of_both, [upload]);
    assert_eq!(medium::of_conversation(&store, it.id, MediumId(0), 9).await.unwrap().len(), 1);
    assert!(medium::of_conversation(&store, it.id, MediumId(1), 9).await.unwrap().is_empty());

    assert_eq!(medium::next_due(&store).await.unwrap(), Some(Micros(5)));
    commit(&store, |batch| medium::retry(batch, MediumId(2), Micros(50), &FileError::NoAnswer {})).await.unwrap();
    assert!(medium::due(&store, Micros(49)).await.unwrap().is_empty());
    let due = medium::due(&store, Micros(50)).await.unwrap();
    assert_eq!((due[0].tries, &due[0].error), (1, &Some(FileError::NoAnswer {})));
    let measures = Measures { dimensions: Some((30, 20)), seconds: Some(7) };
    let fetched = Fetched { mime: "image/jpeg", size: 9, name: "p.jpg", thumb: true, measures };
    commit(&store, |batch| {
        medium::set_stored(batch, MediumId(2), &fetched);
        contact::show_picture(batch, MediumId(2));
    })
    .await
    .unwrap();
    let stored = medium::by_id(&store, MediumId(2)).await.unwrap().unwrap();
    assert_eq!((stored.mime.as_str(), stored.size, stored.thumb), ("image/jpeg", 9, true));
    assert_eq!((stored.measures, stored.was_opened), (measures, false));
    assert_eq!(medium::pictured_contact(&store, MediumId(2)).await.unwrap(), Some(ContactId(70)));
    assert_eq!(medium::next_due(&store).await.unwrap(), None);
    commit(&store, |batch| medium::set_failed(batch, MediumId(2), &FileError::Expired { status: 410 }))
        .await
        .unwrap();
    let gone = medium::by_id(&store, MediumId(2)).await.unwrap().unwrap();
    assert_eq!((gone.state, gone.error), (medium::State::Failed, Some(FileError::Expired { status: 410 })));
    conflict(&store, |batch| medium::set_stored(batch, MediumId(9), &fetched)).await;
}

async fn changes_wait_for_their_message(store: Store) {
    let edit = |text: &str| inbound(InboundEvent::Edited { mid: "m_1".into(), text: text.into(), number: None });
    commit(&store, |batch| {
        pending_update::insert(batch, "m_1", pending_update::Kind::Edit, 2, &edit("newer"), Micros(1));
        pending_update::insert(batch, "m_1", pending_update::Kind::Edit, 1, &edit("older"), Micros(2));
        let unsend = inbound(InboundEvent::Unsent { mid: "m_9".into() });
        pending_update::insert(batch, "m_9", pending_update::Kind::Unsend, 1, &unsend, Micros(3));
    })
    .await
    .unwrap();
    assert!(pending_update::ready(&store, 9).await.unwrap().is_empty());
    thread(&store).await;
    let ready = pending_update::ready(&store, 9).await.unwrap();
    assert_eq!((ready.len(), ready[0].event.as_ref()), (1, Some(&edit("newer"))));
    commit(&store, |batch| pending_update::done(batch, &ready[0])).await.unwrap();
    conflict(&store, |batch| pending_update::done(batch, &ready[0])).await;
    commit(&store, |batch| pending_update::forget(batch, Micros(9))).await.unwrap();
}

async fn a_comment_has_one_private_reply(store: Store) {
    let (_, messages) = thread(&store).await;
    let written = |verb, text: &str| Comment {
        verb,
        id: "c1".into(),
        is_post: false,
        post: Some("p1".into()),
        parent: None,
        from: Some(("555".into(), Some("Writer".into()))),
        text: Some(text.into()),
        link: None,
        written_at: Some(Micros(1_000)),
    };
    commit(&store, |batch| {
        comment::happened(batch, 1, GATEWAY, PAGE, &written(Verb::Added, "Hi"), Micros(1_000));
        comment::happened(batch, 2, GATEWAY, PAGE, &written(Verb::Edited, "Hello"), Micros(1_001));
        comment::happened(batch, 3, GATEWAY, PAGE, &written(Verb::Hidden, ""), Micros(1_002));
    })
    .await
    .unwrap();
    let it = comment::by_comment(&store, PAGE, "c1").await.unwrap().unwrap();
    assert_eq!((it.id, it.text.as_deref(), it.state), (1, Some("Hello"), CommentState::Hidden));
    let start = (i64::MAX, i64::MAX);
    let all = comment::Filter { page: None, state: None, needs_answer: None, oldest: Micros(0) };
    let hidden = comment::Filter { page: Some(PAGE), state: Some(CommentState::Hidden), ..all };
    assert_eq!(comment::list(&store, hidden, start, 9).await.unwrap(), std::slice::from_ref(&it));
    assert_eq!(comment::list(&store, all, start, 9).await.unwrap().len(), 1);
    let shown = comment::Filter { state: Some(CommentState::Shown), ..all };
    assert!(comment::list(&store, shown, start, 9).await.unwrap().is_empty());

    let (first, second) = (messages[0].id, messages[1].id);
    commit(&store, |batch| it.take(batch, first, Micros(2_000), DAY)).await.unwrap();
    conflict(&store, |batch| it.take(batch, second, Micros(2_000), DAY)).await;
    commit(&store, |batch| comment::return_reply(batch, first, Micros(2_000))).await.unwrap();
    commit(&store, |batch| it.take(batch, second, Micros(2_000), DAY)).await.unwrap();
    commit(&store, |batch| comment::set_replied(batch, PAGE, "c1", second, Micros(3_000))).await.unwrap();
    let replied = comment::one(&store, PAGE, 1).await.unwrap().unwrap();
    assert!(replied.belongs_to(Some(second)) && !replied.belongs_to(Some(first)));
    assert_eq!(replied.replied_at, Some(Micros(2_000)));

    commit(&store, |batch| {
        comment::happened(batch, 4, GATEWAY, PAGE, &written(Verb::Removed, "Hi"), Micros(1_003));
        comment::happened(batch, 5, GATEWAY, PAGE, &written(Verb::Shown, "Hi"), Micros(1_004));
    })
    .await
    .unwrap();
    let removed = comment::one(&store, PAGE, 1).await.unwrap().unwrap();
    assert_eq!((removed.state, removed.text), (CommentState::Removed, None));
}
