//! `PATCH /webhooks/{id}`

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    it_is_switched_off_and_a_stale_version_is_refused
}

async fn it_is_switched_off_and_a_stale_version_is_refused(it: &TestApp) {
    let hook = it
        .post(&it.admin, "/webhooks", json!({ "url": "http://127.0.0.1:9/hook", "events": ["message.created"] }))
        .await;
    let path = format!("/webhooks/{}", hook["id"].as_str().unwrap());
    let patch = async |change: Value| it.call(&it.admin, Method::PATCH, &path, Some(change)).await;
    let (status, off) = patch(json!({ "enabled": false, "version": hook["version"] })).await;
    assert_eq!((status, &off["state"], &off["url"]), (StatusCode::OK, &json!("off"), &hook["url"]));
    let (status, stale) = patch(json!({ "enabled": true, "version": hook["version"] })).await;
    assert_eq!((status, &stale["current"]["enabled"]), (StatusCode::CONFLICT, &json!(false)));
    let (status, problem) = patch(json!({ "events": [] })).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/events")));
    let (status, _) = it.call(&it.admin, Method::PATCH, "/webhooks/1", Some(json!({}))).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
