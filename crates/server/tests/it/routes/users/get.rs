//! `GET /users/{id}`

use domain::role::Role;
use reqwest::{Method, StatusCode};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_user_is_shown_to_administrators
}

async fn a_user_is_shown_to_administrators(it: &TestApp) {
    let cora = super::cora(it).await;
    let path = format!("/users/{}", cora["id"].as_str().unwrap());
    assert_eq!(it.get(&it.admin, &path).await, cora);
    assert_eq!(it.call(&it.admin, Method::GET, "/users/1", None).await.0, StatusCode::NOT_FOUND);
    let sue = it.user("Sue", Role::Supervisor).await;
    assert_eq!(it.call(&sue, Method::GET, &path, None).await.0, StatusCode::FORBIDDEN);
}
