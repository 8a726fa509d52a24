//! `GET /flows/{id}/compare`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

use super::published;

on_both_engines! {
    what_differs_between_two_versions_is_told_node_by_node
}

async fn what_differs_between_two_versions_is_told_node_by_node(it: &TestApp) {
    let path = published(it, &["One", "Two"]).await;
    let found = it.get(&it.admin, &format!("{path}/compare?a=1&b=2")).await;
    let expected = json!([{ "node": "hi", "kind": "changed", "fields": [{ "pointer": "/nodes/hi/text", "a": "One", "b": "Two" }] }]);
    assert_eq!(found["differences"], expected);
    assert_eq!(found["a"], super::greets("One"));
    assert_eq!(it.get(&it.admin, &format!("{path}/compare?a=2&b=draft")).await["differences"], json!([]));
    for (query, status) in [
        ("a=1&b=9", StatusCode::NOT_FOUND),
        ("a=x&b=1", StatusCode::UNPROCESSABLE_ENTITY),
        ("a=1", StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(it.call(&it.admin, Method::GET, &format!("{path}/compare?{query}"), None).await.0, status);
    }
}
