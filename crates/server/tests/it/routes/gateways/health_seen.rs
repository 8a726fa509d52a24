//! `POST /gateways/{id}/health/seen`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::{APP_ID, TestApp};
use crate::routes::on_both_engines;

on_both_engines! {
    alarms_are_new_until_they_were_seen
}

async fn alarms_are_new_until_they_were_seen(it: &TestApp) {
    let id = it.connected().await;
    it.control(Method::POST, "/tokens/expire", json!({ "app_id": APP_ID, "subcode": 460 })).await;
    let path = format!("/gateways/{id}/health");
    it.post(&it.admin, &format!("{path}/check"), json!({})).await;
    let unseen = async || it.get(&it.admin, &path).await["unseen"].as_i64().unwrap();
    it.until("an alarm", async || (unseen().await > 0).then_some(())).await;
    let seen = it.post(&it.admin, &format!("{path}/seen"), json!({})).await;
    assert_eq!((&seen["unseen"], &seen["ok"]), (&json!(0), &json!(false)), "{seen}");
    let (status, _) = it.call(&it.admin, Method::POST, "/gateways/1/health/seen", None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
