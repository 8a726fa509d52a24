//! `POST /tokens`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_token_is_shown_once_has_the_rights_of_its_user_and_makes_no_other
}

async fn a_token_is_shown_once_has_the_rights_of_its_user_and_makes_no_other(it: &TestApp) {
    let ben = it.person("Ben", Role::Agent).await;
    let made = it.makes_token("ben@example.org", "Export").await;
    let token = made["token"].as_str().unwrap();
    assert!(token.starts_with("dbk_"));
    assert_eq!(it.get(token, "/me").await["user"]["id"], ben["id"]);
    // An administrator who deletes a token that fell into wrong hands must not have to look for others.
    let (status, problem) = it.call(token, Method::POST, "/tokens", Some(json!({ "name": "Another" }))).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("cannot make others"), "{problem}");
    assert_eq!(it.get(token, "/tokens").await["items"].as_array().unwrap().len(), 1);
}
