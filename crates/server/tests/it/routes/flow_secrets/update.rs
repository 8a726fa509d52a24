//! `PUT /flow-secrets`

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    secrets_are_set_and_removed_and_only_names_are_answered
}

async fn secrets_are_set_and_removed_and_only_names_are_answered(it: &TestApp) {
    let put = async |change: Value| it.call(&it.admin, Method::PUT, "/flow-secrets", Some(change)).await;
    let (status, first) = put(json!({ "CRM_KEY": "s3cret", "B": "x" })).await;
    assert_eq!((status, &first), (StatusCode::OK, &json!({ "names": ["B", "CRM_KEY"] })));
    let (_, second) = put(json!({ "B": null, "C": "y" })).await;
    assert_eq!(second, json!({ "names": ["C", "CRM_KEY"] }));
    assert_eq!(it.get(&it.admin, "/flow-secrets").await, second);
    let (status, problem) = put(json!({ "a b": "x", "D": "" })).await;
    let pointers: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|it| it["pointer"].as_str().unwrap()).collect();
    assert_eq!((status, pointers), (StatusCode::UNPROCESSABLE_ENTITY, vec!["/D", "/a b"]));
    assert_eq!(it.get(&it.admin, "/flow-secrets").await, second, "bad input changes nothing");
}
