//! `POST /gateways/{id}/health/check`

use domain::time::MINUTE;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    meta_is_asked_at_most_ten_times_a_minute
}

async fn meta_is_asked_at_most_ten_times_a_minute(it: &TestApp) {
    let id = it.connected().await;
    let path = format!("/gateways/{id}/health/check");
    let checked = it.post(&it.admin, &path, json!({})).await;
    assert!(checked["findings"].is_array(), "{checked}");
    for _ in 0..9 {
        it.post(&it.admin, &path, json!({})).await;
    }
    assert_eq!(it.call(&it.admin, Method::POST, &path, None).await.0, StatusCode::TOO_MANY_REQUESTS);
    it.clock.advance(MINUTE);
    it.post(&it.admin, &path, json!({})).await;
    let (status, _) = it.call(&it.admin, Method::POST, "/gateways/1/health/check", None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
