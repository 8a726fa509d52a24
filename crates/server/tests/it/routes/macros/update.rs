//! `PATCH /macros/{id}`

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::thanks;
use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_change_of_a_macro_keeps_what_it_does_not_name
}

async fn a_change_of_a_macro_keeps_what_it_does_not_name(it: &TestApp) {
    let made = it.post(&it.admin, "/macros", thanks()).await;
    let path = format!("/macros/{}", made["id"].as_str().unwrap());
    let change = json!({ "name": "Thanks a lot", "version": made["version"] });
    let (status, changed) = it.call(&it.admin, Method::PATCH, &path, Some(change.clone())).await;
    assert_eq!((status, &changed["name"]), (StatusCode::OK, &"Thanks a lot".into()));
    assert_eq!(changed["actions"], made["actions"]);
    let (status, stale) = it.call(&it.admin, Method::PATCH, &path, Some(change)).await;
    assert_eq!((status, &stale["current"]), (StatusCode::CONFLICT, &changed));
    let (status, problem) = it.call(&it.admin, Method::PATCH, &path, Some(json!({ "actions": [] }))).await;
    let pointer = &problem["errors"][0]["pointer"];
    assert_eq!((status, pointer), (StatusCode::UNPROCESSABLE_ENTITY, &"/actions".into()));
}
