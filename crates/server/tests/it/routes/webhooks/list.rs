//! `GET /webhooks`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    webhooks_are_listed_without_their_secrets
}

async fn webhooks_are_listed_without_their_secrets(it: &TestApp) {
    let hook = it
        .post(&it.admin, "/webhooks", json!({ "url": "http://127.0.0.1:9/hook", "events": ["message.created"] }))
        .await;
    let list = it.get(&it.admin, "/webhooks").await;
    assert_eq!((&list["items"][0]["id"], &list["next"]), (&hook["id"], &json!(null)));
    assert!(list["items"][0].get("secret").is_none());
    assert_eq!(it.call(&it.admin, Method::GET, "/webhooks?limit=0", None).await.0, StatusCode::BAD_REQUEST);
}
