//! `PATCH /settings`

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    days_have_limits_and_a_stale_version_is_refused
}

async fn days_have_limits_and_a_stale_version_is_refused(it: &TestApp) {
    let before = it.get(&it.admin, "/settings").await;
    let patch = async |change: Value| it.call(&it.admin, Method::PATCH, "/settings", Some(change)).await;
    let (status, after) = patch(json!({ "media_days": 12, "version": before["version"] })).await;
    assert_eq!(
        (status, &after["media_days"], &after["audit_days"]),
        (StatusCode::OK, &json!(12), &before["audit_days"])
    );
    let (status, stale) = patch(json!({ "media_days": 13, "version": before["version"] })).await;
    assert_eq!((status, &stale["current"]), (StatusCode::CONFLICT, &after));
    let (status, problem) = patch(json!({ "deliveries_days": 0, "audit_days": 29 })).await;
    let pointers: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!((status, pointers), (StatusCode::UNPROCESSABLE_ENTITY, vec!["/deliveries_days", "/audit_days"]));
}
