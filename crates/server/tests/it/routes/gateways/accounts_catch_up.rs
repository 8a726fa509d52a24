//! `POST /gateways/{id}/accounts/{account_id}/catch-up`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::{LAVKA, TestApp};
use crate::routes::on_both_engines;

on_both_engines! {
    a_search_is_begun_for_an_account_that_is_switched_on
}

async fn a_search_is_begun_for_an_account_that_is_switched_on(it: &TestApp) {
    let id = it.connected().await;
    let account = format!("/gateways/{id}/accounts/{LAVKA}");
    let path = format!("{account}/catch-up");
    let (status, begun) = it.call(&it.admin, Method::POST, &path, None).await;
    assert_eq!((status, &begun["catch_up"]["state"]), (StatusCode::ACCEPTED, &json!("waiting")));
    it.call(&it.admin, Method::PATCH, &account, Some(json!({ "subscribed": false }))).await;
    assert_eq!(it.call(&it.admin, Method::POST, &path, None).await.0, StatusCode::CONFLICT);
    let none = format!("/gateways/{id}/accounts/1/catch-up");
    assert_eq!(it.call(&it.admin, Method::POST, &none, None).await.0, StatusCode::NOT_FOUND);
}
