//! `GET /gateways/{id}/health`

use domain::role::Role;
use reqwest::{Method, StatusCode};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    health_names_what_is_wrong_and_what_to_do
}

async fn health_names_what_is_wrong_and_what_to_do(it: &TestApp) {
    let gateway = it.gateway().await;
    let health = it.get(&it.admin, &format!("/gateways/{}/health", gateway["id"].as_str().unwrap())).await;
    assert!(!health["findings"].as_array().unwrap().is_empty(), "no Page is connected yet: {health}");
    let finding = &health["findings"][0];
    assert!(
        finding["code"].is_string() && finding["severity"].is_string() && finding["action"]["kind"].is_string()
    );
    assert_eq!(it.call(&it.admin, Method::GET, "/gateways/1/health", None).await.0, StatusCode::NOT_FOUND);
    let sue = it.user("Sue", Role::Supervisor).await;
    assert_eq!(it.call(&sue, Method::GET, "/gateways/1/health", None).await.0, StatusCode::FORBIDDEN);
}
