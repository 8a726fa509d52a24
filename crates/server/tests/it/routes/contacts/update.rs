//! `PATCH /contacts/{id}`

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    what_is_noted_is_kept_and_null_takes_it_back
}

async fn what_is_noted_is_kept_and_null_takes_it_back(it: &TestApp) {
    let (ben, conversation, _) = active(it).await;
    let contact = it.get(&ben, &format!("/conversations/{conversation}")).await["contact"]["id"].clone();
    let path = format!("/contacts/{}", contact.as_str().unwrap());
    let patch = async |change: Value| it.call(&ben, Method::PATCH, &path, Some(change)).await;
    let (status, named) = patch(json!({ "name": "Olena K.", "attributes": { "size": "M" } })).await;
    assert_eq!(
        (status, &named["name"], &named["name_is_custom"]),
        (StatusCode::OK, &json!("Olena K."), &json!(true))
    );
    let (_, back) = patch(json!({ "name": null, "version": named["version"] })).await;
    assert_eq!((&back["name_is_custom"], &back["attributes"]["size"]), (&json!(false), &json!("M")));
    let (status, stale) = patch(json!({ "note": "VIP", "version": named["version"] })).await;
    assert_eq!((status, &stale["current"]["version"]), (StatusCode::CONFLICT, &back["version"]));
    let (status, problem) = patch(json!({ "phone": "call me", "email": "no" })).await;
    let pointers: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!((status, pointers), (StatusCode::UNPROCESSABLE_ENTITY, vec!["/phone", "/email"]));
    assert_eq!(it.call(&ben, Method::PATCH, "/contacts/1", Some(json!({}))).await.0, StatusCode::NOT_FOUND);
}
