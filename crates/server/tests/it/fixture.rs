//! What many tests begin with and wait for: a conversation that an agent holds, and what becomes of its messages.

use domain::role::Role;
use serde_json::{Value, json};
use store::{Batch, Signal, testing};

use crate::app::TestApp;

/// A conversation with Olena that Ben holds: his token, its id, the gateway's.
pub async fn active(it: &TestApp) -> (String, String, String) {
    let gateway = it.connected().await;
    let ben = it.user("Ben", Role::Agent).await;
    it.online(&ben).await;
    it.asks_for_an_agent("olena").await;
    let id = it.offered(&ben).await["id"].as_str().unwrap().to_owned();
    it.post(&ben, &format!("/conversations/{id}/accept"), json!({})).await;
    it.phone_shows("olena", "Ben has joined").await;
    (ben, id, gateway)
}

/// One message of a conversation as it is now.
pub async fn message(it: &TestApp, token: &str, conversation: &str, id: &Value) -> Value {
    let thread = it.get(token, &format!("/conversations/{conversation}/messages?limit=200")).await;
    thread["items"].as_array().unwrap().iter().find(|message| message["id"] == *id).unwrap().clone()
}

/// Waits until a message has one of these states.
pub async fn becomes(it: &TestApp, token: &str, conversation: &str, id: &Value, status: &[&str]) -> Value {
    it.until(&format!("{status:?}"), async || {
        let message = message(it, token, conversation, id).await;
        status.contains(&message["status"].as_str().unwrap()).then_some(message)
    })
    .await
}

/// Changes a row that no call of the API changes, and tells the server to look.
pub async fn change_row(it: &TestApp, sql: &'static str, params: Vec<testing::Value>) {
    let mut batch = Batch::new();
    testing::push(&mut batch, sql, params);
    batch.notify(Signal::Config);
    it.store.commit(batch).await.unwrap();
}
