//! `GET /calendars/{id}/open`

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::office;
use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    it_says_whether_it_is_open_and_when_that_changes
}

async fn it_says_whether_it_is_open_and_when_that_changes(it: &TestApp) {
    let calendar = it.post(&it.admin, "/calendars", office()).await;
    let path = format!("/calendars/{}/open", calendar["id"].as_str().unwrap());
    for (at, open, opens, closes) in [
        // 24 December 2026 is a Thursday.
        ("2026-12-24T12:00:00Z", true, None, Some("2026-12-24T16:00:00Z")),
        ("2026-12-24T18:00:00%2B02:00", false, Some("2026-12-28T07:00:00Z"), None),
        ("2026-06-08T05:59:59Z", false, Some("2026-06-08T06:00:00Z"), None),
    ] {
        let shown = it.get(&it.admin, &format!("{path}?at={at}")).await;
        assert_eq!(shown, json!({ "open": open, "opens_at": opens, "closes_at": closes }), "{at}");
    }
    assert!(it.get(&it.admin, &path).await["open"].is_boolean(), "now");
    let bad = it.call(&it.admin, Method::GET, &format!("{path}?at=tomorrow"), None).await;
    assert_eq!(bad.0, StatusCode::BAD_REQUEST);
    assert_eq!(it.call(&it.admin, Method::GET, "/calendars/1/open", None).await.0, StatusCode::NOT_FOUND);
}
