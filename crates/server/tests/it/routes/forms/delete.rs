//! `DELETE /forms/{id}`

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::order_form;
use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_form_goes_once_no_queue_has_it
}

async fn a_form_goes_once_no_queue_has_it(it: &TestApp) {
    let id = it.post(&it.admin, "/forms", order_form()).await["id"].clone();
    let path = format!("/forms/{}", id.as_str().unwrap());
    let queue = it.post(&it.admin, "/queues", json!({ "name": "Hotline", "form_id": id })).await;
    let (status, problem) = it.call(&it.admin, Method::DELETE, &path, None).await;
    let used = "\"Order\" is used by the queue \"Hotline\".";
    assert_eq!((status, &problem["detail"]), (StatusCode::CONFLICT, &used.into()));
    let queue = format!("/queues/{}", queue["id"].as_str().unwrap());
    it.call(&it.admin, Method::PATCH, &queue, Some(json!({ "form_id": null }))).await;
    assert_eq!(it.call(&it.admin, Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(it.call(&it.admin, Method::DELETE, &path, None).await.0, StatusCode::NOT_FOUND);
}
