//! `GET /campaigns/{id}/recipients`: one by one, in the order of the list.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{new, numbers};
use crate::whatsapp::{WhatsApp, on_both_engines};

on_both_engines! {
    pages => recipients_are_listed_by_state_and_in_pages_on_sqlite, recipients_are_listed_by_state_and_in_pages_on_postgres;
}

async fn pages(it: WhatsApp) {
    it.knows_two().await;
    it.meta.refuse(131_026);
    let mut list = numbers(3);
    list.push(list[0].clone());
    let id = it.begins(new(&list)).await;
    it.campaign_is(&id, "done").await;
    it.wrote(2).await;
    let get = async |query: &str| it.it.get(&it.it.admin, &format!("/campaigns/{id}/recipients{query}")).await;
    let places = |page: &Value| {
        page["items"].as_array().unwrap().iter().map(|it| it["position"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let failed = it
        .it
        .until("the failure", async || {
            let page = get("?state=failed").await;
            (places(&page) == [1]).then_some(page)
        })
        .await;
    let first = &failed["items"][0];
    assert_eq!((&first["to"], &first["error"]["code"]), (&json!("+4915100001"), &json!(131_026)));
    assert_eq!(first["variables"], json!({ "1": "owner of +4915100001" }));
    assert!(first["conversation_id"].is_string() && first["message_id"].is_string(), "{first}");
    let skipped = get("?state=skipped").await;
    assert_eq!((places(&skipped), &skipped["items"][0]["skipped"]["reason"]), (vec![4], &json!("duplicate")));
    let page = get("?limit=3").await;
    assert_eq!(places(&page), [1, 2, 3]);
    let rest = get(&format!("?limit=3&cursor={}", page["next"].as_str().unwrap())).await;
    assert_eq!((places(&rest), &rest["next"]), (vec![4], &json!(null)));
    let path = format!("/campaigns/{id}/recipients?state=happy");
    let (status, _) = it.it.call(&it.it.admin, Method::GET, &path, None).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    it.it.stop().await;
}
