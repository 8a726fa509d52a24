//! Lost browsers, and that no conversation stays with an agent who has gone.

use std::time::Duration;

use domain::role::Role;
use domain::time::{HOUR, SECOND};
use reqwest::Method;
use serde_json::{Value, json};
use store::testing;

use crate::app::TestApp;
use crate::fixture::{Screen, active, change_row, rounds_failed, user_id};
use crate::routes::on_both_engines;

on_both_engines! {
    what_an_agent_holds_who_went_offline_goes_to_others_when_their_browser_is_closed
    what_an_agent_holds_who_was_lost_goes_to_others_whatever_a_supervisor_sets
    those_who_left_for_good_leave_nothing_behind
    a_beat_brings_a_lost_agent_back_at_once
    what_could_not_be_handed_over_at_once_is_handed_over_later
    each_queue_decides_how_long_it_waits_for_a_lost_agent
}

async fn state(it: &TestApp, id: &str) -> Value {
    it.get(&it.admin, &format!("/conversations/{id}")).await["state"].clone()
}

async fn status_becomes(it: &TestApp, token: &str, status: &str) {
    it.until(status, async || (it.get(token, "/me").await["status"]["status"] == status).then_some(())).await;
}

/// Waits until presence knows that the stream is closed, then lets it be lost.
async fn closed(it: &TestApp, screen: Screen) {
    drop(screen);
    tokio::time::sleep(Duration::from_millis(200)).await;
    it.clock.advance(11 * SECOND);
    tokio::time::sleep(Duration::from_secs(2)).await;
}

async fn waits_again(it: &TestApp, id: &str) -> Value {
    it.until("the conversation to wait", async || (state(it, id).await != "active").then_some(())).await;
    let thread = it.get(&it.admin, &format!("/conversations/{id}/messages?limit=200")).await;
    let mut events = thread["items"].as_array().unwrap().iter().filter(|item| item["kind"] == "event");
    let last = events.rfind(|item| item["event"]["code"] == "requeued").unwrap();
    last["event"]["args"]["cause"].clone()
}

async fn what_an_agent_holds_who_went_offline_goes_to_others_when_their_browser_is_closed(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let screen = Screen::open(it, &ben).await;
    it.call(&ben, Method::PUT, "/me/status", Some(json!({ "status": "offline" }))).await;
    it.clock.advance(200 * SECOND);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(state(it, &id).await, "active", "their browser is open");
    closed(it, screen).await;
    let screen = Screen::open(it, &ben).await;
    it.clock.advance(121 * SECOND);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(state(it, &id).await, "active", "they came back");
    closed(it, screen).await;
    it.clock.advance(121 * SECOND);
    assert_eq!(waits_again(it, &id).await, "went_offline");
}

async fn what_an_agent_holds_who_was_lost_goes_to_others_whatever_a_supervisor_sets(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let screen = Screen::open(it, &ben).await;
    let his = user_id(it, &ben).await;
    closed(it, screen).await;
    status_becomes(it, &ben, "offline").await;
    let path = format!("/agents/{his}/status");
    let (_, set) = it.call(&it.admin, Method::PUT, &path, Some(json!({ "status": "pause" }))).await;
    assert_eq!((&set["status"], &set["by"]["name"]), (&json!("pause"), &json!("Anna Admin")));
    status_becomes(it, &ben, "offline").await;
    it.call(&it.admin, Method::PUT, &path, Some(json!({ "status": "offline" }))).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    it.clock.advance(121 * SECOND);
    waits_again(it, &id).await;
}

async fn those_who_left_for_good_leave_nothing_behind(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    // As if the server had been killed between the deactivation and the hand-over.
    let his: i64 = user_id(it, &ben).await.parse().unwrap();
    change_row(it, "UPDATE users SET active = 0 WHERE id = $1", testing::params![his]).await;
    assert_eq!(waits_again(it, &id).await, "deactivated");
}

/// A loss is over only when everything was handed over, even if the handover is interrupted.
async fn what_could_not_be_handed_over_at_once_is_handed_over_later(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    closed(it, Screen::open(it, &ben).await).await;
    status_becomes(it, &ben, "offline").await;
    // A thread that cannot be written stops the hand-over. The agent's own row can be written.
    testing::execute(&it.store, "ALTER TABLE message RENAME TO message_away", vec![]).await.unwrap();
    let failed = rounds_failed(it, "presence").await;
    it.clock.advance(121 * SECOND);
    it.until("a hand-over that fails", async || (rounds_failed(it, "presence").await > failed + 1).then_some(()))
        .await;
    testing::execute(&it.store, "ALTER TABLE message_away RENAME TO message", vec![]).await.unwrap();
    assert_eq!(waits_again(it, &id).await, "connection_lost");
}

async fn each_queue_decides_how_long_it_waits_for_a_lost_agent(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let queue = it.get(&it.admin, "/queues").await["items"][0]["id"].as_str().unwrap().to_owned();
    let set = async |seconds: i64| {
        let change = json!({ "lost_after_seconds": seconds });
        let (status, answer) = it.call(&it.admin, Method::PATCH, &format!("/queues/{queue}"), Some(change)).await;
        assert_eq!(status, reqwest::StatusCode::OK, "{answer}");
    };
    // For longer than an agent may come back and be online again: they are offline, but keep their conversations.
    set(600).await;
    closed(it, Screen::open(it, &ben).await).await;
    status_becomes(it, &ben, "offline").await;
    it.clock.advance(300 * SECOND);
    assert_eq!(state(it, &id).await, "active");
    let screen = Screen::open(it, &ben).await;
    it.clock.advance(400 * SECOND);
    it.post(&ben, "/me/presence", json!({})).await;
    it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": "I am back" })).await;
    // For less: a colleague gets it while they may still come back.
    set(20).await;
    it.online(&ben).await;
    closed(it, screen).await;
    status_becomes(it, &ben, "offline").await;
    it.clock.advance(21 * SECOND);
    assert_eq!(waits_again(it, &id).await, "connection_lost");
    let _screen = Screen::open(it, &ben).await;
    status_becomes(it, &ben, "online").await;
}

async fn a_beat_brings_a_lost_agent_back_at_once(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let _screen = Screen::open(it, &ben).await;
    it.clock.advance(61 * SECOND);
    status_becomes(it, &ben, "offline").await;
    assert_eq!(it.get(&ben, "/me").await["status"]["reason"], "lost");
    it.post(&ben, "/me/presence", json!({})).await;
    assert_eq!(it.get(&ben, "/me").await["status"]["status"], "online", "at once");
    assert_eq!(state(it, &id).await, "active");
    it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": "Here I am" })).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_set_loses_no_agent() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let _screen = Screen::open(&it, &ben).await;
    it.clock.set(HOUR);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(it.get(&ben, "/me").await["status"]["status"], "online");
    assert_eq!(state(&it, &id).await, "active");
    it.stop().await;
}

/// A browser may hang up at any moment while its stream is being opened.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_is_cut_while_it_opens_is_not_counted() {
    let it = TestApp::start().await;
    let ben = it.user("Ben", Role::Agent).await;
    it.online(&ben).await;
    for tries in 0..100 {
        let open = Screen::open(&it, &ben);
        let _ = tokio::time::timeout(Duration::from_micros(200 * (tries % 40)), open).await;
    }
    closed(&it, Screen::open(&it, &ben).await).await;
    status_becomes(&it, &ben, "offline").await;
    it.stop().await;
}
