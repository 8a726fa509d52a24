//! Comments.

mod count;
mod done;
mod get;
mod list;
mod reopen;

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{LAVKA, TestApp};
use crate::routes::comment;

/// An agent, and a comment of Olena's that waits for an answer.
async fn waiting(it: &TestApp) -> (String, String) {
    it.connected().await;
    let id = comment(it, "5_7").await;
    (it.user("Ben", Role::Agent).await, id)
}

/// The sentence with which a change is refused because of the comment's state.
async fn refused(it: &TestApp, token: &str, path: &str) -> String {
    let (status, problem) = it.call(token, Method::POST, path, Some(json!({}))).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    problem["detail"].as_str().unwrap().to_owned()
}

/// Sends the private reply to a comment.
async fn reply(it: &TestApp, token: &str, id: &str) -> Value {
    it.post(token, &format!("/pages/{LAVKA}/comments/{id}/reply"), json!({ "text": "80 UAH" })).await
}
