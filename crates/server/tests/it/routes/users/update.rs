//! `PATCH /users/{id}`

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    roles_change_and_the_last_administrator_stays_one
}

async fn roles_change_and_the_last_administrator_stays_one(it: &TestApp) {
    let cora = super::cora(it).await;
    let path = format!("/users/{}", cora["id"].as_str().unwrap());
    let patch = async |path: &str, change: Value| it.call(&it.admin, Method::PATCH, path, Some(change)).await;
    let (status, changed) =
        patch(&path, json!({ "role": "supervisor", "agent": false, "version": cora["version"] })).await;
    assert_eq!(
        (status, &changed["role"], &changed["agent"]),
        (StatusCode::OK, &json!("supervisor"), &json!(false))
    );
    let (status, stale) = patch(&path, json!({ "name": "C.", "version": cora["version"] })).await;
    assert_eq!((status, &stale["current"]["role"]), (StatusCode::CONFLICT, &json!("supervisor")));
    let (status, problem) = patch(&path, json!({ "email": "anna.admin@example.org" })).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::CONFLICT, &json!("/email")));
    assert_eq!(patch(&path, json!({ "password": "short" })).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let own = format!("/users/{}", it.get(&it.admin, "/me").await["user"]["id"].as_str().unwrap());
    let (status, problem) = patch(&own, json!({ "role": "supervisor" })).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem["detail"].as_str().unwrap().contains("last administrator"), "{problem}");
    assert_eq!(patch("/users/1", json!({})).await.0, StatusCode::NOT_FOUND);
}
