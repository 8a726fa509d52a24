//! `GET /gateways/{id}/health`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    health_names_what_is_wrong_and_what_to_do
}

async fn health_names_what_is_wrong_and_what_to_do(it: &TestApp) {
    let gateway = it.gateway().await;
    let health = it.get(&it.admin, &format!("/gateways/{}/health", gateway["id"].as_str().unwrap())).await;
    let no_page = health["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == "no_page");
    let no_page = no_page.unwrap_or_else(|| panic!("no Page is connected yet: {health}"));
    assert_eq!((&no_page["severity"], &no_page["action"]["kind"]), (&json!("warning"), &json!("reconnect")));
    assert_eq!(it.call(&it.admin, Method::GET, "/gateways/1/health", None).await.0, StatusCode::NOT_FOUND);
    let sue = it.user("Sue", Role::Supervisor).await;
    assert_eq!(it.call(&sue, Method::GET, "/gateways/1/health", None).await.0, StatusCode::FORBIDDEN);
}
