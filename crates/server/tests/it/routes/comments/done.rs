//! `POST /comments/{id}/done`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixture::Screen;
use crate::routes::comment;
use crate::routes::comments::{refused, reply, waiting};
use crate::routes::on_both_engines;

on_both_engines! {
    a_comment_is_marked_as_done_once
    screens_of_agents_hear_of_comments_and_guests_do_not
}

async fn a_comment_is_marked_as_done_once(it: &TestApp) {
    let (ben, id) = waiting(it).await;
    let done = it.post(&ben, &format!("/comments/{id}/done"), json!({})).await;
    assert_eq!((&done["needs_answer"], &done["done_by"]), (&json!(false), &json!("Ben")));
    assert!(done["done_at"].is_string() && done["reply_until"].is_string(), "it may still be answered: {done}");
    let eva = it.user("Eva", Role::Agent).await;
    assert!(refused(it, &eva, &format!("/comments/{id}/done")).await.starts_with("Ben has marked this comment"));
    let second = comment(it, "5_8").await;
    reply(it, &ben, &second).await;
    assert!(refused(it, &ben, &format!("/comments/{second}/done")).await.contains("has its private reply"));
    for none in ["1", "x"] {
        let path = format!("/comments/{none}/done");
        let (status, problem) = it.call(&ben, Method::POST, &path, Some(json!({}))).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{problem}");
    }
}

async fn screens_of_agents_hear_of_comments_and_guests_do_not(it: &TestApp) {
    let gateway = it.connected().await;
    let (_, guest) = crate::reviewer::invited(it, &gateway).await;
    let ben = it.user("Ben", Role::Agent).await;
    let mut agents = Screen::open(it, &ben).await;
    let mut guests = Screen::open(it, &guest).await;
    let id = comment(it, "5_7").await;
    agents.event("comment", |data| data["id"] == json!(id)).await;
    it.post(&ben, &format!("/comments/{id}/done"), json!({})).await;
    let of_comment = |data: &Value| data["id"] == json!(id);
    agents.event("comment", of_comment).await;
    // What comes after it on the guest's stream shows that nothing came before.
    it.call(&it.admin, Method::PATCH, &format!("/gateways/{gateway}"), Some(json!({ "name": "Renamed" }))).await;
    let before = guests.events_until(|event| event.kind == "gateway").await;
    assert!(before.iter().all(|event| event.kind != "comment"), "{before:?}");
}
