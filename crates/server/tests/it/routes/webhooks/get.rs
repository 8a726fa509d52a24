//! `GET /webhooks/{id}`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_webhook_is_shown_to_administrators
}

async fn a_webhook_is_shown_to_administrators(it: &TestApp) {
    let hook = it
        .post(&it.admin, "/webhooks", json!({ "url": "http://127.0.0.1:9/hook", "events": ["message.created"] }))
        .await;
    let path = format!("/webhooks/{}", hook["id"].as_str().unwrap());
    let shown = it.get(&it.admin, &path).await;
    assert_eq!((&shown["url"], &shown["delivered"], &shown["failed"]), (&hook["url"], &json!(0), &json!(0)));
    assert_eq!(it.call(&it.admin, Method::GET, "/webhooks/1", None).await.0, StatusCode::NOT_FOUND);
    let sue = it.user("Sue", Role::Supervisor).await;
    assert_eq!(it.call(&sue, Method::GET, &path, None).await.0, StatusCode::FORBIDDEN);
}
