//! `DELETE /gateways/{id}`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::{ANNA, LAVKA, TestApp};
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    a_deleted_gateway_closes_its_conversations_and_takes_no_more_webhooks
    a_customer_of_a_deleted_gateway_is_answered_through_the_next_one
}

async fn a_customer_of_a_deleted_gateway_is_answered_through_the_next_one(it: &TestApp) {
    let (ben, _, gateway) = active(it).await;
    let path = format!("/gateways/{gateway}");
    assert_eq!(it.call(&it.admin, Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    let next = it.gateway_id().await;
    assert_eq!(it.connect(&next, ANNA).await["state"], "done");
    // Meta no longer delivers to the address of the deleted one: there is nothing to replace.
    let subscribed = json!({ "subscribed": true });
    let page = format!("/gateways/{next}/pages/{LAVKA}");
    assert_eq!(it.call(&it.admin, Method::PATCH, &page, Some(subscribed)).await.0, StatusCode::OK);
    it.asks_for_an_agent("olena").await;
    let offer = it.offered(&ben).await;
    assert_eq!(offer["gateway_id"], next, "{offer}");
    let id = offer["id"].as_str().unwrap();
    it.post(&ben, &format!("/conversations/{id}/accept"), json!({})).await;
    it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": "Welcome back" })).await;
    it.phone_shows("olena", "Welcome back").await;
}

async fn a_deleted_gateway_closes_its_conversations_and_takes_no_more_webhooks(it: &TestApp) {
    let (ben, id, gateway) = active(it).await;
    let path = format!("/gateways/{gateway}");
    let url = it.get(&it.admin, &path).await["webhook_url"].as_str().unwrap().to_owned();
    assert_eq!(it.call(&ben, Method::DELETE, &path, None).await.0, StatusCode::FORBIDDEN);
    assert_eq!(it.call(&it.admin, Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(it.call(&it.admin, Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(it.get(&ben, &format!("/conversations/{id}")).await["state"], "closed");
    assert_eq!(it.http().post(url).body("{}").send().await.unwrap().status(), StatusCode::NOT_FOUND);
    assert_eq!(it.call(&it.admin, Method::DELETE, &path, None).await.0, StatusCode::NOT_FOUND);
}
