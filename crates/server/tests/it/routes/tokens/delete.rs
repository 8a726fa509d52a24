//! `DELETE /tokens/{id}`

use domain::role::Role;
use reqwest::{Method, StatusCode};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_deleted_token_lets_no_one_in_and_others_cannot_delete_it
}

async fn a_deleted_token_lets_no_one_in_and_others_cannot_delete_it(it: &TestApp) {
    it.person("Ben", Role::Agent).await;
    let own = it.makes_token("ben@example.org", "Own").await;
    let ben = own["token"].as_str().unwrap();
    let made = it.makes_token("ben@example.org", "Script").await;
    let token = made["token"].as_str().unwrap();
    it.get(token, "/me").await;
    let path = format!("/tokens/{}", made["id"].as_str().unwrap());
    assert_eq!(it.call(&it.admin, Method::DELETE, &path, None).await.0, StatusCode::NOT_FOUND, "not theirs");
    assert_eq!(it.call(ben, Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(it.call(token, Method::GET, "/me", None).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(it.call(ben, Method::DELETE, &path, None).await.0, StatusCode::NOT_FOUND);
}
