//! `GET /flows/{id}/customers`

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    who_is_at_a_node_is_counted_and_who_left_there
}

async fn who_is_at_a_node_is_counted_and_who_left_there(it: &TestApp) {
    let gateway = it.connected().await;
    let body = json!({ "schema": 2, "start": "name", "nodes": {
        "name": { "type": "ask", "text": "Your name?", "variable": "name", "next": "city" },
        "city": { "type": "ask", "text": "Your city?", "variable": "city", "timeout_seconds": 60 },
    } });
    let flow = it.post(&it.admin, "/flows", json!({ "name": "Form", "body": body })).await;
    let path = format!("/flows/{}", flow["id"].as_str().unwrap());
    assert_eq!(it.get(&it.admin, &format!("{path}/customers")).await, json!({ "version": null, "nodes": [] }));
    it.post(&it.admin, &format!("{path}/publish"), json!({})).await;
    it.call(&it.admin, Method::PATCH, &format!("/gateways/{gateway}"), Some(json!({ "flow_id": flow["id"] })))
        .await;
    for customer in ["olena", "maria"] {
        it.writes(customer, json!({ "text": "Hello" })).await;
        it.phone_shows(customer, "Your name?").await;
    }
    it.writes("olena", json!({ "text": "Olena" })).await;
    it.phone_shows("olena", "Your city?").await;
    let counted = async |expected: Value| {
        it.until("the customers are counted", async || {
            let found = it.get(&it.admin, &format!("{path}/customers")).await;
            (found["nodes"] == expected).then_some(())
        })
        .await;
    };
    let at = |node: &str, here: i64, left: i64| json!({ "node": node, "here": here, "left": left });
    counted(json!([at("city", 1, 0), at("name", 1, 0)])).await;
    it.clock.advance(61 * domain::time::SECOND);
    counted(json!([at("city", 0, 1), at("name", 1, 0)])).await;
    assert_eq!(it.get(&it.admin, &format!("{path}/customers?version=9")).await["nodes"], json!([]));
    assert_eq!(it.call(&it.admin, Method::GET, "/flows/1/customers", None).await.0, StatusCode::NOT_FOUND);
}
