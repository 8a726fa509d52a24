//! `POST /gateways/{id}/accounts/refresh`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::{ANNA, LAVKA, TestApp};
use crate::routes::on_both_engines;

on_both_engines! {
    every_login_is_asked_again_for_the_accounts_of_all_channels
}

async fn every_login_is_asked_again_for_the_accounts_of_all_channels(it: &TestApp) {
    let gateway = it.gateway_id().await;
    let path = format!("/gateways/{gateway}/accounts/refresh");
    assert_eq!(it.call(&it.admin, Method::POST, &path, None).await.0, StatusCode::CONFLICT, "no login yet");
    it.connect(&gateway, ANNA).await;
    let token = json!({ "channel": "whatsapp", "token": ::sandbox::seed::DEMO_SYSTEM_USER_TOKEN });
    it.post(&it.admin, &format!("/gateways/{gateway}/connect"), token).await;
    let accounts = it.post(&it.admin, &path, json!({})).await;
    let accounts = accounts["items"].as_array().unwrap();
    assert!(accounts.iter().any(|account| account["id"] == LAVKA), "{accounts:?}");
    assert!(accounts.iter().any(|account| account["channel"] == "whatsapp"), "{accounts:?}");
    let log = it.get(&it.admin, "/audit?action=gateway.refresh").await;
    assert_eq!(log["items"][0]["object"], format!("gateway {gateway}"), "{log}");
    let (status, _) = it.call(&it.admin, Method::POST, "/gateways/1/accounts/refresh", None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
