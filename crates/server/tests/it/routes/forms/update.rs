//! `PATCH /forms/{id}`

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::order_form;
use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_change_keeps_what_it_does_not_name_and_is_in_the_audit_log
}

async fn a_change_keeps_what_it_does_not_name_and_is_in_the_audit_log(it: &TestApp) {
    let form = it.post(&it.admin, "/forms", order_form()).await;
    let path = format!("/forms/{}", form["id"].as_str().unwrap());
    let change = json!({ "name": "Orders", "version": form["version"] });
    let (status, changed) = it.call(&it.admin, Method::PATCH, &path, Some(change.clone())).await;
    assert_eq!((status, &changed["name"]), (StatusCode::OK, &"Orders".into()));
    assert_eq!(changed["fields"], form["fields"]);
    let (status, stale) = it.call(&it.admin, Method::PATCH, &path, Some(change)).await;
    assert_eq!((status, &stale["current"]), (StatusCode::CONFLICT, &changed));
    let (status, problem) = it.call(&it.admin, Method::PATCH, &path, Some(json!({ "fields": [] }))).await;
    let pointer = &problem["errors"][0]["pointer"];
    assert_eq!((status, pointer), (StatusCode::UNPROCESSABLE_ENTITY, &"/fields".into()));
    let log = it.get(&it.admin, "/audit?action=form.update").await;
    assert_eq!(log["items"][0]["detail"], "Orders: name \"Order\" → \"Orders\"", "before and after");
}
