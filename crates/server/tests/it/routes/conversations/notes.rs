//! `POST /conversations/{id}/notes`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    a_note_is_in_the_thread_and_never_at_the_customer
    only_colleagues_who_may_see_the_conversation_are_mentioned
}

async fn only_colleagues_who_may_see_the_conversation_are_mentioned(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let mara = it.user("Mara Supervisor", Role::Supervisor).await;
    let stranger = it.user("Stan Stranger", Role::Agent).await;
    let notes = format!("/conversations/{id}/notes");
    let me = async |token: &str| it.get(token, "/me").await["user"]["id"].clone();
    let (mara, stranger, own) = (me(&mara).await, me(&stranger).await, me(&ben).await);

    // Who is mentioned twice is mentioned once, and no one mentions themselves.
    it.post(&ben, &notes, json!({ "text": "@Mara look", "mentions": [mara, mara, own] })).await;
    let thread = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
    let note = thread["items"].as_array().unwrap().iter().find(|m| m["kind"] == "note").unwrap().clone();
    assert_eq!(note["mentions"], json!([mara]));

    for (mentions, words) in [
        (json!([mara, stranger]), "Stan Stranger has no access"),
        (json!([mara, "999"]), "There is no such agent."),
    ] {
        let body = json!({ "text": "@Stan", "mentions": mentions });
        let (status, problem) = it.call(&ben, Method::POST, &notes, Some(body)).await;
        let error = &problem["errors"][0];
        assert_eq!((status, &error["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/mentions/1")));
        assert!(error["detail"].as_str().unwrap().starts_with(words), "{error}");
    }
    let many = json!({ "text": "@all", "mentions": vec![mara; 21] });
    let (status, problem) = it.call(&ben, Method::POST, &notes, Some(many)).await;
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/mentions"))
    );
    let thread = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
    assert_eq!(thread["items"].as_array().unwrap().iter().filter(|m| m["kind"] == "note").count(), 1);
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
