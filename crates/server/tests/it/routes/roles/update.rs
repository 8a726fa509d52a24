//! `PATCH /roles/{id}`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixture::user_id;
use crate::routes::on_both_engines;

on_both_engines! {
    a_change_of_a_role_applies_at_once_and_built_in_roles_stay
}

async fn a_change_of_a_role_applies_at_once_and_built_in_roles_stay(it: &TestApp) {
    let role = it.post(&it.admin, "/roles", json!({ "name": "Editor", "permissions": ["content"] })).await;
    let path = format!("/roles/{}", role["id"].as_str().unwrap());
    let rita = it.user("Rita", Role::Agent).await;
    let user = format!("/users/{}", user_id(it, &rita).await);
    it.call(&it.admin, Method::PATCH, &user, Some(json!({ "role": "editor" }))).await;
    let creates = async |path: &str| it.call(&rita, Method::POST, path, Some(json!({}))).await.0;
    assert_eq!(creates("/macros").await, StatusCode::UNPROCESSABLE_ENTITY, "past the guard");

    let patch = async |path: &str, change: Value| it.call(&it.admin, Method::PATCH, path, Some(change)).await;
    let change = json!({ "permissions": ["queues"], "version": role["version"] });
    let (status, changed) = patch(&path, change.clone()).await;
    assert_eq!((status, &changed["name"]), (StatusCode::OK, &"Editor".into()), "what is not named stays");
    assert_eq!(creates("/macros").await, StatusCode::FORBIDDEN);
    assert_eq!(creates("/queues").await, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, stale) = patch(&path, change).await;
    assert_eq!((status, &stale["current"]), (StatusCode::CONFLICT, &changed));
    let (status, problem) = patch("/roles/agent", json!({ "permissions": ["admin"] })).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem["detail"].as_str().unwrap().contains("built-in"), "{problem}");
}
