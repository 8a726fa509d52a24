//! `DELETE /webhooks/{id}`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_deleted_webhook_is_gone
}

async fn a_deleted_webhook_is_gone(it: &TestApp) {
    let hook = it
        .post(&it.admin, "/webhooks", json!({ "url": "http://127.0.0.1:9/hook", "events": ["message.created"] }))
        .await;
    let path = format!("/webhooks/{}", hook["id"].as_str().unwrap());
    assert_eq!(it.call(&it.admin, Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(it.call(&it.admin, Method::DELETE, &path, None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(it.get(&it.admin, "/webhooks").await["items"], json!([]));
}
