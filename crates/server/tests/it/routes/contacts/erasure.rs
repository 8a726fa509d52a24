//! `GET /contacts/{id}/erasure`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    it_counts_what_went_once_it_was_asked_for
}

async fn it_counts_what_went_once_it_was_asked_for(it: &TestApp) {
    let (ben, conversation, _) = active(it).await;
    let contact = it.get(&ben, &format!("/conversations/{conversation}")).await["contact"]["id"].clone();
    let path = format!("/contacts/{}", contact.as_str().unwrap());
    let erasure = format!("{path}/erasure");
    assert_eq!(it.call(&it.admin, Method::GET, &erasure, None).await.0, StatusCode::NOT_FOUND);
    it.call(&it.admin, Method::DELETE, &path, None).await;
    let done = it
        .until("its end", async || {
            let erasure = it.get(&it.admin, &erasure).await;
            (erasure["state"] == "done").then_some(erasure)
        })
        .await;
    assert_eq!((&done["contact_id"], &done["conversations"]), (&contact, &json!(1)));
    assert!(done["messages"].as_i64().unwrap() > 0 && done["done_at"].is_string(), "{done}");
    assert_eq!(it.call(&ben, Method::GET, &erasure, None).await.0, StatusCode::FORBIDDEN);
}
