//! `DELETE /flows/{id}/failures`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_step_that_fails_is_told_until_an_administrator_has_seen_it_or_the_flow_is_published
}

async fn a_step_that_fails_is_told_until_an_administrator_has_seen_it_or_the_flow_is_published(it: &TestApp) {
    let gateway = it.connected().await;
    let body = json!({ "schema": 2, "start": "look", "nodes": {
        "look": { "type": "http", "url": "http://169.254.169.254/latest", "next": "people" },
        "people": { "type": "join_queue", "waiting_text": "Wait", "nobody_text": "Wait" },
    } });
    let flow = it.post(&it.admin, "/flows", json!({ "name": "Orders", "body": body })).await;
    let path = format!("/flows/{}", flow["id"].as_str().unwrap());
    it.post(&it.admin, &format!("{path}/publish"), json!({})).await;
    it.call(&it.admin, Method::PATCH, &format!("/gateways/{gateway}"), Some(json!({ "flow_id": flow["id"] })))
        .await;
    for customer in ["olena", "maria"] {
        it.writes(customer, json!({ "text": "Hello" })).await;
        it.phone_shows(customer, "Wait").await;
    }
    let failures = async || it.get(&it.admin, &path).await["failures"].clone();
    let found = failures().await;
    assert_eq!(
        (&found[0]["node"], &found[0]["count"], &found[1]),
        (&json!("look"), &json!(2), &json!(null)),
        "{found}"
    );
    assert!(found[0]["detail"].as_str().unwrap().contains("169.254.169.254"), "{found}");
    let conversation = format!("/conversations/{}", found[0]["conversation_id"].as_str().unwrap());
    assert_eq!(it.get(&it.admin, &conversation).await["state"], "queued");
    let listed = it.get(&it.admin, "/flows").await;
    assert!(listed["items"].as_array().unwrap().iter().any(|it| it["failures"] == found), "{listed}");
    let dismiss = async |path: &str| it.call(&it.admin, Method::DELETE, path, None).await.0;
    assert_eq!(dismiss(&format!("{path}/failures")).await, StatusCode::NO_CONTENT);
    assert_eq!(failures().await, json!([]));
    it.writes("ahmed", json!({ "text": "Hello" })).await;
    it.phone_shows("ahmed", "Wait").await;
    assert_eq!(failures().await[0]["count"], 1);
    it.post(&it.admin, &format!("{path}/publish"), json!({})).await;
    assert_eq!(failures().await, json!([]));
    assert_eq!(dismiss("/flows/1/failures").await, StatusCode::NOT_FOUND);
}
