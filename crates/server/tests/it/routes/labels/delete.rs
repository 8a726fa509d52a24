//! `DELETE /labels/{id}`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    a_label_in_use_goes_only_by_force
}

async fn a_label_in_use_goes_only_by_force(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let label = it.post(&it.admin, "/labels", json!({ "name": "Refund" })).await;
    it.post(&ben, &format!("/conversations/{id}/labels"), json!({ "add": ["Refund"] })).await;
    let path = format!("/labels/{}", label["id"].as_str().unwrap());
    let (status, problem) = it.call(&it.admin, Method::DELETE, &path, None).await;
    assert_eq!((status, &problem["conversations"]), (StatusCode::CONFLICT, &json!(1)));
    let (status, _) = it.call(&it.admin, Method::DELETE, &format!("{path}?force=true"), None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(it.get(&ben, &format!("/conversations/{id}")).await["labels"], json!([]));
    assert_eq!(it.call(&it.admin, Method::DELETE, &path, None).await.0, StatusCode::NOT_FOUND);
}
