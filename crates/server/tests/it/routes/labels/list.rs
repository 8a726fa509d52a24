//! `GET /labels`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    labels_are_listed_by_name
}

async fn labels_are_listed_by_name(it: &TestApp) {
    for name in ["Refund", "Claim"] {
        it.post(&it.admin, "/labels", json!({ "name": name })).await;
    }
    let ben = it.user("Ben", Role::Agent).await;
    let list = it.get(&ben, "/labels").await;
    let names: Vec<_> = list["items"].as_array().unwrap().iter().map(|label| label["name"].clone()).collect();
    assert_eq!(names, ["Claim", "Refund"]);
    assert_eq!(it.call(&ben, Method::GET, "/labels?limit=0", None).await.0, StatusCode::BAD_REQUEST);
}
