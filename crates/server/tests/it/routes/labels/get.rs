//! `GET /labels/{id}`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_label_is_read_by_all_staff
}

async fn a_label_is_read_by_all_staff(it: &TestApp) {
    let label = it.post(&it.admin, "/labels", json!({ "name": "Refund", "colour": "red" })).await;
    let ben = it.user("Ben", Role::Agent).await;
    assert_eq!(it.get(&ben, &format!("/labels/{}", label["id"].as_str().unwrap())).await, label);
    assert_eq!(it.call(&ben, Method::GET, "/labels/1", None).await.0, StatusCode::NOT_FOUND);
}
