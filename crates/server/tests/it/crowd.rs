//! Thousands of customers edit, unsend and react while others write and contacts are merged. What hits one customer in
//! five hundred shows here and nowhere else.

use std::collections::HashMap;

use domain::channel::{Account, Address};
use domain::id::{DeliveryId, GatewayId};
use domain::time::Micros;
use reqwest::Method;
use serde_json::{Value, json};
use store::table::inbox::{self, Arrived};
use store::table::message;

use crate::app::{Engine, LAVKA, TestApp};

/// Customers who change what they wrote.
const CUSTOMERS: usize = 2_000;
/// Customers who write in the meantime.
const OTHERS: usize = 300;
/// Pairs of contacts that are merged in the meantime.
const MERGES: usize = 40;
/// Customers whose events share a delivery.
const TOGETHER: usize = 50;

fn user(n: usize) -> String {
    format!("66{n:06}")
}

fn event(n: usize, order: usize, what: (&str, Value)) -> Value {
    let at = 1_790_000_000_000_i64 + i64::try_from(order).unwrap();
    json!({ "sender": { "id": user(n) }, "recipient": { "id": LAVKA }, "timestamp": at, what.0: what.1 })
}

fn says(n: usize, word: usize) -> Value {
    let message = json!({ "mid": format!("m_{n}-{word}"), "text": format!("word {word} of {n}") });
    event(n, word, ("message", message))
}

/// What a customer does to their first message: a quarter edits, unsends, reacts, or does two of them.
fn changes(n: usize) -> Vec<Value> {
    let mid = format!("m_{n}-0");
    let edit =
        || event(n, 10, ("message_edit", json!({ "mid": mid, "text": format!("edited {n}"), "num_edit": 1 })));
    let react = || {
        let reaction = json!({ "mid": mid, "action": "react", "reaction": "love", "emoji": "❤" });
        event(n, 11, ("reaction", reaction))
    };
    let unsend = || event(n, 12, ("message", json!({ "mid": mid, "is_deleted": true })));
    match n % 4 {
        0 => vec![edit()],
        1 => vec![unsend()],
        2 => vec![react()],
        _ => vec![edit(), react()],
    }
}

/// Stores events as deliveries that wait, some customers to a delivery.
async fn deliver(it: &TestApp, gateway: &str, first: i64, events: impl Iterator<Item = (usize, Vec<Value>)>) {
    let all: Vec<(usize, Vec<Value>)> = events.collect();
    for (id, some) in (first..).zip(all.chunks(TOGETHER)) {
        let keys = some
            .iter()
            .flat_map(|(n, events)| events.iter().map(|_| Address::new(Account::page(LAVKA), user(*n))));
        let messaging: Vec<&Value> = some.iter().flat_map(|(_, events)| events).collect();
        let body = json!({ "object": "page", "entry": [{ "id": LAVKA, "time": 1, "messaging": messaging }] });
        let arrived = Arrived {
            id: DeliveryId(id),
            gateway: GatewayId(gateway.parse().unwrap()),
            page: Some(LAVKA.into()),
            at: Micros(1_790_000_000_000_000),
            keys: keys.collect(),
            body: body.to_string().into_bytes(),
            unreadable: None,
        };
        it.store.commit(inbox::arrive(arrived)).await.unwrap();
    }
}

async fn applied(it: &TestApp) {
    it.until("the inbox to be empty", async || (inbox::count(&it.store).await.unwrap() == 0).then_some(())).await;
}

/// All conversations, by the customer's id.
async fn conversations(it: &TestApp) -> HashMap<String, Value> {
    let mut found = HashMap::new();
    let mut cursor = String::new();
    loop {
        let page = it.get(&it.admin, &format!("/conversations?limit=200{cursor}")).await;
        for conversation in page["items"].as_array().unwrap() {
            for identity in conversation["contact"]["identities"].as_array().unwrap() {
                found.insert(identity["external_id"].as_str().unwrap().to_owned(), conversation.clone());
            }
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

async fn everything_is_applied_once(it: TestApp) {
    let gateway = it.connected().await;
    deliver(&it, &gateway, 1_000, (0..CUSTOMERS).map(|n| (n, vec![says(n, 0)]))).await;
    applied(&it).await;
    let before = conversations(&it).await;

    let changing = async {
        deliver(&it, &gateway, 10_000, (0..CUSTOMERS).map(|n| (n, changes(n)))).await;
    };
    let writing = async {
        let strangers = (CUSTOMERS..CUSTOMERS + OTHERS).map(|n| (n, vec![says(n, 0), says(n, 1)]));
        let known = (0..OTHERS).map(|n| (n * 6, vec![says(n * 6, 1)]));
        deliver(&it, &gateway, 20_000, strangers.chain(known)).await;
    };
    let acting = async {
        for n in 0..MERGES {
            let [one, other] = [2 * n, 2 * n + 1].map(|n| &before[&user(n)]);
            let id = one["id"].as_str().unwrap();
            it.post(&it.admin, &format!("/conversations/{id}/notes"), json!({ "text": "a note" })).await;
            // The contacts change all the time; who merges them tries again, as a person would.
            let path = format!("/contacts/{}/merge", one["contact"]["id"].as_str().unwrap());
            it.until("a merge", async || {
                let input = json!({ "contact_id": other["contact"]["id"] });
                it.call(&it.admin, Method::POST, &path, Some(input)).await.0.is_success().then_some(())
            })
            .await;
        }
    };
    tokio::join!(changing, writing, acting);
    applied(&it).await;

    let failed = it.get(&it.admin, "/deliveries?state=failed").await;
    assert_eq!(failed["items"], json!([]));
    for n in 0..CUSTOMERS + OTHERS {
        let stored =
            message::by_mid(&it.store, &Account::page(LAVKA), &format!("m_{n}-0")).await.unwrap().unwrap();
        let (text, extra) = (stored.message.text.as_deref(), &stored.message.data);
        let (edited, original) = (format!("edited {n}"), format!("word 0 of {n}"));
        let expected = match n % 4 {
            _ if n >= CUSTOMERS => (Some(original.as_str()), 0, false),
            0 => (Some(edited.as_str()), 0, false),
            1 => (None, 0, true),
            2 => (Some(original.as_str()), 1, false),
            _ => (Some(edited.as_str()), 1, false),
        };
        assert_eq!((text, extra.reactions.len(), stored.unsent_at.is_some()), expected, "customer {n}");
    }
    let after = conversations(&it).await;
    for n in 0..MERGES {
        let [one, other] = [2 * n, 2 * n + 1].map(|n| &after[&user(n)]["contact"]["id"]);
        assert_eq!(one, other, "customers {} and {} are one contact", 2 * n, 2 * n + 1);
    }
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_who_edit_unsend_react_and_are_merged_are_all_applied_on_sqlite() {
    everything_is_applied_once(TestApp::start().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_who_edit_unsend_react_and_are_merged_are_all_applied_on_postgres() {
    if let Some(it) = TestApp::start_on(Engine::Postgres).await {
        everything_is_applied_once(it).await;
    }
}
