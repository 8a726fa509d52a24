//! `POST /contacts/{id}/merge`

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    two_contacts_become_one_with_the_history_of_both
}

async fn two_contacts_become_one_with_the_history_of_both(it: &TestApp) {
    let contacts = super::two_contacts(it).await;
    let (one, other) = (&contacts[0], &contacts[1]);
    let path = format!("/contacts/{}", one["id"].as_str().unwrap());
    let merge = async |body: Value| it.call(&it.admin, Method::POST, &format!("{path}/merge"), Some(body)).await;
    let (status, problem) = merge(json!({ "contact_id": one["id"] })).await;
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/contact_id"))
    );
    let (status, problem) = merge(json!({ "contact_id": "1" })).await;
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/contact_id"))
    );
    let (status, stale) = merge(json!({ "contact_id": other["id"], "version": 99 })).await;
    assert_eq!((status, &stale["current"]["id"]), (StatusCode::CONFLICT, &one["id"]));
    let (status, merged) = merge(json!({ "contact_id": other["id"] })).await;
    assert_eq!((status, &merged["id"], &merged["conversations"]), (StatusCode::OK, &one["id"], &json!(2)));
    assert_eq!(merged["identities"].as_array().map(Vec::len), Some(2));
    let gone = format!("/contacts/{}", other["id"].as_str().unwrap());
    assert_eq!(it.call(&it.admin, Method::GET, &gone, None).await.0, StatusCode::NOT_FOUND);
}
