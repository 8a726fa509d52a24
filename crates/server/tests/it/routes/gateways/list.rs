//! `GET /gateways`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    gateways_are_listed_for_administrators
}

async fn gateways_are_listed_for_administrators(it: &TestApp) {
    assert_eq!(it.get(&it.admin, "/gateways").await["items"], json!([]));
    let made = it.gateway().await;
    let list = it.get(&it.admin, "/gateways").await;
    assert_eq!((&list["items"][0]["id"], &list["next"]), (&made["id"], &json!(null)));
    let sue = it.user("Sue", Role::Supervisor).await;
    assert_eq!(it.call(&sue, Method::GET, "/gateways", None).await.0, StatusCode::FORBIDDEN);
}
