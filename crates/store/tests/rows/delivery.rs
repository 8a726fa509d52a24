//! Deliveries: events in the order of arrival, each applied once, and what administrators do about failures.

use domain::id::{DeliveryId, GatewayId};
use domain::not_applied::NotApplied;
use domain::time::Micros;
use store::Store;
use store::table::delivery::{self, Coding, Filter, State};
use store::table::inbox::{self, Arrived, Outcome, Place, Source};

use crate::engines::on_both_engines;
use crate::fixture::{self, GATEWAY, PAGE, commit, conflict};

on_both_engines! {
    events_are_applied_once_and_counted
    a_failed_delivery_is_tried_again_or_dismissed
    bodies_are_stored_compressed
}

fn arrived(id: i64, keys: &[&str]) -> Arrived {
    Arrived {
        id: DeliveryId(id),
        gateway: GATEWAY,
        page: Some(PAGE.into()),
        at: Micros(id),
        body: format!("{{\"n\":{id}}}").into_bytes(),
        keys: keys.iter().map(|&key| fixture::address(key)).collect(),
        unreadable: None,
    }
}

const ALL: Filter = Filter { state: None, gateway: None, below: DeliveryId(i64::MAX), from: DeliveryId(0) };

async fn state(store: &Store, id: i64) -> Option<State> {
    let (listed, _) = delivery::by_id(store, DeliveryId(id)).await.unwrap().unwrap();
    Some(listed.state)
}

async fn events_are_applied_once_and_counted(store: Store) {
    store.commit(inbox::arrive(arrived(1, &["a", "b"]))).await.unwrap();
    store.commit(inbox::arrive_late(arrived(2, &["a"]), Source::Unanswered)).await.unwrap();
    store.commit(inbox::arrive(arrived(3, &[]))).await.unwrap();
    assert_eq!(inbox::count(&store).await.unwrap(), 3);
    let due = inbox::due(&store, inbox::START, 9).await.unwrap();
    let keys: Vec<_> = due.iter().map(|it| (it.place.delivery.0, it.place.n, it.key.user.as_str())).collect();
    assert_eq!(keys, [(1, 0, "a"), (1, 1, "b"), (2, 0, "a")]);
    let (mut keys, place, more) = inbox::keys(&store, inbox::START, 2).await.unwrap();
    keys.sort();
    assert_eq!(
        (keys, place, more),
        (vec![fixture::address("a"), fixture::address("b")], Some(due[1].place), true)
    );
    let waiting = inbox::waiting(&store, DeliveryId(1), DeliveryId(3)).await.unwrap();
    let sources: Vec<_> = waiting.iter().map(|it| (it.id.0, it.source)).collect();
    assert_eq!(sources, [(1, Source::Webhook), (2, Source::Unanswered)]);

    let first = Place { delivery: DeliveryId(1), n: 0 };
    commit(&store, |batch| inbox::finish(batch, first, Outcome::Applied, None)).await.unwrap();
    conflict(&store, |batch| inbox::finish(batch, first, Outcome::Applied, None)).await;
    assert_eq!(state(&store, 1).await, Some(State::Pending));
    let second = Place { delivery: DeliveryId(1), n: 1 };
    commit(&store, |batch| inbox::finish(batch, second, Outcome::Ignored, Some(&NotApplied::NoContent {})))
        .await
        .unwrap();
    assert_eq!(state(&store, 1).await, Some(State::Done));
    assert_eq!(state(&store, 3).await, Some(State::Ignored));
}

