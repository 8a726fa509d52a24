//! `GET /flows/{id}/export`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

use super::published;

on_both_engines! {
    a_flow_leaves_with_its_tests
}

async fn a_flow_leaves_with_its_tests(it: &TestApp) {
    let path = published(it, &["One"]).await;
    it.post(
        &it.admin,
        &format!("{path}/tests"),
        json!({ "name": "Greets", "expected": ["One"], "must_pass": true }),
    )
    .await;
    let file = it.get(&it.admin, &format!("{path}/export")).await;
    assert_eq!(
        (&file["format"], &file["name"], &file["body"]),
        (&json!("deskbell-flow"), &json!("Night"), &super::greets("One"))
    );
    assert_eq!((&file["tests"][0]["name"], &file["tests"][0]["must_pass"]), (&json!("Greets"), &json!(true)));
    assert_eq!(it.call(&it.admin, Method::GET, "/flows/1/export", None).await.0, StatusCode::NOT_FOUND);
}
