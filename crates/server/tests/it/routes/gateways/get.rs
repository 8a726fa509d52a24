//! `GET /gateways/{id}`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::{APP_ID, APP_SECRET, TestApp};
use crate::routes::on_both_engines;

on_both_engines! {
    a_gateway_shows_its_setup_and_how_it_is
}

async fn a_gateway_shows_its_setup_and_how_it_is(it: &TestApp) {
    let id = it.connected().await;
    let shown = it.get(&it.admin, &format!("/gateways/{id}")).await;
    assert_eq!((&shown["app_id"], &shown["pages_subscribed"]), (&json!(APP_ID), &json!(1)));
    assert!(shown["ticks"]["login_ok_at"].is_string() && shown["permissions"].is_array());
    assert!(!shown.to_string().contains(APP_SECRET));
    assert_eq!(it.call(&it.admin, Method::GET, "/gateways/1", None).await.0, StatusCode::NOT_FOUND);
}
