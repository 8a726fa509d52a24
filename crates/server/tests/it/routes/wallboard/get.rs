//! `GET /wallboard`

use domain::role::Role;
use domain::time::{DAY, SECOND};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixture::Screen;
use crate::routes::on_both_engines;

on_both_engines! {
    it_shows_who_waits_who_works_and_what_was_done_today
    it_is_sent_to_supervisors_when_it_changes_and_to_no_one_else
}

async fn board(it: &TestApp) -> Value {
    it.get(&it.admin, "/wallboard").await
}

/// The wallboard, once its only queue is as it should be.
async fn until(it: &TestApp, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
    it.until(what, async || Some(board(it).await).filter(|board| fits(&board["queues"][0]))).await
}

async fn set(it: &TestApp, change: Value) {
    let general = it.get(&it.admin, "/queues").await["items"][0]["id"].as_str().unwrap().to_owned();
    let (status, queue) = it.call(&it.admin, Method::PATCH, &format!("/queues/{general}"), Some(change)).await;
    assert_eq!(status, StatusCode::OK, "{queue}");
}

fn agent<'a>(board: &'a Value, name: &str) -> &'a Value {
    board["agents"].as_array().unwrap().iter().find(|agent| agent["name"] == name).unwrap()
}

async fn it_shows_who_waits_who_works_and_what_was_done_today(it: &TestApp) {
    // Midnight is far away, regardless of the current time.
    let to_noon = DAY / 2 - it.clock.now().0.rem_euclid(DAY);
    it.clock.advance(if to_noon < 0 { to_noon + DAY } else { to_noon });
    it.connected().await;
    set(it, json!({ "sla": { "first_response_seconds": 60 } })).await;
    let (ben, ann) = (it.user("Ben", Role::Agent).await, it.user("Ann", Role::Agent).await);
    let (status, _) = it.call(&ben, Method::GET, "/wallboard", None).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    it.asks_for_an_agent("olena").await;
    let first = until(it, "a customer to wait", |queue| queue["waiting"] == 1).await;
    let queue = &first["queues"][0];
    assert_eq!(
        (&queue["name"], &queue["online"], &queue["service_level"]),
        (&json!("General"), &json!(0), &Value::Null)
    );
    it.clock.advance(50 * SECOND);
    let wait = board(it).await["queues"][0]["longest_wait_seconds"].as_i64().unwrap();
    assert!((50..60).contains(&wait), "{wait}");

    it.online(&ben).await;
    it.call(&ann, Method::PUT, "/me/status", Some(json!({ "status": "pause" }))).await;
    let offer = it.offered(&ben).await;
    let offered = board(it).await;
    let queue = &offered["queues"][0];
    let figures = ["online", "free", "busy", "paused", "waiting"].map(|name| queue[name].as_i64().unwrap());
    assert_eq!(figures, [1, 0, 1, 1, 1], "{queue}");
    assert_eq!(
        (&agent(&offered, "Ben")["offered"], &agent(&offered, "Ann")["status"]),
        (&json!(1), &json!("pause"))
    );
    let path = format!("/conversations/{}", offer["id"].as_str().unwrap());
    it.post(&ben, &format!("{path}/accept"), json!({})).await;
    let held = board(it).await;
    let queue = &held["queues"][0];
    assert_eq!((&queue["waiting"], &queue["answered_today"], &queue["free"]), (&json!(0), &json!(1), &json!(1)));
    assert_eq!((&queue["longest_wait_seconds"], &queue["service_level"]), (&json!(0), &json!(1.0)));
    let ours = agent(&held, "Ben");
    assert_eq!((&ours["open"], &ours["offered"], &ours["answered_today"]), (&json!(1), &json!(0), &json!(1)));
    assert_eq!(ours["average_handling_seconds"], Value::Null);
    let due = it.get(&ben, &path).await["sla"].clone();
    assert!(due["due_at"].is_string() && due["breached"] == false, "{due}");

    // The first answer comes too late.
    it.clock.advance(60 * SECOND);
    assert_eq!(it.get(&ben, &path).await["sla"]["breached"], true);
    it.post(&ben, &format!("{path}/messages"), json!({ "text": "Good day" })).await;
    assert_eq!(it.get(&ben, &path).await["sla"], json!({ "due_at": null, "breached": true }));
    assert_eq!(board(it).await["queues"][0]["service_level"], 0.0);
    it.post(&ben, &format!("{path}/close"), json!({})).await;
    let handling = agent(&board(it).await, "Ben")["average_handling_seconds"].as_i64().unwrap();
    assert!((60..75).contains(&handling), "{handling}");

    // One customer whose conversation is closed while they wait, and one who opts out.
    it.call(&ben, Method::PUT, "/me/status", Some(json!({ "status": "offline" }))).await;
    it.asks_for_an_agent("maria").await;
    until(it, "the next customer", |queue| queue["waiting"] == 1).await;
    it.writes("maria", json!({ "text": "Stop" })).await;
    until(it, "a customer who gave up", |queue| queue["abandoned_today"] == 1).await;
    let waiting = it.get(&it.admin, "/conversations?state=queued").await["items"][0]["id"].clone();
    it.post(&it.admin, &format!("/conversations/{}/close", waiting.as_str().unwrap()), json!({})).await;
    let after = board(it).await;
    assert_eq!(after["queues"][0]["abandoned_today"], 1, "each customer once");
    assert_eq!((&after["queues"][0]["answered_today"], &after["alerts"]), (&json!(1), &json!([])));

    it.clock.advance(DAY);
    let tomorrow = board(it).await;
    let queue = &tomorrow["queues"][0];
    assert_eq!((&queue["answered_today"], &queue["abandoned_today"]), (&json!(0), &json!(0)));
    assert_eq!((&queue["service_level"], &agent(&tomorrow, "Ben")["answered_today"]), (&Value::Null, &json!(0)));
}

async fn it_is_sent_to_supervisors_when_it_changes_and_to_no_one_else(it: &TestApp) {
    it.connected().await;
    let ben = it.user("Ben", Role::Agent).await;
    let (mut theirs, mut his) = (Screen::open(it, &it.admin).await, Screen::open(it, &ben).await);
    it.asks_for_an_agent("olena").await;
    let waits =
        |event: &crate::fixture::Received| event.kind == "wallboard" && event.data["queues"][0]["waiting"] == 1;
    let seen = theirs.events_until(waits).await;
    let sent = seen.last().unwrap();
    assert_eq!(sent.id, None, "no browser resumes from it");
    let mut read = board(it).await["queues"].clone();
    // Time passes between the two.
    read[0]["longest_wait_seconds"] = sent.data["queues"][0]["longest_wait_seconds"].clone();
    assert_eq!(sent.data["queues"], read, "as it is read");
    it.online(&ben).await;
    let before = his.events_until(|event| event.kind == "offer").await;
    assert!(before.iter().all(|event| event.kind != "wallboard"));
}
