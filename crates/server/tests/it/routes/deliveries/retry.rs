//! `POST /deliveries/{id}/retry` and `POST /deliveries/retry`

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::failed_delivery;
use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_delivery_that_failed_is_applied_again
    all_that_failed_are_tried_in_the_background
}

async fn a_delivery_that_failed_is_applied_again(it: &TestApp) {
    let gateway = it.connected().await;
    let id = failed_delivery(it, &gateway).await;
    let path = format!("/deliveries/{id}");
    it.post(&it.admin, &format!("{path}/retry"), json!({})).await;
    it.until("its end", async || (it.get(&it.admin, &path).await["state"] == "done").then_some(())).await;
    let (status, problem) = it.call(&it.admin, Method::POST, &format!("{path}/retry"), None).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem["detail"].as_str().unwrap().contains("nothing to try again"), "{problem}");
    assert_eq!(it.call(&it.admin, Method::POST, "/deliveries/1/retry", None).await.0, StatusCode::NOT_FOUND);
}

async fn all_that_failed_are_tried_in_the_background(it: &TestApp) {
    let gateway = it.connected().await;
    failed_delivery(it, &gateway).await;
    let retry = async |body: Value| it.call(&it.admin, Method::POST, "/deliveries/retry", Some(body)).await;
    let (status, problem) = retry(json!({ "gateway_id": "1" })).await;
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/gateway_id"))
    );
    assert_eq!(retry(json!({ "gateway_id": gateway })).await.0, StatusCode::ACCEPTED);
    it.until("none to be left", async || {
        let counts = it.get(&it.admin, "/deliveries/counts").await;
        (counts == json!({ "failed": 0, "retrying": false })).then_some(())
    })
    .await;
}
