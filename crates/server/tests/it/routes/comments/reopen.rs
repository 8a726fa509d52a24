//! `POST /comments/{id}/reopen`

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::routes::comments::{refused, waiting};
use crate::routes::on_both_engines;

on_both_engines! {
    a_comment_that_was_done_waits_for_an_answer_again
}

async fn a_comment_that_was_done_waits_for_an_answer_again(it: &TestApp) {
    let (ben, id) = waiting(it).await;
    let path = format!("/comments/{id}/reopen");
    assert!(refused(it, &ben, &path).await.contains("not marked as done"));
    it.post(&ben, &format!("/comments/{id}/done"), json!({})).await;
    let open = it.post(&ben, &path, json!({})).await;
    assert_eq!((&open["needs_answer"], &open["done_at"]), (&json!(true), &Value::Null));
    let (status, _) = it.call(&ben, Method::POST, "/comments/1/reopen", Some(json!({}))).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
