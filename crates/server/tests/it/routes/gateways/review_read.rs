//! `POST /gateways/{id}/review/read`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    meta_is_asked_ten_times_a_minute_at_most
}

async fn meta_is_asked_ten_times_a_minute_at_most(it: &TestApp) {
    let path = format!("/gateways/{}/review/read", it.gateway_id().await);
    for _ in 0..10 {
        it.post(&it.admin, &path, json!({})).await;
    }
    let (status, problem) = it.call(&it.admin, Method::POST, &path, Some(json!({}))).await;
    assert_eq!((status, &problem["status"]), (StatusCode::TOO_MANY_REQUESTS, &json!(429)));
    it.clock.advance(61 * 1_000_000);
    it.post(&it.admin, &path, json!({})).await;
    let (status, _) = it.call(&it.admin, Method::POST, "/gateways/1/review/read", Some(json!({}))).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
