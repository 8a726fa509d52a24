//! `GET /flows/{id}/tests`, `POST /flows/{id}/tests`, `GET /flows/{id}/tests/{test_id}`,
//! `PATCH /flows/{id}/tests/{test_id}` and `DELETE /flows/{id}/tests/{test_id}`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

use super::published;

on_both_engines! {
    tests_are_added_changed_and_deleted
}

async fn tests_are_added_changed_and_deleted(it: &TestApp) {
    let path = published(it, &["One"]).await;
    let new = json!({ "name": "Greets", "inputs": ["Hi", { "payload": "x" }], "expected": ["One", { "kind": "close" }],
        "scene": { "contact": { "name": "Olena" } } });
    let (status, test) = it.call(&it.admin, Method::POST, &format!("{path}/tests"), Some(new.clone())).await;
    assert_eq!(
        (status, &test["inputs"], &test["must_pass"]),
        (StatusCode::CREATED, &new["inputs"], &json!(false))
    );
    let (status, taken) = it.call(&it.admin, Method::POST, &format!("{path}/tests"), Some(new)).await;
    assert_eq!((status, &taken["errors"][0]["pointer"]), (StatusCode::CONFLICT, &json!("/name")));
    let one = format!("{path}/tests/{}", test["id"].as_str().unwrap());
    assert_eq!(it.get(&it.admin, &one).await, test);
    let change = json!({ "expected": [{ "kind": "say" }], "must_pass": true, "version": test["version"] });
    let (_, changed) = it.call(&it.admin, Method::PATCH, &one, Some(change.clone())).await;
    assert_eq!((&changed["must_pass"], &changed["inputs"]), (&json!(true), &test["inputs"]));
    let (status, stale) = it.call(&it.admin, Method::PATCH, &one, Some(change)).await;
    assert_eq!((status, &stale["current"]), (StatusCode::CONFLICT, &changed));
    let bad = json!({ "expected": [5] });
    let (status, problem) = it.call(&it.admin, Method::PATCH, &one, Some(bad)).await;
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/expected/0"))
    );
    assert_eq!(it.get(&it.admin, &format!("{path}/tests")).await["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(it.call(&it.admin, Method::DELETE, &one, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(it.call(&it.admin, Method::GET, &one, None).await.0, StatusCode::NOT_FOUND);
}
