//! The morning after an outage: a long queue of events is processed while people continue to write.

use std::time::Duration;

use domain::channel::{Account, Address};
use domain::id::{DeliveryId, GatewayId};
use domain::role::Role;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use store::table::inbox::{self, Arrived};

use crate::app::{LAVKA, TestApp};

/// Strangers in the line …
const PEOPLE: usize = 400;
/// … and what each wrote.
const WORDS: usize = 3;

/// Puts a queue of events into the store, as a delivery that was stored and not applied yet.
async fn line_up(it: &TestApp, gateway: &str) {
    let at = |n: usize| 1_790_000_000_000_i64 + i64::try_from(n).unwrap();
    let event = |n: usize, word: usize| {
        json!({ "sender": { "id": format!("77{n:06}") }, "recipient": { "id": LAVKA }, "timestamp": at(word),
            "message": { "mid": format!("m_line-{n}-{word}"), "text": format!("word {word}") } })
    };
    let events = || (0..WORDS).flat_map(|word| (0..PEOPLE).map(move |n| (n, word)));
    let messaging: Vec<_> = events().map(|(n, word)| event(n, word)).collect();
    let body = json!({ "object": "page", "entry": [{ "id": LAVKA, "time": at(0), "messaging": messaging }] });
    let arrived = Arrived {
        id: DeliveryId(1_000),
        gateway: GatewayId(gateway.parse().unwrap()),
        page: Some(LAVKA.into()),
        at: domain::time::Micros(at(0) * 1_000),
        body: body.to_string().into_bytes(),
        keys: events().map(|(n, _)| Address::new(Account::page(LAVKA), format!("77{n:06}"))).collect(),
        unreadable: None,
    };
    it.store.commit(inbox::arrive(arrived)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_line_is_one_word_to_screens_and_in_every_thread_once() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    it.asks_for_an_agent("olena").await;
    let response = it.http().get(format!("{}/api/v1/events", it.url)).bearer_auth(&it.admin).send();
    let mut stream = response.await.unwrap().bytes_stream();
    let mut received = String::new();
    let mut hear = async |received: &mut String, word: &str| {
        let reading = async {
            while !received.contains(word) {
                received.push_str(&String::from_utf8_lossy(&stream.next().await.unwrap().unwrap()));
            }
        };
        tokio::time::timeout(Duration::from_secs(60), reading)
            .await
            .unwrap_or_else(|_| panic!("never heard: {word}"));
    };

    line_up(&it, &gateway).await;
    hear(&mut received, "event: reset").await;
    // Customers who write from here on are not part of the backlog and cause events.
    it.writes("olena", json!({ "text": "Are you there?" })).await;
    hear(&mut received, "Are you there?").await;
    it.until("the end of the line", async || (inbox::count(&it.store).await.unwrap() == 0).then_some(())).await;
    // The first page was processed before the backlog was detected; everything after it is reported in one event.
    let shown = |word: &str| {
        let text = format!(r#""text":"{word}""#);
        received.split("\n\n").filter(|one| one.contains("event: message\n") && one.contains(&text)).count()
    };
    assert_eq!((shown("word 0"), shown("word 2")), (PEOPLE, 0), "screens are not told of each");

    let ben = it.user("Ben", Role::Supervisor).await;
    let mut seen = 0;
    let mut cursor = String::new();
    loop {
        let page = it.get(&ben, &format!("/conversations?limit=200{cursor}")).await;
        for one in page["items"].as_array().unwrap() {
            if !one["contact"]["identities"][0]["external_id"].as_str().unwrap().starts_with("77") {
                continue;
            }
            seen += 1;
            let thread = it.get(&ben, &format!("/conversations/{}/messages", one["id"].as_str().unwrap())).await;
            let words = |message: &Value| message["text"].as_str().unwrap_or_default().to_owned();
            let received =
                thread["items"].as_array().unwrap().iter().filter(|message| message["direction"] == "in");
            assert_eq!(received.map(words).collect::<Vec<_>>(), ["word 0", "word 1", "word 2"], "{one}");
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, PEOPLE);
    it.stop().await;
}
