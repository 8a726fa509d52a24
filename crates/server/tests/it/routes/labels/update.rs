//! `PATCH /labels/{id}`

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_stale_version_of_a_label_is_refused
}

async fn a_stale_version_of_a_label_is_refused(it: &TestApp) {
    let label = it.post(&it.admin, "/labels", json!({ "name": "Refund" })).await;
    it.post(&it.admin, "/labels", json!({ "name": "Claim" })).await;
    let path = format!("/labels/{}", label["id"].as_str().unwrap());
    let patch = async |change: Value| it.call(&it.admin, Method::PATCH, &path, Some(change)).await;
    let (status, changed) = patch(json!({ "colour": "green", "version": label["version"] })).await;
    assert_eq!(
        (status, &changed["colour"], &changed["name"]),
        (StatusCode::OK, &json!("green"), &json!("Refund"))
    );
    let (status, stale) = patch(json!({ "colour": "red", "version": label["version"] })).await;
    assert_eq!((status, &stale["current"]["colour"]), (StatusCode::CONFLICT, &json!("green")));
    let (status, problem) = patch(json!({ "name": "Claim" })).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::CONFLICT, &json!("/name")));
    assert_eq!(patch(json!({ "name": " " })).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, _) = it.call(&it.admin, Method::PATCH, "/labels/1", Some(json!({}))).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
