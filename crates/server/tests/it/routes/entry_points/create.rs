//! `POST /entry-points`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::{LAVKA, TestApp};
use crate::routes::on_both_engines;

use super::{made, path};

on_both_engines! {
    a_link_leads_to_its_flow_and_is_counted
}

async fn a_link_leads_to_its_flow_and_is_counted(it: &TestApp) {
    it.connected().await;
    let made = made(it).await;
    let link = &made["links"][0];
    assert_eq!((&link["account_id"], &made["count"]), (&json!(LAVKA), &json!(0)));
    assert_eq!(link["url"], json!(format!("https://m.me/{LAVKA}?ref=spring")));
    it.writes("olena", json!({ "text": "Tulip!" })).await;
    it.phone_shows("olena", "How can we help you?").await;
    assert_eq!(it.get(&it.admin, &path(&made)).await["count"], 1);
    let flow = made["flow_id"].clone();
    let own = it
        .post(&it.admin, "/entry-points", json!({ "name": "Autumn", "flow_id": flow, "account_id": LAVKA }))
        .await;
    assert_eq!(own["ref"].as_str().map(str::len), Some(10), "it gets a ref: {own}");
    for (change, pointer, status) in [
        (json!({ "ref": "spring" }), "/ref", StatusCode::CONFLICT),
        (json!({ "code_word": "TULIP" }), "/code_word", StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "code_word": "two words" }), "/code_word", StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "ref": "a b" }), "/ref", StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "flow_id": "1" }), "/flow_id", StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "queue_id": "1" }), "/queue_id", StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "account_id": "1" }), "/account_id", StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "ends_at": "soon" }), "/ends_at", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let mut new = json!({ "name": "Winter", "flow_id": flow });
        new.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let (got, problem) = it.call(&it.admin, Method::POST, "/entry-points", Some(new)).await;
        assert_eq!((got, &problem["errors"][0]["pointer"]), (status, &json!(pointer)), "{problem}");
    }
}
