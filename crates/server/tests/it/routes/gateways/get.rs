//! `GET /gateways/{id}`

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use store::Signal;

use crate::app::{APP_ID, APP_SECRET, PATIENCE, TestApp};
use crate::media::listen;
use crate::routes::on_both_engines;

on_both_engines! {
    a_gateway_shows_its_setup_and_how_it_is
    the_first_message_in_and_out_are_announced
}

async fn a_gateway_shows_its_setup_and_how_it_is(it: &TestApp) {
    let id = it.connected().await;
    let shown = it.get(&it.admin, &format!("/gateways/{id}")).await;
    assert_eq!((&shown["app_id"], &shown["pages_subscribed"]), (&json!(APP_ID), &json!(1)));
    assert!(shown["ticks"]["login_ok_at"].is_string() && shown["permissions"].is_array());
    assert!(!shown.to_string().contains(APP_SECRET));
    assert_eq!(it.call(&it.admin, Method::GET, "/gateways/1", None).await.0, StatusCode::NOT_FOUND);
}

/// Set-up ticks its last step when the stream announces it, and reloads nothing: neither does the server its configuration.
async fn the_first_message_in_and_out_are_announced(it: &TestApp) {
    let id = it.connected().await;
    let (_, mut last) = listen(it, &it.admin, None, |events| !events.is_empty()).await;
    let configuration = it.store.signals().subscribe(Signal::Config);
    it.writes("olena", json!({ "text": "Hello" })).await;
    let ticked = async {
        loop {
            let is_gateway = |(name, data): &(String, Value)| name == "gateway" && data["gateway_id"] == id;
            let (_, at) = listen(it, &it.admin, Some(&last), |events| events.iter().any(is_gateway)).await;
            let ticks = &it.get(&it.admin, &format!("/gateways/{id}")).await["ticks"];
            if ticks["last_event_at"].is_string() && ticks["last_sent_at"].is_string() {
                break;
            }
            last = at;
        }
    };
    tokio::time::timeout(PATIENCE, ticked).await.expect("an event after both");
    assert!(!configuration.has_changed().unwrap());
}
