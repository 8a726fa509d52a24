//! `POST /conversations/{id}/reopen`

use domain::role::Role;
use domain::time::HOUR;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{LAVKA, TestApp};
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    its_last_agent_opens_it_again_within_the_window
    a_closing_text_that_has_not_left_is_withdrawn
    it_is_withdrawn_too_when_the_customer_comes_back_first
    not_if_the_customer_has_a_newer_one_or_the_window_is_closed
    a_customer_who_writes_in_time_comes_back_to_the_same_conversation_and_agent
}

async fn its_last_agent_opens_it_again_within_the_window(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let path = format!("/conversations/{id}/reopen");
    assert_eq!(it.call(&ben, Method::POST, &path, None).await.0, StatusCode::CONFLICT, "it is open");
    it.post(&ben, &format!("/conversations/{id}/close"), json!({ "reason": "answered" })).await;
    let carla = it.user("Carla", Role::Agent).await;
    assert_eq!(it.call(&carla, Method::POST, &path, None).await.0, StatusCode::NOT_FOUND);
    let open = it.post(&ben, &path, json!({})).await;
    assert_eq!((&open["state"], &open["agent"]["name"]), (&json!("active"), &json!("Ben")));
    assert_eq!((&open["closed_at"], &open["close_reason"]), (&Value::Null, &Value::Null));
    it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": "One more thing" })).await;
    it.phone_shows("olena", "One more thing").await;
    it.writes("olena", json!({ "text": "Thanks" })).await;
    it.until("the answer in the same conversation", async || {
        let thread = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
        thread["items"].as_array()?.iter().any(|item| item["text"] == "Thanks").then_some(())
    })
    .await;
    it.post(&ben, &format!("/conversations/{id}/close"), json!({})).await;
    let sue = it.user("Sue", Role::Supervisor).await;
    assert_eq!(it.post(&sue, &path, json!({})).await["agent"]["name"], "Sue");
}

async fn not_if_the_customer_has_a_newer_one_or_the_window_is_closed(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let path = format!("/conversations/{id}/reopen");
    it.post(&ben, &format!("/conversations/{id}/close"), json!({})).await;
    it.writes("olena", json!({ "text": "Me again" })).await;
    let newer = it
        .until("the newer one", async || {
            let list = it.get(&it.admin, "/conversations?state=bot").await;
            list["items"][0]["id"].as_str().map(str::to_owned)
        })
        .await;
    let (status, problem) = it.call(&ben, Method::POST, &path, None).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem["detail"].as_str().unwrap().contains("newer conversation"), "{problem}");
    it.post(&it.admin, &format!("/conversations/{newer}/close"), json!({})).await;
    it.clock.advance(25 * HOUR);
    let (status, problem) = it.call(&ben, Method::POST, &path, None).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem["detail"].as_str().unwrap().contains("24 hours"), "{problem}");
    assert_eq!(it.call(&ben, Method::POST, "/conversations/1/reopen", None).await.0, StatusCode::NOT_FOUND);
}

async fn a_closing_text_that_has_not_left_is_withdrawn(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    // Meta takes nothing for a while.
    let fault = json!({ "kind": "graph_error", "path": format!("/{LAVKA}/messages"), "method": "POST", "status": 400, "code": 613 });
    it.control(Method::POST, "/faults", fault).await;
    it.post(&ben, &format!("/conversations/{id}/close"), json!({})).await;
    let text = async || {
        let thread = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
        let items = thread["items"].as_array().unwrap().clone();
        items.into_iter().rfind(|item| item["direction"] == "out").unwrap()
    };
    it.until("the pause", async || (text().await["error"]["code"] == 613).then_some(())).await;
    it.post(&ben, &format!("/conversations/{id}/reopen"), json!({})).await;
    assert_eq!(text().await["status"], "cancelled");
}

async fn it_is_withdrawn_too_when_the_customer_comes_back_first(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let queue = it.get(&it.admin, "/queues").await["items"][0]["id"].as_str().unwrap().to_owned();
    let change = json!({ "reopen_seconds": 300 });
    it.call(&it.admin, Method::PATCH, &format!("/queues/{queue}"), Some(change)).await;
    let fault = json!({ "kind": "graph_error", "path": format!("/{LAVKA}/messages"), "method": "POST", "status": 400, "code": 613 });
    it.control(Method::POST, "/faults", fault).await;
    it.post(&ben, &format!("/conversations/{id}/close"), json!({})).await;
    let closing = async || {
        let thread = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
        let items = thread["items"].as_array().unwrap().clone();
        items.into_iter().rfind(|item| item["direction"] == "out" && item["kind"] == "text").unwrap()
    };
    it.until("the pause", async || (closing().await["error"]["code"] == 613).then_some(())).await;
    it.writes("olena", json!({ "text": "One more thing" })).await;
    it.until("the customer is back", async || {
        (it.get(&it.admin, &format!("/conversations/{id}")).await["state"] == "active").then_some(())
    })
    .await;
    assert_eq!(closing().await["status"], "cancelled");
}

async fn a_customer_who_writes_in_time_comes_back_to_the_same_conversation_and_agent(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let queue = it.get(&it.admin, "/queues").await["items"][0]["id"].as_str().unwrap().to_owned();
    let change = json!({ "reopen_seconds": 300 });
    it.call(&it.admin, Method::PATCH, &format!("/queues/{queue}"), Some(change)).await;
    let path = format!("/conversations/{id}");
    let becomes = async |state: &str| {
        it.until(state, async || {
            let now = it.get(&it.admin, &path).await;
            (now["state"] == state).then_some(now)
        })
        .await
    };
    it.post(&ben, &format!("{path}/close"), json!({})).await;
    it.writes("olena", json!({ "text": "One more thing" })).await;
    let back = becomes("active").await;
    assert_eq!((&back["agent"]["name"], &back["closed_at"]), (&json!("Ben"), &Value::Null));
    assert_eq!(back["last_message"]["text"], "One more thing");
    // The agent has gone: the queue.
    it.post(&ben, &format!("{path}/close"), json!({})).await;
    it.call(&ben, Method::PUT, "/me/status", Some(json!({ "status": "offline" }))).await;
    it.writes("olena", json!({ "text": "And another" })).await;
    becomes("queued").await;
    it.online(&ben).await;
    it.offered(&ben).await;
    it.post(&ben, &format!("{path}/accept"), json!({})).await;
    it.post(&ben, &format!("{path}/close"), json!({})).await;
    // Where customers do not come back: a new conversation.
    let change = json!({ "reopen_seconds": 0 });
    it.call(&it.admin, Method::PATCH, &format!("/queues/{queue}"), Some(change)).await;
    it.writes("olena", json!({ "text": "Hello again" })).await;
    it.until("a new conversation", async || {
        let list = it.get(&it.admin, "/conversations?state=bot").await;
        (list["items"].as_array()?.len() == 1).then_some(())
    })
    .await;
    assert_eq!(it.get(&it.admin, &path).await["state"], "closed");
}
