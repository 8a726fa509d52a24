//! `POST /conversations/{id}/typing`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::{LAVKA, TestApp};
use crate::fixture::active;

/// How often the Page showed the customer that someone types.
async fn shown(it: &TestApp) -> usize {
    let calls = it.control(Method::GET, &format!("/calls?limit=1000&path=/{LAVKA}/messages"), json!({})).await;
    let calls = calls.as_array().or(calls["items"].as_array()).or(calls["calls"].as_array()).unwrap().iter();
    calls.filter(|call| call.to_string().contains("typing_on")).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_customer_sees_that_the_agent_types_and_not_that_others_do() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let path = format!("/conversations/{id}/typing");
    let types = async |token: &str| it.call(token, Method::POST, &path, Some(json!({}))).await.0;
    let sue = it.user("Sue", Role::Supervisor).await;
    assert_eq!(types(&sue).await, StatusCode::NO_CONTENT, "she sees the conversation, but Ben holds it");
    let message = json!({ "text": "Not typing", "client_id": "before" });
    it.post(&ben, &format!("/conversations/{id}/messages"), message).await;
    it.phone_shows("olena", "Not typing").await;
    assert_eq!(shown(&it).await, 0, "what a supervisor types into a colleague's conversation");
    assert_eq!(types(&ben).await, StatusCode::NO_CONTENT);
    it.until("the typing dots", async || (shown(&it).await == 1).then_some(())).await;
    assert_eq!(types(&ben).await, StatusCode::NO_CONTENT, "at once again: one signal in five seconds is enough");
    it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": "There", "client_id": "after" }))
        .await;
    it.phone_shows("olena", "There").await;
    assert_eq!(shown(&it).await, 1);
    assert_eq!(it.call(&ben, Method::POST, "/conversations/1/typing", None).await.0, StatusCode::NOT_FOUND);
    it.stop().await;
}
