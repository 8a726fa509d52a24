//! `GET /events`

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::media::listen;
use crate::routes::on_both_engines;

on_both_engines! {
    a_stream_begins_where_the_last_one_ended
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
