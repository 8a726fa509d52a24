//! `GET /deliveries/counts`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::failed_delivery;
use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    those_that_failed_are_counted
}

async fn those_that_failed_are_counted(it: &TestApp) {
    let none = it.get(&it.admin, "/deliveries/counts").await;
    assert_eq!(none, json!({ "failed": 0, "retrying": false }));
    let gateway = it.connected().await;
    failed_delivery(it, &gateway).await;
    assert_eq!(it.get(&it.admin, "/deliveries/counts").await["failed"], 1);
    let sue = it.user("Sue", Role::Supervisor).await;
    assert_eq!(it.call(&sue, Method::GET, "/deliveries/counts", None).await.0, StatusCode::FORBIDDEN);
}
