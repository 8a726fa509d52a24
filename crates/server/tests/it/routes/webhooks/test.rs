//! `POST /webhooks/{id}/test`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_test_tells_what_the_endpoint_answered
}

async fn a_test_tells_what_the_endpoint_answered(it: &TestApp) {
    // The sandbox responds with 404: there is no receiver for events.
    let new = json!({ "url": format!("http://{}/nowhere", it.sandbox.address()), "events": ["message.created"] });
    let hook = it.post(&it.admin, "/webhooks", new).await;
    let tested = it.post(&it.admin, &format!("/webhooks/{}/test", hook["id"].as_str().unwrap()), json!({})).await;
    assert_eq!(tested["ok"], false, "{tested}");
    assert!(tested["status"].as_i64().is_some_and(|status| status >= 400), "{tested}");
    assert_eq!(it.call(&it.admin, Method::POST, "/webhooks/1/test", None).await.0, StatusCode::NOT_FOUND);
}
