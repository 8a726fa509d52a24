//! Whose thread it is: control goes out to Meta's own inbox and comes back, by us and by Meta.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{LAVKA, TestApp};
use crate::fixture::active;

async fn texts(it: &TestApp, token: &str, id: &str) -> Vec<String> {
    let thread = it.get(token, &format!("/conversations/{id}/messages?limit=200")).await;
    let items = thread["items"].as_array().unwrap().iter();
    items.filter_map(|message| message["text"].as_str().map(str::to_owned)).collect()
}

async fn says(it: &TestApp, token: &str, id: &str, line: &str) {
    it.until(line, async || texts(it, token, id).await.iter().any(|text| text == line).then_some(())).await;
}

async fn held_by(it: &TestApp, token: &str, id: &str) -> Value {
    it.get(token, &format!("/conversations/{id}")).await["held_by"]["kind"].clone()
}

async fn event(it: &TestApp, kind: &str) {
    let path = format!("/pages/{LAVKA}/customers/olena/event");
    it.control(Method::POST, &path, json!({ "kind": kind })).await;
}

async fn asked(it: &TestApp, edge: &str) -> usize {
    let path = format!("/calls?limit=1000&path=/{LAVKA}/{edge}");
    let calls = it.control(Method::GET, &path, json!({})).await;
    let calls = calls.as_array().or(calls["items"].as_array()).or(calls["calls"].as_array()).unwrap().clone();
    calls.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_hands_a_conversation_to_metas_inbox_and_takes_it_back() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let control = format!("/conversations/{id}/control");
    let (status, problem) = it.call(&ben, Method::POST, &control, Some(json!({ "action": "take" }))).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");

    // What Meta refuses changes nothing here.
    let fault = json!({ "kind": "graph_error", "path": format!("/{LAVKA}/pass_thread_control"), "times": 1,
        "status": 400, "code": 100, "subcode": 2_018_164 });
    it.control(Method::POST, "/faults", fault).await;
    let (status, problem) = it.call(&ben, Method::POST, &control, Some(json!({ "action": "pass" }))).await;
    assert!(!status.is_success(), "{problem}");
    assert_eq!(held_by(&it, &ben, &id).await, Value::Null);

    it.post(&ben, &control, json!({ "action": "pass" })).await;
    assert_eq!((held_by(&it, &ben, &id).await, asked(&it, "pass_thread_control").await), (json!("inbox"), 2));
    says(&it, &ben, &id, "Ben handed the conversation to the Page inbox").await;
    let messages = format!("/conversations/{id}/messages");
    let (status, problem) = it.call(&ben, Method::POST, &messages, Some(json!({ "text": "Psst" }))).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem["detail"].as_str().unwrap().contains("take it over first"), "{problem}");
    // A copy of the customer's message to the inbox is in the thread, and neither bot nor agents answer it.
    let before = it.phone("olena").await["messages"].as_array().unwrap().len();
    event(&it, "standby_message").await;
    says(&it, &ben, &id, "Still waiting").await;

    it.post(&ben, &control, json!({ "action": "take" })).await;
    assert_eq!((held_by(&it, &ben, &id).await, asked(&it, "take_thread_control").await), (Value::Null, 1));
    assert_eq!(it.phone("olena").await["messages"].as_array().unwrap().len(), before);
    it.post(&ben, &messages, json!({ "text": "Here I am again" })).await;
    it.phone_shows("olena", "Here I am again").await;
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn meta_says_who_answers_and_the_agent_goes_on_when_it_is_us_again() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    event(&it, "take_thread_control").await;
    says(&it, &ben, &id, "The Page inbox took the conversation over from Deskbell").await;
    assert_eq!(held_by(&it, &ben, &id).await, "inbox");
    event(&it, "request_thread_control").await;
    says(&it, &ben, &id, "The app 555000111222333 asks to answer in this conversation").await;
    assert_eq!(held_by(&it, &ben, &id).await, "inbox", "to ask is not to have");
    event(&it, "pass_thread_control").await;
    says(&it, &ben, &id, "The Page inbox handed the conversation to Deskbell").await;
    let it_is = it.get(&ben, &format!("/conversations/{id}")).await;
    assert_eq!((&it_is["held_by"], &it_is["state"]), (&Value::Null, &json!("active")), "{it_is}");
    it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": "Back with you" })).await;
    it.phone_shows("olena", "Back with you").await;
    it.stop().await;
}
