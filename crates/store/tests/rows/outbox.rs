//! The outbox: the order per customer, and each request taken, finished or left uncertain once.

use domain::channel::Login;
use domain::conversation::{Conversation, State as ConversationState};
use domain::id::{IdentityId, OutboxId};
use domain::outbound::Speaker;
use domain::time::Micros;
use store::Store;
use store::table::account_access::{self, NewAccess};
use store::table::connection::{self, NewConnection};
use store::table::outbox::{self, Customers, State};

use crate::engines::on_both_engines;
use crate::fixture::{
    self, GATEWAY, PAGE, begun, commit, conflict, conversation, customer, failure, outgoing, request, write,
};

on_both_engines! {
    customers_are_looked_at_in_turn
    a_request_is_taken_once_and_given_up_once
    what_waits_for_a_token_is_tried_soon_if_there_is_one_by_then
    an_uncertain_request_holds_the_others_until_it_is_released
}

/// Conversations of customers 70 and 71; the first has two requests, of a bot and of an agent, the other one of a bot.
async fn two_customers(store: &Store) -> Vec<Conversation> {
    let mut all = Vec::new();
    for (number, speakers) in [(70, [Speaker::Bot, Speaker::Agent].as_slice()), (71, &[Speaker::Bot])] {
        let it = conversation(number, &customer(store, number).await, ConversationState::Bot);
        let mut decision = begun(it.clone());
        for (n, speaker) in (1..).zip(speakers) {
            let message = outgoing(number * 10 + n, &it);
            decision.sends.push(request(number * 10 + n, &message, *speaker));
            decision.messages.push(message);
        }
        write(store, &decision).await;
        all.push(it);
    }
    all
}

fn state(request: &outbox::Queued) -> Option<State> {
    Some(request.state)
}

async fn customers_are_looked_at_in_turn(store: Store) {
    two_customers(&store).await;
    assert_eq!(outbox::accounts(&store).await.unwrap(), [fixture::account()]);
    assert_eq!(outbox::count(&store).await.unwrap(), 3);
    let next = async |customers, behind, most| {
        let found = outbox::next_of_customers(&store, &fixture::account(), customers, behind, most).await.unwrap();
        found.into_iter().map(|(id, head)| (id.0, head.map(|head| head.id.0))).collect::<Vec<_>>()
    };
    assert_eq!(next(Customers::All, 0, 1).await, [(70, Some(701))]);
    assert_eq!(next(Customers::All, 70, 9).await, [(71, Some(711))]);
    assert_eq!(next(Customers::WithAgents, 0, 9).await, [(70, Some(701))], "its first, be it a bot's");
    commit(&store, |batch| outbox::delete(batch, OutboxId(701))).await.unwrap();
    assert_eq!(next(Customers::All, 0, 9).await, [(70, Some(702)), (71, Some(711))]);
}

async fn a_request_is_taken_once_and_given_up_once(store: Store) {
    let all = two_customers(&store).await;
    let (id, later) = (OutboxId(701), Micros(5_000));
    conflict(&store, |batch| outbox::claim(batch, id, "a", later, Micros(0))).await;
    commit(&store, |batch| outbox::claim(batch, id, "a", later, Micros(10))).await.unwrap();
    conflict(&store, |batch| outbox::claim(batch, id, "b", later, Micros(10))).await;
    conflict(&store, |batch| outbox::withdraw(batch, id)).await;
    assert!(outbox::abandoned(&store, "a", Micros(10)).await.unwrap().is_empty());
    assert_eq!(outbox::abandoned(&store, "a", later).await.unwrap().len(), 1, "overdue");
    assert_eq!(outbox::abandoned(&store, "b", Micros(10)).await.unwrap().len(), 1, "another process's");
    let sending = outbox::on_the_way(&store, &fixture::account(), IdentityId(70)).await.unwrap();
    assert_eq!((sending.len(), state(&sending[0]), sending[0].tries), (1, Some(State::Sending), 1));
    assert_eq!((sending[0].gateway, sending[0].conversation), (GATEWAY, all[0].id));

    commit(&store, |batch| outbox::retry(batch, id, Micros(20), &failure("busy"))).await.unwrap();
    conflict(&store, |batch| outbox::retry(batch, id, Micros(20), &failure("busy"))).await;
    commit(&store, |batch| outbox::retry_harmless(batch, id, Micros(20), None)).await.unwrap();
    let message = sending[0].message.unwrap();
    conflict(&store, |batch| outbox::give_up(batch, id, message)).await;
    commit(&store, |batch| outbox::claim(batch, id, "a", later, Micros(20))).await.unwrap();
    commit(&store, |batch| outbox::give_up(batch, id, message)).await.unwrap();
    assert!(outbox::of_message(&store, message).await.unwrap().is_empty());

    conflict(&store, |batch| outbox::replace(batch, OutboxId(702), State::Uncertain)).await;
    commit(&store, |batch| outbox::replace(batch, OutboxId(702), State::Queued)).await.unwrap();
    commit(&store, |batch| outbox::withdraw(batch, OutboxId(711))).await.unwrap();
    assert_eq!(outbox::count(&store).await.unwrap(), 0);
}