async fn a_failed_delivery_is_tried_again_or_dismissed(store: Store) {
    for id in 1..=3 {
        store.commit(inbox::arrive(arrived(id, &["a"]))).await.unwrap();
    }
    for id in 1..=2 {
        let place = Place { delivery: DeliveryId(id), n: 0 };
        commit(&store, |batch| inbox::finish(batch, place, Outcome::Failed, Some(&NotApplied::Mistake {})))
            .await
            .unwrap();
    }
    assert_eq!(delivery::count_failed(&store).await.unwrap(), 2);
    let failed = delivery::failed(&store, Some(GATEWAY), DeliveryId(1), 9).await.unwrap();
    assert_eq!(
        failed.into_iter().map(|(it, _)| (it.id.0, it.error)).collect::<Vec<_>>(),
        [(2, Some(NotApplied::Mistake {}))]
    );
    assert!(delivery::failed(&store, Some(GatewayId(1)), DeliveryId(0), 9).await.unwrap().is_empty());

    let ids = async |filter: Filter| {
        let found = delivery::list(&store, filter, 9).await.unwrap();
        found.iter().map(|it| it.id.0).collect::<Vec<_>>()
    };
    assert_eq!(ids(ALL).await, [3, 2, 1]);
    assert_eq!(ids(Filter { state: Some(State::Failed), ..ALL }).await, [2, 1]);
    assert_eq!(ids(Filter { below: DeliveryId(3), from: DeliveryId(2), ..ALL }).await, [2]);
    assert!(ids(Filter { gateway: Some(GatewayId(1)), ..ALL }).await.is_empty());
    let with_bodies = delivery::list_with_bodies(&store, ALL, 1).await.unwrap();
    assert_eq!(with_bodies[0].1.bytes, b"{\"n\":3}");

    commit(&store, |batch| delivery::dismiss(batch, DeliveryId(1))).await.unwrap();
    conflict(&store, |batch| delivery::dismiss(batch, DeliveryId(1))).await;
    conflict(&store, |batch| delivery::dismiss(batch, DeliveryId(3))).await;
    assert_eq!(state(&store, 1).await, Some(State::Dismissed));
    let again = |batch: &mut store::Batch| {
        inbox::reopen(batch, DeliveryId(2), b"{}".to_vec(), vec![fixture::address("a"), fixture::address("b")]);
    };
    commit(&store, again).await.unwrap();
    conflict(&store, again).await;
    assert_eq!(state(&store, 2).await, Some(State::Pending));
    assert_eq!(inbox::count(&store).await.unwrap(), 3);
}

async fn bodies_are_stored_compressed(store: Store) {
    for id in 1..=3 {
        let keys: &[&str] = if id == 3 { &["a"] } else { &[] };
        store.commit(inbox::arrive(arrived(id, keys))).await.unwrap();
    }
    let end = delivery::end_of_piece(&store, DeliveryId(0), DeliveryId(99), 2).await.unwrap();
    assert_eq!(end, Some(DeliveryId(2)));
    assert_eq!(delivery::end_of_piece(&store, DeliveryId(3), DeliveryId(99), 2).await.unwrap(), None);
    let plain = delivery::plain_bodies(&store, DeliveryId(0), DeliveryId(3), 1, 9).await.unwrap();
    assert_eq!(plain.iter().map(|(id, _)| id.0).collect::<Vec<_>>(), [1, 2], "events of the third wait");
    assert!(delivery::plain_bodies(&store, DeliveryId(0), DeliveryId(3), 99, 9).await.unwrap().is_empty());
    let length = plain[0].1.len();
    commit(&store, |batch| delivery::set_compressed(batch, DeliveryId(1), vec![9], length + 1)).await.unwrap();
    assert_eq!(
        delivery::by_id(&store, DeliveryId(1)).await.unwrap().unwrap().1.coding,
        Coding::Plain,
        "it was changed since"
    );
    commit(&store, |batch| {
        for id in 1..=3 {
            delivery::set_compressed(batch, DeliveryId(id), vec![7], length);
        }
    })
    .await
    .unwrap();
    let body = async |id| delivery::by_id(&store, DeliveryId(id)).await.unwrap().unwrap().1;
    assert_eq!((body(1).await.coding, body(1).await.bytes), (Coding::Compressed, vec![7]));
    assert_eq!(body(3).await.coding, Coding::Plain);
}
