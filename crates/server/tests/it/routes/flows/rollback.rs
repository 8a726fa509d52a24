//! `POST /flows/{id}/rollback`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

use super::published;

on_both_engines! {
    new_conversations_begin_with_the_earlier_version_and_the_draft_stays
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
