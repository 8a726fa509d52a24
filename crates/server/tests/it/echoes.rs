//! Echoes with our marker: only those of our own messages confirm one.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{APP_ID, LAVKA, TestApp};
use crate::fixture::{active, becomes, message};

/// Meta reports a message of the Page to a customer.
async fn echo(it: &TestApp, customer: &str, mid: &str, text: &str, app: Option<&str>, metadata: &str) {
    let mut message = json!({ "mid": mid, "is_echo": true, "text": text, "metadata": metadata });
    if let Some(app) = app {
        message["app_id"] = app.into();
    }
    let item = json!({ "sender": { "id": LAVKA }, "recipient": { "id": "$psid" }, "timestamp": "$now",
        "message": message });
    let event = json!({ "field": "message_echoes", "item": item });
    it.control(Method::POST, &format!("/pages/{LAVKA}/customers/{customer}/event"), event).await;
}

async fn shown(it: &TestApp, conversation: &str, text: &str) -> Value {
    it.until(&format!("\"{text}\" in the thread"), async || {
        let thread = it.get(&it.admin, &format!("/conversations/{conversation}/messages?limit=200")).await;
        thread["items"].as_array()?.iter().find(|message| message["text"] == text).cloned()
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_echo_settles_a_message_only_if_app_customer_and_message_are_its_own() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    it.writes("ahmed", json!({ "text": "Hello" })).await;
    let other = it
        .until("Ahmed's conversation", async || {
            let list = it.get(&it.admin, "/conversations").await;
            let other = list["items"].as_array()?.iter().find(|other| other["id"] != id.as_str())?;
            other["id"].as_str().map(str::to_owned)
        })
        .await;
    // Nothing is sent.
    let path = format!("/{LAVKA}/messages");
    let busy = json!({ "kind": "graph_error", "path": path, "method": "POST", "times": 10_000, "status": 500, "code": 2, "is_transient": true });
    it.control(Method::POST, "/faults", busy).await;
    let reply = it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": "Not yet" })).await;
    let mark = format!("deskbell:{}:0", reply["id"].as_str().unwrap());
    let foreign = [
        ("olena", &id, "another Deskbell's", Some("999"), mark.as_str()),
        ("olena", &id, "of a message that is not here", Some(APP_ID), "deskbell:123:0"),
        ("ahmed", &other, "to another customer", Some(APP_ID), mark.as_str()),
        ("ahmed", &other, "to another customer by an unnamed app", None, mark.as_str()),
    ];
    for (n, (customer, conversation, text, app, metadata)) in foreign.into_iter().enumerate() {
        echo(&it, customer, &format!("m_foreign_{n}"), text, app, metadata).await;
        let shown = shown(&it, conversation, text).await;
        assert_eq!((&shown["sender"]["kind"], &shown["direction"]), (&json!("page"), &json!("out")), "{text}");
        assert_eq!(message(&it, &ben, &id, &reply["id"]).await["status"], "queued", "{text}");
    }
    // The true one counts, no matter what Meta's responses contain.
    echo(&it, "olena", "m_true", "Not yet", Some(APP_ID), &mark).await;
    becomes(&it, &ben, &id, &reply["id"], &["sent"]).await;
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_echo_of_an_erased_message_does_not_bring_the_customer_back() {
    let it = TestApp::start().await;
    it.connected().await;
    echo(&it, "olena", "m_late", "Erased long ago", Some(APP_ID), "deskbell:123:0").await;
    it.until("the delivery", async || {
        let list = it.get(&it.admin, "/deliveries?state=ignored").await;
        (!list["items"].as_array()?.is_empty()).then_some(())
    })
    .await;
    assert!(it.get(&it.admin, "/conversations").await["items"].as_array().unwrap().is_empty());
    it.stop().await;
}