async fn what_waits_for_a_token_is_tried_soon_if_there_is_one_by_then(store: Store) {
    two_customers(&store).await;
    let id = OutboxId(701);
    let fails = async || {
        commit(&store, |batch| outbox::claim(batch, id, "a", Micros(5_000), Micros(1_000))).await.unwrap();
        commit(&store, |batch| {
            outbox::retry(batch, id, Micros(900), &failure("disconnected"));
            outbox::sooner_if_connected(batch, id, Micros(50));
        })
        .await
        .unwrap();
        let all = outbox::next_of_customers(&store, &fixture::account(), Customers::All, 0, 1).await.unwrap();
        all[0].1.as_ref().unwrap().next_at
    };
    assert_eq!(fails().await, Micros(900), "no one connected the account");
    let access = NewAccess { gateway: GATEWAY, account_id: PAGE, person: "1", token: "t", tasks: &[] };
    commit(&store, |batch| {
        let person = NewConnection {
            gateway: GATEWAY,
            id: 1,
            person: "1",
            name: "Ann",
            token: "t",
            scopes: &[],
            user: None,
            login: Login::Facebook,
            expires_at: None,
            scoped_id: None,
        };
        connection::upsert(batch, &person, Micros(1));
        account_access::upsert(batch, &access);
    })
    .await
    .unwrap();
    // It was on its way when the account was connected again, so that waking the account missed it.
    assert_eq!(fails().await, Micros(50));
}

/// On PostgreSQL two transactions do not see each other's changes: the account is being connected while its request fails.
#[tokio::test]
async fn what_fails_while_the_account_is_being_connected_is_tried_soon_on_postgres() {
    let Some(url) = crate::engines::postgres_database("connecting").await else { return };
    let store = Store::open(&url).await.unwrap();
    two_customers(&store).await;
    let id = OutboxId(701);
    let (raw, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let access = "INSERT INTO account_access (gateway_id, account_id, connection_id, token, tasks, alive)";
    raw.batch_execute(&format!("{access} VALUES ({}, '{PAGE}', 1, 't', '[]', 0)", GATEWAY.0)).await.unwrap();
    commit(&store, |batch| outbox::claim(batch, id, "a", Micros(5_000), Micros(1_000))).await.unwrap();
    let request = outbox::on_the_way(&store, &fixture::account(), IdentityId(70)).await.unwrap().remove(0);

    raw.batch_execute("BEGIN; UPDATE account_access SET alive = 1").await.unwrap();
    let other = store.clone();
    let fails = tokio::spawn(async move {
        commit(&other, |batch| {
            outbox::lock_access(batch, &request);
            outbox::retry(batch, id, Micros(900), &failure("disconnected"));
            outbox::sooner_if_connected(batch, id, Micros(50));
        })
        .await
        .unwrap();
    });
    let waits =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while raw.query_one(waits, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        assert!(!fails.is_finished(), "it waits for the one who connects the account");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    raw.batch_execute("COMMIT").await.unwrap();
    fails.await.unwrap();
    let all = outbox::next_of_customers(&store, &fixture::account(), Customers::All, 0, 1).await.unwrap();
    assert_eq!(all[0].1.as_ref().unwrap().next_at, Micros(50));
}

async fn an_uncertain_request_holds_the_others_until_it_is_released(store: Store) {
    two_customers(&store).await;
    let id = OutboxId(701);
    conflict(&store, |batch| outbox::set_uncertain(batch, id, Micros(100))).await;
    commit(&store, |batch| outbox::claim(batch, id, "a", Micros(5_000), Micros(10))).await.unwrap();
    commit(&store, |batch| outbox::set_uncertain(batch, id, Micros(100))).await.unwrap();
    let head = async || {
        let found = outbox::next_of_customers(&store, &fixture::account(), Customers::All, 0, 1).await.unwrap();
        found[0].1.as_ref().map(|head| (head.id.0, state(head)))
    };
    assert_eq!(head().await, Some((701, Some(State::Uncertain))));
    assert_eq!(outbox::next_release(&store).await.unwrap(), Some(Micros(100)));
    commit(&store, |batch| outbox::release(batch, Micros(99), Micros(200))).await.unwrap();
    assert_eq!(head().await, Some((701, Some(State::Uncertain))), "not long enough");
    commit(&store, |batch| outbox::release(batch, Micros(100), Micros(200))).await.unwrap();
    assert_eq!(head().await, Some((702, Some(State::Queued))));

    assert!(outbox::to_ask_about(&store, Micros(199)).await.unwrap().is_empty());
    let asked = outbox::to_ask_about(&store, Micros(200)).await.unwrap();
    assert_eq!((asked.len(), asked[0].id), (1, id));
    commit(&store, |batch| outbox::ask_again(batch, id, Micros(300))).await.unwrap();
    assert!(outbox::to_ask_about(&store, Micros(299)).await.unwrap().is_empty());
    commit(&store, |batch| outbox::stop_asking(batch, id)).await.unwrap();
    conflict(&store, |batch| outbox::stop_asking(batch, id)).await;
    conflict(&store, |batch| outbox::ask_again(batch, id, Micros(400))).await;
}
