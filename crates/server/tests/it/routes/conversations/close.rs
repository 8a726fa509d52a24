//! `POST /conversations/{id}/close`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    a_closed_conversation_takes_no_more_words
    a_reason_is_given_by_its_id_its_name_or_in_other_words
}

async fn a_reason_is_given_by_its_id_its_name_or_in_other_words(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let path = format!("/conversations/{id}");
    let reason = it.post(&it.admin, "/close-reasons", json!({ "name": "Returned goods" })).await["id"].clone();
    for (given, words) in [
        (json!("Wrong number"), json!("Wrong number")),
        (json!(" returned GOODS "), json!("Returned goods")),
        (reason, json!("Returned goods")),
        (json!(" "), json!(null)),
    ] {
        let closed = it.post(&ben, &format!("{path}/close"), json!({ "reason": given })).await;
        assert_eq!((&closed["state"], &closed["close_reason"]), (&json!("closed"), &words), "{given}");
        let thread = it.get(&ben, &format!("{path}/messages?limit=200")).await;
        let event = &thread["items"].as_array().unwrap().last().unwrap()["event"];
        assert_eq!((&event["code"], &event["args"]["reason"]), (&json!("closed"), &words), "{event}");
        it.post(&ben, &format!("{path}/reopen"), json!({})).await;
    }
}

async fn a_closed_conversation_takes_no_more_words(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let path = format!("/conversations/{id}");
    let long = json!({ "reason": "x".repeat(501) });
    let (status, problem) = it.call(&ben, Method::POST, &format!("{path}/close"), Some(long)).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/reason")));
    let closed = it.post(&ben, &format!("{path}/close"), json!({ "reason": "Solved" })).await;
    assert_eq!(closed["state"], "closed");
    let (status, _) = it.call(&ben, Method::POST, &format!("{path}/close"), None).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let (status, _) =
        it.call(&ben, Method::POST, &format!("{path}/messages"), Some(json!({ "text": "And" }))).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(it.call(&ben, Method::POST, "/conversations/1/close", None).await.0, StatusCode::NOT_FOUND);
}
