//! `GET /gateways/{id}/accounts`, `PATCH` and `DELETE /gateways/{id}/accounts/{account_id}`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::{LAVKA, TestApp};
use crate::routes::on_both_engines;

on_both_engines! {
    an_account_of_any_channel_is_switched_off_and_on_and_removed
}

async fn an_account_of_any_channel_is_switched_off_and_on_and_removed(it: &TestApp) {
    let id = it.connected().await;
    let list = format!("/gateways/{id}/accounts");
    let path = format!("{list}/{LAVKA}");
    let switch =
        async |on: bool| it.call(&it.admin, Method::PATCH, &path, Some(json!({ "subscribed": on }))).await;
    let (status, off) = switch(false).await;
    assert_eq!(
        (status, &off["subscribed"], &off["channel"]),
        (StatusCode::OK, &json!(false), &json!("messenger"))
    );
    assert_eq!(switch(true).await.1["subscribed"], true);
    let of_channel = async |channel: &str| {
        it.get(&it.admin, &format!("{list}?channel={channel}")).await["items"].as_array().unwrap().clone()
    };
    let all = it.get(&it.admin, &list).await["items"].as_array().unwrap().clone();
    assert_eq!(of_channel("messenger").await, all);
    assert_eq!(of_channel("whatsapp").await.len(), 0);
    let first = it.get(&it.admin, &format!("{list}?limit=1")).await;
    let rest = it.get(&it.admin, &format!("{list}?cursor={}", first["next"].as_str().unwrap())).await;
    assert_eq!(rest["items"].as_array().unwrap().len() + 1, all.len());
    assert_eq!(it.call(&it.admin, Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(switch(true).await.0, StatusCode::NOT_FOUND);
    assert_eq!(it.call(&it.admin, Method::GET, "/gateways/1/accounts", None).await.0, StatusCode::NOT_FOUND);
}
