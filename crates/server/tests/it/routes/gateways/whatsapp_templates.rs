//! `GET /gateways/{id}/whatsapp/templates`.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::whatsapp::{WhatsApp, change, on_both_engines, template};

on_both_engines! {
    they_are_listed_with_their_places => they_are_listed_with_their_places_on_sqlite, they_are_listed_with_their_places_on_postgres;
}

async fn they_are_listed_with_their_places(it: WhatsApp) {
    it.knows(&[template("order_ready", "APPROVED", "UTILITY"), template("sale", "PAUSED", "MARKETING")]).await;
    let list = async |query: &str| {
        let all = it.it.get(&it.it.admin, &format!("/gateways/{}/whatsapp/templates{query}", it.gateway)).await;
        all["items"].as_array().unwrap().clone()
    };
    let all = list("?account=700").await;
    assert_eq!(all.len(), 2);
    let ready = &all[0];
    assert_eq!(
        (&ready["name"], &ready["quality"], &ready["business_id"]),
        (&json!("order_ready"), &json!("GREEN"), &json!("WABA"))
    );
    let keys: Vec<&Value> = ready["variables"].as_array().unwrap().iter().map(|it| &it["key"]).collect();
    assert_eq!(keys, [&json!("header.1"), &json!("1"), &json!("button.0")]);
    assert_eq!(list("?status=approved").await.len(), 1);
    let (status, _) = it
        .it
        .call(&it.it.admin, Method::GET, &format!("/gateways/{}/whatsapp/templates?account=9", it.gateway), None)
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    // Meta reports changes on its own.
    let of = json!({ "message_template_id": 1, "message_template_name": "order_ready", "message_template_language": "en_US" });
    let with = |extra: Value| {
        let mut value = of.clone();
        value.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        value
    };
    it.deliver(&change(
        "message_template_status_update",
        &with(json!({ "event": "PAUSED", "reason": "LOW_QUALITY" })),
    ))
    .await;
    it.deliver(&change("message_template_quality_update", &with(json!({ "new_quality_score": "RED" })))).await;
    it.deliver(&change("template_category_update", &with(json!({ "new_category": "MARKETING" })))).await;
    it.settled().await;
    let ready = &list("").await[0];
    assert_eq!(
        (&ready["status"], &ready["quality"], &ready["category"]),
        (&json!("PAUSED"), &json!("RED"), &json!("MARKETING"))
    );
    it.it.stop().await;
}
