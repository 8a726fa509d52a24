//! `POST /tokens`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_token_is_shown_once_has_the_rights_of_its_user_and_ends_with_the_one_that_made_it
}

async fn a_token_is_shown_once_has_the_rights_of_its_user_and_ends_with_the_one_that_made_it(it: &TestApp) {
    let ben = it.person("Ben", Role::Agent).await;
    let made = it.makes_token("ben@example.org", "Export").await;
    let token = made["token"].as_str().unwrap();
    assert!(token.starts_with("dbk_"));
    assert_eq!(it.get(token, "/me").await["user"]["id"], ben["id"]);
    let (status, child) = it.call(token, Method::POST, "/tokens", Some(json!({ "name": "Another" }))).await;
    assert_eq!(status, StatusCode::CREATED, "{child}");
    let child = child["token"].as_str().unwrap();
    let (_, grandchild) = it.call(child, Method::POST, "/tokens", Some(json!({ "name": "A third" }))).await;
    assert_eq!(it.get(token, "/tokens").await["items"].as_array().unwrap().len(), 3);
    // Who deletes a token that got into the wrong hands must not have to look for others.
    let of_ben = format!("/users/{}/tokens", ben["id"].as_str().unwrap());
    let first = format!("{of_ben}/{}", made["id"].as_str().unwrap());
    assert_eq!(it.call(&it.admin, Method::DELETE, &first, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(it.get(&it.admin, &of_ben).await["items"], json!([]));
    for ended in [token, child, grandchild["token"].as_str().unwrap()] {
        assert_eq!(it.call(ended, Method::GET, "/me", None).await.0, StatusCode::UNAUTHORIZED);
    }
}
