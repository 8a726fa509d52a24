//! `POST /gateways/{id}/connect` and `GET /gateways/{id}/connect/{attempt_id}`

use domain::role::Role;
use domain::time::MINUTE;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_login_is_begun_and_its_end_can_be_asked_for
}

async fn a_login_is_begun_and_its_end_can_be_asked_for(it: &TestApp) {
    let gateway = it.gateway().await;
    let path = format!("/gateways/{}/connect", gateway["id"].as_str().unwrap());
    let begun = it.post(&it.admin, &path, json!({})).await;
    assert!(begun["url"].as_str().unwrap().starts_with(it.sandbox.url()), "{begun}");
    let attempt = format!("{path}/{}", begun["attempt_id"].as_str().unwrap());
    assert_eq!(it.get(&it.admin, &attempt).await["state"], "pending");
    it.clock.advance(11 * MINUTE);
    let late = it.get(&it.admin, &attempt).await;
    assert_eq!(late["state"], "failed");
    assert!(late["message"].as_str().unwrap().contains("ten minutes"), "{late}");
    for none in ["1", "x"] {
        let (status, _) = it.call(&it.admin, Method::GET, &format!("{path}/{none}"), None).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
    let off = json!({ "enabled": false });
    it.call(&it.admin, Method::PATCH, path.trim_end_matches("/connect"), Some(off)).await;
    assert_eq!(it.call(&it.admin, Method::POST, &path, None).await.0, StatusCode::CONFLICT, "switched off");
    assert_eq!(it.call(&it.admin, Method::POST, "/gateways/1/connect", None).await.0, StatusCode::NOT_FOUND);
    let ben = it.user("Ben", Role::Agent).await;
    assert_eq!(it.call(&ben, Method::POST, &path, None).await.0, StatusCode::FORBIDDEN);
}
