//! `GET /me`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    it_tells_who_one_is_and_what_one_may
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
