//! `DELETE /gateways/{id}`

use reqwest::{Method, StatusCode};

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    a_deleted_gateway_closes_its_conversations_and_takes_no_more_webhooks
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
