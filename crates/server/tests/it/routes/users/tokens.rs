//! `GET /users/{id}/tokens`, `DELETE /users/{id}/tokens/{token_id}`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    an_administrator_finds_and_ends_the_tokens_of_others
}

async fn an_administrator_finds_and_ends_the_tokens_of_others(it: &TestApp) {
    let id = it.person("Ben", Role::Agent).await["id"].as_str().unwrap().to_owned();
    let own = it.makes_token("ben@example.org", "Own").await;
    let ben = own["token"].as_str().unwrap().to_owned();
    let made = it.makes_token("ben@example.org", "Order system").await;
    let path = format!("/users/{id}/tokens");
    let list = it.get(&it.admin, &path).await;
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    let shown = list["items"].as_array().unwrap().iter().find(|token| token["id"] == made["id"]).unwrap();
    assert_eq!((&shown["name"], shown.get("token")), (&json!("Order system"), None));
    let one = format!("{path}/{}", made["id"].as_str().unwrap());
    let sue = it.user("Sue", Role::Supervisor).await;
    for token in [&ben, &sue] {
        assert_eq!(it.call(token, Method::GET, &path, None).await.0, StatusCode::FORBIDDEN);
        assert_eq!(it.call(token, Method::DELETE, &one, None).await.0, StatusCode::FORBIDDEN);
    }
    assert_eq!(it.call(&it.admin, Method::DELETE, &one, None).await.0, StatusCode::NO_CONTENT);
    let token = made["token"].as_str().unwrap();
    assert_eq!(it.call(token, Method::GET, "/me", None).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(it.call(&it.admin, Method::DELETE, &one, None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(it.call(&it.admin, Method::GET, "/users/1/tokens", None).await.0, StatusCode::NOT_FOUND);
    let log = it.get(&it.admin, "/audit?action=token.delete").await;
    assert_eq!(
        (&log["items"][0]["user"]["name"], &log["items"][0]["detail"]),
        (&json!("Anna Admin"), &json!(format!("Order system, of user {id}")))
    );
}
