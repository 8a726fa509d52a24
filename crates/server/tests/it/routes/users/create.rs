//! `POST /users`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_user_is_added_and_every_bad_field_is_named
}

async fn a_user_is_added_and_every_bad_field_is_named(it: &TestApp) {
    let new = json!({ "email": "cora@example.org", "name": "Cora", "role": "agent", "password": "correct horse" });
    let create = async |token: &str, new: Value| it.call(token, Method::POST, "/users", Some(new)).await;
    let (status, cora) = create(&it.admin, new.clone()).await;
    assert_eq!((status, &cora["agent"], &cora["active"]), (StatusCode::CREATED, &json!(true), &json!(true)));
    assert!(!cora.to_string().contains("horse"));
    let (status, problem) = create(&it.admin, new.clone()).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::CONFLICT, &json!("/email")));
    let bad = json!({ "email": "cora", "name": " ", "role": "agent", "password": "short", "agent": false });
    let (status, problem) = create(&it.admin, bad).await;
    let pointers: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!(
        (status, pointers),
        (StatusCode::UNPROCESSABLE_ENTITY, vec!["/email", "/name", "/password", "/agent"])
    );
    let twin = json!({ "email": "co\u{200b}ra@example.org", "name": "Cora", "role": "agent", "password": "correct horse" });
    let (status, problem) = create(&it.admin, twin).await;
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/email")),
        "it looks like another user's"
    );
    let sue = it.user("Sue", Role::Supervisor).await;
    assert_eq!(create(&sue, new).await.0, StatusCode::FORBIDDEN);
}
