//! `POST /deliveries/{id}/dismiss`

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::failed_delivery;
use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_dismissed_delivery_is_no_longer_among_the_failed
}

async fn a_dismissed_delivery_is_no_longer_among_the_failed(it: &TestApp) {
    let gateway = it.connected().await;
    let id = failed_delivery(it, &gateway).await;
    let path = format!("/deliveries/{id}/dismiss");
    let dismissed = it.post(&it.admin, &path, json!({})).await;
    assert_eq!(dismissed["state"], "dismissed");
    assert_eq!(it.get(&it.admin, "/deliveries?state=failed").await["items"], json!([]));
    assert_eq!(it.call(&it.admin, Method::POST, &path, None).await.0, StatusCode::CONFLICT, "already");
    assert_eq!(it.call(&it.admin, Method::POST, "/deliveries/1/dismiss", None).await.0, StatusCode::NOT_FOUND);
}
