//! `POST /users/{id}/activate`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    who_is_activated_may_sign_in_again
}

async fn who_is_activated_may_sign_in_again(it: &TestApp) {
    let cora = super::cora(it).await;
    let path = format!("/users/{}", cora["id"].as_str().unwrap());
    it.post(&it.admin, &format!("{path}/deactivate"), json!({})).await;
    let sign_in = async || {
        let request = it.http().post(format!("{}/api/v1/session", it.url)).header("origin", &it.url);
        let body = json!({ "email": "cora@example.org", "password": "correct horse" });
        request.json(&body).send().await.unwrap().status()
    };
    assert_eq!(sign_in().await, StatusCode::UNAUTHORIZED);
    let on = it.post(&it.admin, &format!("{path}/activate"), json!({})).await;
    assert_eq!(on["active"], true);
    assert_eq!(sign_in().await, StatusCode::OK);
    let again = it.post(&it.admin, &format!("{path}/activate"), json!({})).await;
    assert_eq!(again["version"], on["version"], "sent twice it changes nothing");
    assert_eq!(it.call(&it.admin, Method::POST, "/users/1/activate", None).await.0, StatusCode::NOT_FOUND);
}
