//! `POST /gateways/{id}/pages/refresh`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::{ANNA, APP_ID, LAVKA, TestApp};
use crate::routes::on_both_engines;

on_both_engines! {
    the_accounts_are_asked_again_for_their_pages
}

async fn the_accounts_are_asked_again_for_their_pages(it: &TestApp) {
    let gateway = it.gateway().await;
    let path = format!("/gateways/{}/pages/refresh", gateway["id"].as_str().unwrap());
    assert_eq!(it.call(&it.admin, Method::POST, &path, None).await.0, StatusCode::CONFLICT, "no account yet");
    it.connect(gateway["id"].as_str().unwrap(), ANNA).await;
    let pages = it.post(&it.admin, &path, json!({})).await;
    assert!(pages["items"].as_array().unwrap().iter().any(|page| page["id"] == LAVKA), "{pages}");
    let (status, _) = it.call(&it.admin, Method::POST, "/gateways/1/pages/refresh", None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    it.control(Method::POST, "/tokens/expire", json!({ "app_id": APP_ID, "subcode": 460 })).await;
    let (status, problem) = it.call(&it.admin, Method::POST, &path, None).await;
    assert!(status.is_client_error() || status.is_server_error(), "{status} {problem}");
}
