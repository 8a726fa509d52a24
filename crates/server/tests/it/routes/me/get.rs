//! `GET /me`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    it_tells_who_one_is_and_what_one_may
    a_cookie_counts_beside_another_scheme_and_not_beside_a_dead_token
}

async fn a_cookie_counts_beside_another_scheme_and_not_beside_a_dead_token(it: &TestApp) {
    let cookie = it.signed_in("Cora", Role::Agent).await;
    let ask = async |authorization: &str, cookie: &str| {
        let request = it.http().get(format!("{}/api/v1/me", it.url)).header("authorization", authorization);
        request.header("cookie", cookie).send().await.unwrap().status()
    };
    assert_eq!(ask("Basic dXNlcjpwYXNz", &cookie).await, StatusCode::OK);
    assert_eq!(ask("Basic dXNlcjpwYXNz", "").await, StatusCode::UNAUTHORIZED);
    assert_eq!(ask("Bearer dbk_dead", &cookie).await, StatusCode::UNAUTHORIZED);
    assert_eq!(ask("Bearer", &cookie).await, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&format!("bearer {}", it.admin), "").await, StatusCode::OK);
}

async fn it_tells_who_one_is_and_what_one_may(it: &TestApp) {
    let ben = it.user("Ben", Role::Agent).await;
    let me = it.get(&ben, "/me").await;
    assert_eq!((&me["user"]["name"], &me["user"]["role"]), (&json!("Ben"), &json!("agent")));
    assert_eq!((&me["status"]["status"], &me["today"]["handled"]), (&json!("offline"), &json!(0)));
    let may = |me: &Value, permission: &str| me["permissions"].as_array().unwrap().contains(&json!(permission));
    assert!(may(&me, "answer") && !may(&me, "admin"));
    assert!(may(&it.get(&it.admin, "/me").await, "admin"));
    assert_eq!(it.call("dbk_wrong", Method::GET, "/me", None).await.0, StatusCode::UNAUTHORIZED);
}
