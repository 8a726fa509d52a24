//! `POST /conversations/{id}/labels`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    labels_come_and_go_by_name_or_id
}

async fn labels_come_and_go_by_name_or_id(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let label = it.post(&it.admin, "/labels", json!({ "name": "Refund" })).await;
    let path = format!("/conversations/{id}/labels");
    let labelled = it.post(&ben, &path, json!({ "add": ["refund"] })).await;
    assert_eq!(labelled["labels"][0]["id"], label["id"]);
    let cleared = it.post(&ben, &path, json!({ "remove": [label["id"]] })).await;
    assert_eq!(cleared["labels"], json!([]));
    let (status, problem) = it.call(&ben, Method::POST, &path, Some(json!({ "add": ["Refund", "Lost"] }))).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/add/1")));
    let (status, _) = it.call(&ben, Method::POST, "/conversations/1/labels", Some(json!({}))).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
