//! `POST /macros`

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::thanks;
use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_macro_is_stored_as_it_was_sent_and_what_could_never_work_is_named
}

async fn a_macro_is_stored_as_it_was_sent_and_what_could_never_work_is_named(it: &TestApp) {
    let post = async |body: Value| it.call(&it.admin, Method::POST, "/macros", Some(body)).await;
    let label = it.post(&it.admin, "/labels", json!({ "name": "Urgent" })).await["id"].clone();
    let reply = json!({ "type": "reply", "text": "Hi" });
    for (actions, pointer) in [
        (json!([]), "/actions"),
        (json!([{ "type": "call" }]), "/actions/0/type"),
        (json!([{ "type": "reply", "text": "{{ contact.nick }}" }]), "/actions/0/text"),
        (json!([reply, { "type": "note", "text": " " }]), "/actions/1/text"),
        (json!([{ "type": "label" }]), "/actions/0"),
        (json!([{ "type": "label", "add": ["Urgent", "Gone"] }]), "/actions/0/add/1"),
        (json!([{ "type": "transfer" }]), "/actions/0"),
        (json!([{ "type": "transfer", "queue_id": "1" }]), "/actions/0/queue_id"),
        (json!([{ "type": "transfer", "agent_id": "1" }]), "/actions/0/agent_id"),
        (json!([{ "type": "transfer", "flow_id": "1" }]), "/actions/0/flow_id"),
        (json!([{ "type": "close", "reason": "x".repeat(501) }]), "/actions/0/reason"),
        (json!([{ "type": "close" }, reply]), "/actions/1"),
    ] {
        let (status, problem) = post(json!({ "name": "Bad", "actions": actions })).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &pointer.into()),
            "{actions} {problem}"
        );
    }
    assert_eq!(it.get(&it.admin, "/macros").await["items"], json!([]));
    let (status, made) = post(thanks()).await;
    assert_eq!((status, &made["actions"]), (StatusCode::CREATED, &thanks()["actions"]));
    assert_eq!(post(thanks()).await.0, StatusCode::CONFLICT);
    let urgent = json!({ "name": "Urgent", "actions": [{ "type": "label", "add": ["urgent"], "remove": [] }] });
    assert_eq!(post(urgent).await.1["actions"][0]["add"], json!([label]), "labels are stored by their ids");
}
