//! `POST /gateways/{id}/pages/{page_id}/retry-sends`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::{LAVKA, TestApp};
use crate::routes::on_both_engines;

on_both_engines! {
    it_tells_how_many_messages_go_out_again
}

async fn it_tells_how_many_messages_go_out_again(it: &TestApp) {
    let id = it.connected().await;
    let path = format!("/gateways/{id}/pages/{LAVKA}/retry-sends");
    assert_eq!(it.post(&it.admin, &path, json!({})).await, json!({ "messages": 0 }));
    for none in [format!("/gateways/{id}/pages/1/retry-sends"), format!("/gateways/1/pages/{LAVKA}/retry-sends")] {
        assert_eq!(it.call(&it.admin, Method::POST, &none, None).await.0, StatusCode::NOT_FOUND, "{none}");
    }
    let sue = it.user("Sue", Role::Supervisor).await;
    assert_eq!(it.call(&sue, Method::POST, &path, None).await.0, StatusCode::FORBIDDEN);
}
