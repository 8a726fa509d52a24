//! `PATCH /entry-points/{id}`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

use super::{made, path};

on_both_engines! {
    what_is_named_changes_and_a_stale_version_is_refused
}

async fn what_is_named_changes_and_a_stale_version_is_refused(it: &TestApp) {
    it.connected().await;
    let made = made(it).await;
    let change = json!({ "name": "May", "code_word": null, "version": made["version"] });
    let (_, changed) = it.call(&it.admin, Method::PATCH, &path(&made), Some(change.clone())).await;
    assert_eq!(
        (&changed["name"], &changed["code_word"], &changed["ref"]),
        (&json!("May"), &json!(null), &json!("spring"))
    );
    let (status, stale) = it.call(&it.admin, Method::PATCH, &path(&made), Some(change)).await;
    assert_eq!((status, &stale["current"]), (StatusCode::CONFLICT, &changed));
    let (status, problem) = it.call(&it.admin, Method::PATCH, &path(&made), Some(json!({ "ref": null }))).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/ref")));
}
