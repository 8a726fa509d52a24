//! `POST /conversations/{id}/notes`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    a_note_is_in_the_thread_and_never_at_the_customer
}

async fn a_note_is_in_the_thread_and_never_at_the_customer(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let path = format!("/conversations/{id}");
    it.post(&ben, &format!("{path}/notes"), json!({ "text": " Be kind " })).await;
    let thread = it.get(&ben, &format!("{path}/messages?limit=200")).await;
    let note = thread["items"].as_array().unwrap().iter().find(|m| m["kind"] == "note").unwrap();
    assert_eq!((&note["text"], &note["sender"]["name"]), (&json!("Be kind"), &json!("Ben")));
    let phone = it.phone("olena").await;
    assert!(phone["messages"].as_array().unwrap().iter().all(|message| message["text"] != "Be kind"));
    for bad in [" ".to_owned(), "x".repeat(5_001)] {
        let (status, problem) =
            it.call(&ben, Method::POST, &format!("{path}/notes"), Some(json!({ "text": bad }))).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("/text"))
        );
    }
    let (status, _) = it.call(&ben, Method::POST, "/conversations/1/notes", Some(json!({ "text": "?" }))).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
