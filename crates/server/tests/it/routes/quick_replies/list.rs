//! `GET /quick-replies`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    they_are_listed_by_shortcut_for_all_staff
}

async fn they_are_listed_by_shortcut_for_all_staff(it: &TestApp) {
    for shortcut in ["zebra", "night-shift"] {
        it.post(&it.admin, "/quick-replies", json!({ "shortcut": shortcut, "title": "x", "text": "x" })).await;
    }
    let ben = it.user("Ben", Role::Agent).await;
    let list = it.get(&ben, "/quick-replies").await;
    let shortcuts: Vec<_> =
        list["items"].as_array().unwrap().iter().map(|reply| reply["shortcut"].as_str().unwrap()).collect();
    assert!(shortcuts.is_sorted() && shortcuts.contains(&"night-shift"), "{shortcuts:?}");
    assert_eq!(shortcuts.last(), Some(&"zebra"));
    assert_eq!(it.call(&ben, Method::GET, "/quick-replies?limit=0", None).await.0, StatusCode::BAD_REQUEST);
}
