//! `DELETE /roles/{id}`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::user_id;
use crate::routes::on_both_engines;

on_both_engines! {
    a_role_goes_once_no_user_has_it
}

async fn a_role_goes_once_no_user_has_it(it: &TestApp) {
    let role = it.post(&it.admin, "/roles", json!({ "name": "Editor", "permissions": ["content"] })).await;
    let path = format!("/roles/{}", role["id"].as_str().unwrap());
    let delete = async |path: &str| it.call(&it.admin, Method::DELETE, path, None).await;
    let rita = it.user("Rita", Role::Agent).await;
    let user = format!("/users/{}", user_id(it, &rita).await);
    it.call(&it.admin, Method::PATCH, &user, Some(json!({ "role": role["id"] }))).await;
    let (status, problem) = delete(&path).await;
    assert_eq!((status, &problem["detail"]), (StatusCode::CONFLICT, &"\"Editor\" is the role of Rita.".into()));
    it.call(&it.admin, Method::PATCH, &user, Some(json!({ "role": "agent" }))).await;
    assert_eq!(delete(&path).await.0, StatusCode::NO_CONTENT);
    assert_eq!(delete(&path).await.0, StatusCode::NOT_FOUND);
    assert_eq!(delete("/roles/administrator").await.0, StatusCode::CONFLICT);
}
