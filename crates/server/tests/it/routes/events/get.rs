//! `GET /events`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixture::{Screen, active};
use crate::media::listen;
use crate::routes::on_both_engines;

on_both_engines! {
    a_stream_begins_where_the_last_one_ended
    a_conversation_that_a_colleague_took_is_reported_as_gone_once
}

async fn a_stream_begins_where_the_last_one_ended(it: &TestApp) {
    it.connected().await;
    it.writes("olena", json!({ "text": "First" })).await;
    let holds = |events: &[(String, Value)], text: &str| {
        events.iter().any(|(kind, data)| kind == "message" && data.to_string().contains(text))
    };
    let listening = listen(it, &it.admin, None, |events| holds(events, "Second"));
    let writing = async {
        it.until("the first", async || {
            let list = it.get(&it.admin, "/conversations").await;
            list["items"].as_array()?.first().cloned()
        })
        .await;
        it.writes("olena", json!({ "text": "Second" })).await;
    };
    let ((_, last), ()) = tokio::join!(listening, writing);
    it.writes("olena", json!({ "text": "Third" })).await;
    let (events, _) = listen(it, &it.admin, Some(&last), |events| holds(events, "Third")).await;
    assert!(!holds(&events, "Second"), "it was in the stream before");
    assert_eq!(it.call("dbk_wrong", Method::GET, "/events", None).await.0, StatusCode::UNAUTHORIZED);
}

async fn a_conversation_that_a_colleague_took_is_reported_as_gone_once(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let vera = it.user("Vera", Role::Agent).await;
    let mut screen = Screen::open(it, &vera).await;
    let notes = format!("/conversations/{id}/notes");
    for n in 0..5 {
        it.post(&ben, &notes, json!({ "text": format!("Note {n}") })).await;
        it.writes("olena", json!({ "text": format!("Message {n}") })).await;
    }
    it.post(&ben, &format!("/conversations/{id}/transfer"), json!({ "queue_id": queue(it).await })).await;
    let events = screen.events_until(|event| event.kind == "conversation" && event.data["gone"] != true).await;
    let gone = events.iter().filter(|event| event.data["gone"] == true).count();
    assert!(gone <= 1, "reported {gone} times");
    assert!(events.last().unwrap().data["conversation"].is_object(), "it waits in her queue again");
}

async fn queue(it: &TestApp) -> Value {
    it.get(&it.admin, "/queues").await["items"][0]["id"].clone()
}
