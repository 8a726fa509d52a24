//! `POST /gateways/{id}/accounts/{account_id}/register`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::{LAVKA, TestApp};
use crate::routes::on_both_engines;

on_both_engines! {
    only_whatsapp_numbers_are_registered
}

async fn only_whatsapp_numbers_are_registered(it: &TestApp) {
    let id = it.connected().await;
    let register = async |account: &str| {
        let path = format!("/gateways/{id}/accounts/{account}/register");
        it.call(&it.admin, Method::POST, &path, Some(json!({ "pin": "123456" }))).await
    };
    let (status, problem) = register(LAVKA).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem["detail"].as_str().unwrap().contains("this is a Page"), "{problem}");
    assert_eq!(register("1").await.0, StatusCode::NOT_FOUND);
}
