//! Chaos that repeats itself, and Meta's patience with a receiver that fails.

use crate::support::{APP, Bench, LAVKA};
use serde_json::{Value, json};
use std::time::Duration;

async fn until<T>(what: &str, mut done: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..500 {
        if let Some(value) = done().await {
            return value;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("waited in vain for: {what}")
}

async fn of_kind(bench: &Bench, kind: &str) -> Vec<Value> {
    let log = bench.get(&format!("/control/deliveries?limit=2000&kind={kind}")).await.1;
    log["items"].as_array().unwrap().clone()
}

/// What chaos did to twenty messages of one customer.
async fn a_run(seed: u64) -> Vec<String> {
    let bench = Bench::start().await;
    bench.connect(LAVKA).await;
    bench.control("chaos", json!({"seed": seed, "duplicate": 0.4, "reorder": 0.3, "lose_webhook": 0.2})).await;
    for n in 0..20 {
        bench.say("olena", json!({"text": format!("Word {n}")})).await;
    }
    until("the last delivery", async || {
        let state = bench.get("/control/state").await.1;
        (state["waiting_deliveries"] == 0).then_some(())
    })
    .await;
    let struck = of_kind(&bench, "chaos").await;
    bench.stop().await;
    struck.iter().map(|entry| entry["field"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_same_seed_does_the_same_harm() {
    let (one, again, other) = (a_run(5).await, a_run(5).await, a_run(6).await);
    assert!(one.len() > 5, "{one:?}");
    assert_eq!(one, again);
    assert_ne!(one, other);
}

#[tokio::test]
async fn a_lost_answer_means_that_the_message_was_sent_and_a_server_error_that_it_was_not() {
    let bench = Bench::start().await;
    let token = bench.connect(LAVKA).await;
    bench.say("olena", json!({"text": "hi"})).await;
    let psid = bench.receiver.next("message").await.item["sender"]["id"].as_str().unwrap().to_owned();
    let order = json!({"recipient": {"id": psid}, "message": {"text": "x"}, "access_token": token,
        "appsecret_proof": crate::support::proof(&token)});
    let on_phone = async || bench.thread("olena").await["messages"].as_array().unwrap().len();
    bench.control("chaos", json!({"seed": 1, "drop_answer": 1})).await;
    let mut cut = 0;
    for _ in 0..12 {
        let answer = bench.http.post(bench.url("/me/messages")).json(&order).send().await;
        // The connection was cut, or the response does not say.
        match answer {
            Ok(answer) if answer.status() == 200 => cut += u32::from(answer.text().await.is_err()),
            Ok(answer) => assert!(answer.status().is_server_error()),
            Err(_) => cut += 1,
        }
    }
    assert!(cut > 0, "some answers are cut");
    assert_eq!(on_phone().await, 13, "every one was sent");
    bench.control("chaos", json!({"seed": 1, "http_5xx": 1})).await;
    for _ in 0..5 {
        let answer = bench.http.post(bench.url("/me/messages")).json(&order).send().await.unwrap();
        assert!(answer.status().is_server_error());
        assert!(answer.text().await.unwrap().contains("<html>"));
    }
    assert_eq!(on_phone().await, 13, "none of these was");
    bench.control("chaos", json!({"seed": 1, "token_death": 1})).await;
    assert_eq!(bench.graph_post("/me/messages", &token, order.clone()).await.1["error"]["error_subcode"], 460);
    bench.http.delete(bench.url("/control/chaos")).send().await.unwrap();
    assert_eq!(bench.graph_get("/me", &token).await.1["error"]["code"], 190, "it is really dead");
    let view = bench.get("/control/chaos").await.1;
    assert_eq!((&view["on"], &view["committed"]["token_death"]), (&json!(false), &json!(1)));
    bench.stop().await;
}

#[tokio::test]
async fn an_app_that_fails_for_an_hour_is_warned_and_then_unsubscribed() {
    let bench = Bench::start().await;
    bench.connect(LAVKA).await;
    bench.receiver.fail_next(u32::MAX);
    bench.say("olena", json!({"text": "anybody there?"})).await;
    until("the first failures", async || (of_kind(&bench, "webhook").await.len() >= 2).then_some(())).await;
    bench.control("clock", json!({"advance_seconds": 16 * 60})).await;
    until("the alert", async || of_kind(&bench, "alert").await.pop()).await;
    let subscribed = async || {
        let state = bench.get("/control/state").await.1;
        let pages = state["pages"].as_array().unwrap().clone();
        pages.iter().find(|page| page["id"] == LAVKA).unwrap()["subscribed_apps"].get(APP).is_some()
    };
    assert!(subscribed().await, "a quarter of an hour is forgiven");
    bench.control("clock", json!({"speed": 10_000})).await;
    until("the end of Meta's patience", async || of_kind(&bench, "webhooks_disabled").await.pop()).await;
    assert!(!subscribed().await);
    bench.receiver.fail_next(0);
    bench.say("olena", json!({"text": "still nobody?"})).await;
    let (status, refused) = bench.app_post("/control/clock", "", json!({"speed": 0.5})).await;
    assert_eq!(status, 400, "{refused}");
    assert!(of_kind(&bench, "webhook").await.iter().all(|entry| entry["status"] != 200), "nothing is delivered");
    bench.stop().await;
}
