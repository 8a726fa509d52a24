//! `DELETE /calendars/{id}`

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::office;
use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_calendar_goes_once_no_queue_has_it
}

async fn a_calendar_goes_once_no_queue_has_it(it: &TestApp) {
    let id = it.post(&it.admin, "/calendars", office()).await["id"].clone();
    let path = format!("/calendars/{}", id.as_str().unwrap());
    let delete = async || it.call(&it.admin, Method::DELETE, &path, None).await;
    let queue = it.post(&it.admin, "/queues", json!({ "name": "Hotline", "calendar_id": id })).await;
    let (status, problem) = delete().await;
    let used = "\"Office\" is used by the queue \"Hotline\".";
    assert_eq!((status, &problem["detail"]), (StatusCode::CONFLICT, &used.into()));
    let queue = format!("/queues/{}", queue["id"].as_str().unwrap());
    it.call(&it.admin, Method::PATCH, &queue, Some(json!({ "calendar_id": Value::Null }))).await;
    assert_eq!(delete().await.0, StatusCode::NO_CONTENT);
    assert_eq!(delete().await.0, StatusCode::NOT_FOUND);
}
