//! `GET /flows/{id}/versions` and `GET /flows/{id}/versions/{number}`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

use super::published;

on_both_engines! {
    versions_are_listed_newest_first_and_never_change
}

async fn versions_are_listed_newest_first_and_never_change(it: &TestApp) {
    let path = published(it, &["One", "Two"]).await;
    let list = it.get(&it.admin, &format!("{path}/versions?limit=1")).await;
    let newest = &list["items"][0];
    assert_eq!((&newest["number"], &newest["note"]), (&json!(2), &json!("Says Two")));
    assert!(list["next"].is_string());
    let first = it.get(&it.admin, &format!("{path}/versions/1")).await;
    assert_eq!(
        (&first["number"], &first["body"]),
        (&json!(1), &super::greets("One")),
        "with places on the canvas"
    );
    let (status, _) = it.call(&it.admin, Method::GET, &format!("{path}/versions/9"), None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(it.call(&it.admin, Method::GET, "/flows/1/versions", None).await.0, StatusCode::NOT_FOUND);
}
