//! `PATCH /calendars/{id}`

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::office;
use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    only_what_is_named_changes_and_a_stale_version_changes_nothing
}

async fn only_what_is_named_changes_and_a_stale_version_changes_nothing(it: &TestApp) {
    let mut expected = it.post(&it.admin, "/calendars", office()).await;
    let path = format!("/calendars/{}", expected["id"].as_str().unwrap());
    for (field, value) in [
        ("name", json!("Shop")),
        ("time_zone", json!("Asia/Kathmandu")),
        ("hours", json!([{ "days": ["sun"], "from": "22:00", "to": "06:00" }])),
        ("exceptions", json!([])),
    ] {
        let change = json!({ field: value, "version": expected["version"] });
        let (status, changed) = it.call(&it.admin, Method::PATCH, &path, Some(change.clone())).await;
        expected[field] = value;
        expected["version"] = changed["version"].clone();
        assert_eq!((status, &changed), (StatusCode::OK, &expected), "{field}");
        let (status, stale) = it.call(&it.admin, Method::PATCH, &path, Some(change)).await;
        assert_eq!((status, &stale["current"]), (StatusCode::CONFLICT, &expected));
    }
    let (status, problem) = it.call(&it.admin, Method::PATCH, &path, Some(json!({ "time_zone": "x" }))).await;
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &"/time_zone".into())
    );
    assert_eq!(it.get(&it.admin, &path).await, expected);
}
