//! `GET /deliveries`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::{LAVKA, TestApp};
use crate::routes::on_both_engines;

on_both_engines! {
    they_are_found_by_state_gateway_time_and_text
}

async fn they_are_found_by_state_gateway_time_and_text(it: &TestApp) {
    let gateway = it.connected().await;
    it.writes("olena", json!({ "text": "Needle" })).await;
    let delivery = it
        .until("the delivery", async || {
            let list = it.get(&it.admin, "/deliveries?q=needle&state=done").await;
            list["items"].as_array()?.first().cloned()
        })
        .await;
    let path = format!("/deliveries/{}", delivery["id"].as_str().unwrap());
    assert_eq!((&delivery["gateway_id"], &delivery["account_id"]), (&json!(gateway), &json!(LAVKA)));
    assert_eq!(delivery["account_name"], "Lavka");
    assert!(delivery.get("body").is_none(), "not in lists");
    for none in ["?state=failed", "?gateway=1", "?from=2100-01-01T00:00:00Z", "?q=haystack"] {
        assert_eq!(it.get(&it.admin, &format!("/deliveries{none}")).await["items"], json!([]), "{none}");
    }
    for all in ["?to=2100-01-01T00:00:00Z", "?to=9999-12-01T00:00:00Z"] {
        let list = it.get(&it.admin, &format!("/deliveries{all}")).await;
        assert!(!list["items"].as_array().unwrap().is_empty(), "{all}");
    }
    for bad in ["?state=lost", "?from=yesterday", "?limit=0", "?cursor=x"] {
        let (status, _) = it.call(&it.admin, Method::GET, &format!("/deliveries{bad}"), None).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad}");
    }
    let sue = it.user("Sue", Role::Supervisor).await;
    assert_eq!(it.call(&sue, Method::GET, &path, None).await.0, StatusCode::FORBIDDEN);
}
