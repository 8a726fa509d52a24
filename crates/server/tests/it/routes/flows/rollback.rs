//! `POST /flows/{id}/rollback`

use domain::time::MINUTE;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

use super::published;

on_both_engines! {
    new_conversations_begin_with_the_earlier_version_and_the_draft_stays
    the_versions_stay_as_they_were_and_the_audit_log_says_who_went_back
    a_version_that_names_what_was_deleted_is_not_published_again
}

async fn the_versions_stay_as_they_were_and_the_audit_log_says_who_went_back(it: &TestApp) {
    let path = published(it, &["One", "Two"]).await;
    let before = it.get(&it.admin, &format!("{path}/versions")).await;
    it.clock.advance(MINUTE);
    it.post(&it.admin, &format!("{path}/rollback"), json!({ "version": 1 })).await;
    assert_eq!(it.get(&it.admin, &format!("{path}/versions")).await, before);
    let log = it.get(&it.admin, "/audit?action=flow").await;
    let lines: Vec<_> = log["items"].as_array().unwrap()[..3]
        .iter()
        .map(|line| (line["action"].as_str().unwrap(), line["detail"].as_str().unwrap()))
        .collect();
    assert_eq!(
        lines,
        [("flow.roll_back", "version 1"), ("flow.publish", "version 2"), ("flow.update", lines[2].1)],
        "the newest first: {log}"
    );
    assert_eq!(log["items"][0]["user"]["name"], "Anna Admin");
}

async fn a_version_that_names_what_was_deleted_is_not_published_again(it: &TestApp) {
    let queue = it.post(&it.admin, "/queues", json!({ "name": "Night" })).await["id"].clone();
    let joins = json!({ "schema": 2, "start": "people", "nodes": {
        "people": { "type": "join_queue", "queue_id": queue, "waiting_text": "Wait", "nobody_text": "Wait" } } });
    let flow = it.post(&it.admin, "/flows", json!({ "name": "Night", "body": joins })).await;
    let path = format!("/flows/{}", flow["id"].as_str().unwrap());
    it.post(&it.admin, &format!("{path}/publish"), json!({})).await;
    it.call(&it.admin, Method::PUT, &path, Some(json!({ "body": super::greets("Two") }))).await;
    it.post(&it.admin, &format!("{path}/publish"), json!({})).await;
    let delete = format!("/queues/{}", queue.as_str().unwrap());
    assert_eq!(it.call(&it.admin, Method::DELETE, &delete, None).await.0, StatusCode::NO_CONTENT);
    let back = Some(json!({ "version": 1 }));
    let (status, problem) = it.call(&it.admin, Method::POST, &format!("{path}/rollback"), back).await;
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/body/nodes/people/queue_id")),
        "{problem}"
    );
    assert!(problem["detail"].as_str().unwrap().starts_with("Version 1 cannot be published again: "), "{problem}");
    assert_eq!(it.get(&it.admin, &path).await["published_version"], 2);
}

async fn new_conversations_begin_with_the_earlier_version_and_the_draft_stays(it: &TestApp) {
    let path = published(it, &["One", "Two"]).await;
    let back = it.post(&it.admin, &format!("{path}/rollback"), json!({ "version": 1 })).await;
    assert_eq!((&back["published_version"], &back["published"]), (&json!(1), &super::greets("One")));
    assert_eq!(back["body"], super::greets("Two"));
    assert_eq!(back["versions"].as_array().map(Vec::len), Some(2));
    let again = it.post(&it.admin, &format!("{path}/publish"), json!({})).await;
    assert_eq!(again["published_version"], 3);
    let none = json!({ "version": 9 });
    let (status, problem) = it.call(&it.admin, Method::POST, &format!("{path}/rollback"), Some(none)).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/version")));
}
