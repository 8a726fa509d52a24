//! `DELETE /close-reasons/{id}`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    conversations_keep_the_words_of_a_close_reason_that_is_gone
}

async fn conversations_keep_the_words_of_a_close_reason_that_is_gone(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let reason = it.post(&it.admin, "/close-reasons", json!({ "name": "Solved" })).await["id"].clone();
    it.post(&ben, &format!("/conversations/{id}/close"), json!({ "reason": reason })).await;
    let path = format!("/close-reasons/{}", reason.as_str().unwrap());
    assert_eq!(it.call(&ben, Method::DELETE, &path, None).await.0, StatusCode::FORBIDDEN);
    assert_eq!(it.call(&it.admin, Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(it.call(&it.admin, Method::DELETE, &path, None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(it.get(&ben, &format!("/conversations/{id}")).await["close_reason"], "Solved");
}
