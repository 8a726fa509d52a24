//! Reports on one message by its id: in any order, and repeated any number of times, a message ends in the same
//! state.

use domain::conversation::State;
use domain::id::MessageId;
use domain::inbound::Progress;
use domain::message::Status;
use domain::outbound::Speaker;
use domain::time::Micros;
use store::Store;
use store::table::{delivery_status, message, mid, outbox};

use crate::engines::on_both_engines;
use crate::fixture::{account, begun, commit, conversation, customer, failure, outgoing, request, write};

on_both_engines! {
    reports_in_any_order_lead_to_the_same_state
    an_undelivered_part_is_sent_again_and_may_arrive_after_all
}

/// In ascending order, for a message in one part and for one in several.
const OF_ONE_PART: [Status; 4] = [Status::Sent, Status::Failed, Status::Delivered, Status::Read];
const OF_SEVERAL: [Status; 4] = [Status::Sent, Status::Delivered, Status::Read, Status::Failed];

fn progress(status: Status) -> Progress {
    match status {
        Status::Sent => Progress::Sent,
        Status::Delivered => Progress::Delivered,
        Status::Read => Progress::Read,
        _ => Progress::Failed(failure("{}")),
    }
}

/// Every sequence of three of the four.
fn sequences() -> impl Iterator<Item = [Status; 3]> {
    (0..64).map(|n| [OF_ONE_PART[n % 4], OF_ONE_PART[n / 4 % 4], OF_ONE_PART[n / 16]])
}

async fn reports_in_any_order_lead_to_the_same_state(store: Store) {
    let it = conversation(1_000, &customer(&store, 70).await, State::Bot);
    let mut decision = begun(it.clone());
    decision.messages = (1..=128).map(|id| outgoing(id, &it)).collect();
    write(&store, &decision).await;
    let cases = [(1, OF_ONE_PART), (2, OF_SEVERAL)]
        .into_iter()
        .flat_map(|(parts, order)| sequences().map(move |sequence| (parts, order, sequence)));
    for (id, (parts, order, sequence)) in (1..).map(MessageId).zip(cases) {
        commit(&store, |batch| delivery_status::part_sent(batch, id, Micros(1))).await.unwrap();
        for (at, status) in (2..).zip(sequence) {
            let report = progress(status);
            commit(&store, |batch| delivery_status::reported(batch, id, parts, &report, Micros(at)))
                .await
                .unwrap();
        }
        let expected = order.iter().rev().find(|status| sequence.contains(status)).unwrap();
        let ended = message::by_id(&store, id).await.unwrap().unwrap().message;
        assert_eq!(ended.status, *expected, "{parts} parts, {sequence:?}");
        assert_eq!(ended.error.is_some(), ended.status == Status::Failed, "{parts} parts, {sequence:?}");
    }
}

async fn an_undelivered_part_is_sent_again_and_may_arrive_after_all(store: Store) {
    let it = conversation(1_000, &customer(&store, 70).await, State::Bot);
    let message = outgoing(1, &it);
    let mut decision = begun(it);
    decision.sends = vec![request(101, &message, Speaker::Agent)];
    decision.messages = vec![message];
    write(&store, &decision).await;
    let id = MessageId(1);
    commit(&store, |batch| {
        outbox::delete_part(batch, id, 0);
        mid::insert(batch, &account(), "wamid.1", id, 0);
    })
    .await
    .unwrap();
    assert_eq!(mid::parts_sent(&store, id).await.unwrap(), [0]);
    commit(&store, |batch| mid::insert_undelivered(batch, &account(), "wamid.1", id, 0)).await.unwrap();
    assert_eq!(mid::parts_sent(&store, id).await.unwrap(), [0_i64; 0], "it has not left");
    let part = mid::part(&store, &account(), "wamid.1").await.unwrap().unwrap();
    assert!(part.undelivered && part.message == id && part.number == 0);
    assert_eq!(mid::of_message(&store, &account(), id).await.unwrap(), None);
    for _ in 0..2 {
        commit(&store, |batch| mid::set_delivered(batch, &account(), "wamid.1")).await.unwrap();
        assert_eq!(mid::parts_sent(&store, id).await.unwrap(), [0]);
    }
}
