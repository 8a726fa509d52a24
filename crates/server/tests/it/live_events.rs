//! Event streams while the store fails: none silently loses an event.

use std::collections::HashSet;

use serde_json::{Value, json};
use store::testing;

use crate::app::{Engine, TestApp};
use crate::fixture::{Received, Screen, active, rounds_failed};
use crate::routes::on_both_engines;

on_both_engines! {
    an_event_that_cannot_be_shown_now_is_shown_later
    events_that_cannot_be_shown_again_and_again_become_one_reset
}

/// From now on events of conversations cannot be shown, because their data cannot be read. Customers' messages are
/// still processed.
async fn break_showing(it: &TestApp) {
    testing::execute(&it.store, "ALTER TABLE conversation_label RENAME TO labels_away", vec![]).await.unwrap();
}

async fn mend_showing(it: &TestApp) {
    testing::execute(&it.store, "ALTER TABLE labels_away RENAME TO conversation_label", vec![]).await.unwrap();
}

fn is_message(event: &Received, text: &str) -> bool {
    event.kind == "message" && event.data["message"]["text"] == text
}

async fn fails(it: &TestApp, times: u64) {
    let before = rounds_failed(it, "live_events").await;
    it.until("events that cannot be shown", async || {
        (rounds_failed(it, "live_events").await >= before + times).then_some(())
    })
    .await;
}

async fn an_event_that_cannot_be_shown_now_is_shown_later(it: &TestApp) {
    let (ben, _, _) = active(it).await;
    let mut screen = Screen::open(it, &ben).await;
    screen.event("hello", |_| true).await;
    rounds_failed(it, "live_events").await;
    break_showing(it).await;
    it.writes("olena", json!({ "text": "Do you hear me?" })).await;
    fails(it, 1).await;
    mend_showing(it).await;
    // On a slow machine it may have failed often enough by then for screens to reload.
    screen.events_until(|event| is_message(event, "Do you hear me?") || event.kind == "reset").await;
}

async fn events_that_cannot_be_shown_again_and_again_become_one_reset(it: &TestApp) {
    let (ben, _, _) = active(it).await;
    let mut screen = Screen::open(it, &ben).await;
    let hello = screen.events_until(|event| event.kind == "hello").await;
    rounds_failed(it, "live_events").await;
    break_showing(it).await;
    it.writes("olena", json!({ "text": "Do you hear me?" })).await;
    let mut events = screen.events_until(|event| event.kind == "reset").await;
    let place = events.last().unwrap().id.clone();
    assert!(place.is_some() && place != hello.last().unwrap().id, "a browser resumes behind what was left out");
    mend_showing(it).await;
    it.writes("olena", json!({ "text": "And now?" })).await;
    events.extend(screen.events_until(|event| is_message(event, "And now?")).await);
    assert_eq!(events.iter().filter(|event| event.kind == "reset").count(), 1, "{events:?}");
    assert!(!events.iter().any(|event| is_message(event, "Do you hear me?")), "{events:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_ends_connections_again_and_again_costs_a_stream_no_event() {
    let Some(it) = TestApp::start_on(Engine::Postgres).await else { return };
    let (ben, id, _) = active(&it).await;
    let mut screen = Screen::open(&it, &ben).await;
    let (url, name) = it.config.database_url.rsplit_once('/').unwrap();
    let (killer, connection) =
        tokio_postgres::connect(&format!("{url}/postgres"), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let kill = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    for n in 0..20 {
        it.writes("olena", json!({ "text": format!("Message {n}") })).await;
        killer.batch_execute(&kill).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let written = |message: &Value| {
        message["direction"] == "in" && message["text"].as_str().is_some_and(|it| it.starts_with("Message "))
    };
    let thread = it
        .until("all that the customer said", async || {
            let path = format!("/conversations/{id}/messages?limit=200");
            let (status, thread) = it.call(&ben, reqwest::Method::GET, &path, None).await;
            let items: Vec<Value> = thread["items"].as_array().filter(|_| status.is_success())?.clone();
            let all: Vec<Value> = items.into_iter().filter(written).collect();
            (all.len() == 20).then_some(all)
        })
        .await;
    it.writes("olena", json!({ "text": "The last one" })).await;
    let events = screen.events_until(|event| is_message(event, "The last one")).await;
    if events.iter().any(|event| event.kind == "reset") {
        // Screens had to reload: that loses nothing either.
        return it.stop().await;
    }
    let shown: HashSet<&str> = events.iter().filter_map(|event| event.data["message"]["id"].as_str()).collect();
    for message in thread {
        assert!(shown.contains(message["id"].as_str().unwrap()), "{message} is missing in {events:?}");
    }
    it.stop().await;
}
