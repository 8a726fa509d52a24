//! The limits of a queue: customers who wait too long or are too many, and sides that fall silent.

use domain::role::Role;
use domain::time::SECOND;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    who_waited_too_long_moves_to_the_queue_that_takes_over
    who_finds_the_queue_full_moves_on_at_once
    a_conversation_is_assigned_without_asking
    a_silent_customer_is_warned_and_then_the_conversation_is_closed
    a_silent_agent_is_warned_and_then_a_colleague_gets_the_conversation
}

async fn patch(it: &TestApp, change: Value) -> Value {
    let general = it.get(&it.admin, "/queues").await["items"][0]["id"].as_str().unwrap().to_owned();
    let (status, queue) = it.call(&it.admin, Method::PATCH, &format!("/queues/{general}"), Some(change)).await;
    assert_eq!(status, StatusCode::OK, "{queue}");
    queue
}

/// The one conversation, once it is as it should be.
async fn until(it: &TestApp, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
    it.until(what, async || {
        let list = it.get(&it.admin, "/conversations").await;
        list["items"].as_array()?.iter().find(|it| fits(it)).cloned()
    })
    .await
}

async fn texts(it: &TestApp, conversation: &Value) -> Vec<String> {
    let path = format!("/conversations/{}/messages", conversation["id"].as_str().unwrap());
    let list = it.get(&it.admin, &path).await;
    let items = list["items"].as_array().unwrap().iter();
    items.filter_map(|message| Some(message["text"].as_str()?.to_owned())).collect()
}

async fn who_waited_too_long_moves_to_the_queue_that_takes_over(it: &TestApp) {
    it.connected().await;
    let backup = it.post(&it.admin, "/queues", json!({ "name": "Backup", "priority": 7 })).await;
    let busy = "{{ queue.name }} is busy.";
    let limit = json!({ "max_wait_seconds": 60, "overflow_queue_id": backup["id"], "overflow_text": busy });
    patch(it, limit).await;
    it.asks_for_an_agent("olena").await;
    let waits = until(it, "a customer to wait", |it| it["state"] == "queued").await;
    it.clock.advance(61 * SECOND);
    let moved = until(it, "the other queue", |it| it["queue"]["name"] == "Backup").await;
    assert_eq!((&moved["queued_at"], &moved["priority"]), (&waits["queued_at"], &json!(7)));
    it.phone_shows("olena", "General is busy.").await;
    let event = "No agent of General was available in time. The customer waits in Backup";
    assert!(texts(it, &moved).await.iter().any(|text| text == event));
}

async fn who_finds_the_queue_full_moves_on_at_once(it: &TestApp) {
    it.connected().await;
    let backup = it.post(&it.admin, "/queues", json!({ "name": "Backup" })).await;
    patch(it, json!({ "max_waiting": 1, "overflow_queue_id": backup["id"] })).await;
    it.asks_for_an_agent("olena").await;
    until(it, "the first customer", |it| it["state"] == "queued" && it["queue"]["name"] == "General").await;
    it.asks_for_an_agent("maria").await;
    let moved = until(it, "the second customer", |it| it["queue"]["name"] == "Backup").await;
    assert!(texts(it, &moved).await.iter().any(|text| text == "General is full. The customer waits in Backup"));
    let first = until(it, "the first customer", |it| it["queue"]["name"] == "General").await;
    assert_eq!(first["state"], "queued");
}

async fn a_conversation_is_assigned_without_asking(it: &TestApp) {
    it.connected().await;
    patch(it, json!({ "auto_accept": true })).await;
    let ben = it.user("Ben", Role::Agent).await;
    it.online(&ben).await;
    it.asks_for_an_agent("olena").await;
    let held = until(it, "an agent", |it| it["state"] == "active").await;
    assert_eq!((&held["agent"]["name"], held["routing"].as_array().unwrap().len()), (&json!("Ben"), 1));
    it.phone_shows("olena", "Ben has joined the chat.").await;
}

/// A conversation that Ben holds.
async fn held(it: &TestApp, ben: &str) -> String {
    it.online(ben).await;
    it.asks_for_an_agent("olena").await;
    let path = format!("/conversations/{}", it.offered(ben).await["id"].as_str().unwrap());
    it.post(ben, &format!("{path}/accept"), json!({})).await;
    path
}

async fn a_silent_customer_is_warned_and_then_the_conversation_is_closed(it: &TestApp) {
    it.connected().await;
    patch(it, json!({ "customer_idle_seconds": 60, "idle_warning_text": "Are you still there?" })).await;
    let ben = it.user("Ben", Role::Agent).await;
    let path = held(it, &ben).await;
    it.post(&ben, &format!("{path}/messages"), json!({ "text": "Which colour?" })).await;
    it.clock.advance(61 * SECOND);
    it.phone_shows("olena", "Are you still there?").await;
    // An answer begins a new silence.
    it.writes("olena", json!({ "text": "Blue" })).await;
    until(it, "the answer", |it| it["last_message"]["text"] == "Blue").await;
    it.post(&ben, &format!("{path}/messages"), json!({ "text": "And the size?" })).await;
    it.clock.advance(61 * SECOND);
    it.until("the second warning", async || {
        let texts = texts(it, &it.get(&it.admin, &path).await).await;
        (texts.iter().filter(|text| *text == "Are you still there?").count() == 2).then_some(())
    })
    .await;
    assert_eq!(it.get(&it.admin, &path).await["state"], "active");
    it.clock.advance(61 * SECOND);
    let closed = until(it, "the close", |it| it["state"] == "closed").await;
    assert_eq!(closed["close_reason"], "The customer did not answer");
    it.phone_shows("olena", "Thank you for writing to us.").await;
    it.post(&ben, &format!("{path}/reopen"), json!({})).await;
}

async fn a_silent_agent_is_warned_and_then_a_colleague_gets_the_conversation(it: &TestApp) {
    it.connected().await;
    patch(it, json!({ "agent_idle_seconds": 60 })).await;
    let ben = it.user("Ben", Role::Agent).await;
    let path = held(it, &ben).await;
    let ann = it.user("Ann", Role::Agent).await;
    it.online(&ann).await;
    it.clock.advance(61 * SECOND);
    it.until("the warning", async || {
        let texts = texts(it, &it.get(&it.admin, &path).await).await;
        texts.iter().any(|text| text.starts_with("Ben has not answered for 1:00")).then_some(())
    })
    .await;
    assert_eq!(it.get(&it.admin, &path).await["agent"]["name"], "Ben");
    it.clock.advance(61 * SECOND);
    assert_eq!(format!("/conversations/{}", it.offered(&ann).await["id"].as_str().unwrap()), path);
    let event = "Ben did not answer. The conversation is back in the queue";
    assert!(texts(it, &it.get(&it.admin, &path).await).await.iter().any(|text| text == event));
}
