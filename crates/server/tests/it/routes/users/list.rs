//! `GET /users`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    users_are_listed_by_name_page_by_page
}

async fn users_are_listed_by_name_page_by_page(it: &TestApp) {
    it.user("Ben", Role::Agent).await;
    let first = it.get(&it.admin, "/users?limit=1").await;
    assert_eq!(first["items"][0]["name"], "Anna Admin");
    let rest = it.get(&it.admin, &format!("/users?cursor={}", first["next"].as_str().unwrap())).await;
    assert_eq!((&rest["items"][0]["name"], &rest["next"]), (&json!("Ben"), &json!(null)));
    assert_eq!(it.call(&it.admin, Method::GET, "/users?cursor=x", None).await.0, StatusCode::BAD_REQUEST);
}
