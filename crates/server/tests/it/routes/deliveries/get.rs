//! `GET /deliveries/{id}`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_delivery_is_shown_with_what_came
}

async fn a_delivery_is_shown_with_what_came(it: &TestApp) {
    it.connected().await;
    it.writes("olena", json!({ "text": "Needle" })).await;
    let delivery = it
        .until("the delivery", async || {
            let list = it.get(&it.admin, "/deliveries?q=needle&state=done").await;
            list["items"].as_array()?.first().cloned()
        })
        .await;
    let path = format!("/deliveries/{}", delivery["id"].as_str().unwrap());
    let shown = it.get(&it.admin, &path).await;
    assert_eq!((&shown["state"], &shown["events"], &shown["error"]), (&json!("done"), &json!(1), &json!(null)));
    assert_eq!((&shown["channel"], &shown["account_name"]), (&json!("messenger"), &delivery["account_name"]));
    assert!(shown["body"].as_str().unwrap().contains("Needle"), "{shown}");
    let sue = it.user("Sue", Role::Supervisor).await;
    assert_eq!(it.call(&sue, Method::GET, &path, None).await.0, StatusCode::FORBIDDEN);
    assert_eq!(it.call(&it.admin, Method::GET, "/deliveries/1", None).await.0, StatusCode::NOT_FOUND);
}
