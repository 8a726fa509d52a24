//! `POST /conversations/{id}/messages/{message_id}/retry`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::{LAVKA, TestApp};
use crate::fixture::{active, becomes};
use crate::routes::on_both_engines;

on_both_engines! {
    what_failed_is_sent_again
}

async fn what_failed_is_sent_again(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    it.writes("olena", json!({ "text": "Are you there?" })).await;
    let waiting = async || it.get(&ben, &format!("/conversations/{id}")).await["answer_due_since"].clone();
    it.until("words to answer", async || {
        let thread = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
        thread["items"].to_string().contains("Are you there?").then_some(())
    })
    .await;
    let since = waiting().await;
    assert!(since.is_string(), "{since}");
    let path = format!("/conversations/{id}/messages");
    let fault = json!({ "kind": "graph_error", "path": format!("/{LAVKA}/messages"), "method": "POST", "status": 400, "code": 551, "subcode": 1_545_041, "times": 1 });
    it.control(Method::POST, "/faults", fault).await;
    let sent = it.post(&ben, &path, json!({ "text": "Again" })).await;
    let one = format!("{path}/{}", sent["id"].as_str().unwrap());
    becomes(it, &ben, &id, &sent["id"], &["failed"]).await;
    assert_eq!(waiting().await, since, "an answer that did not get through is none");
    let sue = it.user("Sue", Role::Supervisor).await;
    let (status, problem) = it.call(&sue, Method::POST, &format!("{one}/retry"), None).await;
    assert_eq!(status, StatusCode::CONFLICT, "she does not hold it: {problem}");
    let again = it.post(&ben, &format!("{one}/retry"), json!({})).await;
    assert_eq!(again["id"], sent["id"]);
    assert_ne!(again["status"], "failed", "it is queued, or has left again already");
    it.phone_shows("olena", "Again").await;
    becomes(it, &ben, &id, &sent["id"], &["sent", "delivered", "read"]).await;
    assert_eq!(waiting().await, json!(null));
    assert_eq!(
        it.call(&ben, Method::POST, &format!("{one}/retry"), None).await.0,
        StatusCode::CONFLICT,
        "it left"
    );
    assert_eq!(it.call(&ben, Method::POST, &format!("{path}/1/retry"), None).await.0, StatusCode::NOT_FOUND);
}
