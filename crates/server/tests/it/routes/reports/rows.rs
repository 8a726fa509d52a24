//! `GET /reports/rows`

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::a_day_of_work;
use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    single_conversations_are_listed_page_by_page
}

async fn single_conversations_are_listed_page_by_page(it: &TestApp) {
    let (ben, id, _) = a_day_of_work(it).await;
    let read = async |query: &str| it.get(&it.admin, &format!("/reports/rows?{query}")).await;
    let first = read("limit=1").await;
    let second = read(&format!("limit=1&cursor={}", first["next"].as_str().unwrap())).await;
    assert!(second["next"].is_null());
    let (waiting, done) = (&first["items"][0], &second["items"][0]);
    assert_eq!((&done["id"], &done["agent"]["name"]), (&json!(id), &json!("Ben")));
    assert_eq!((&done["abandoned"], &done["in_time"]), (&json!(false), &json!(null)));
    let handled = done["handling_seconds"].as_i64().unwrap();
    assert!((90..150).contains(&handled), "{done}");
    assert!(done["first_response_seconds"].as_i64().unwrap() >= 30, "{done}");
    assert_eq!((&waiting["closed_at"], &waiting["first_response_seconds"]), (&json!(null), &json!(null)));
    let his = it.get(&ben, "/me").await["user"]["id"].as_str().unwrap().to_owned();
    for (query, count) in [
        (format!("agent={his}&channel=messenger&from=2020-01-01&to=2100-01-01"), 0),
        (format!("agent={his}"), 1),
        ("queue=1".into(), 0),
        ("label=1".into(), 0),
        ("account=1".into(), 0),
        ("to=2020-01-01".into(), 0),
    ] {
        let (status, found) = it.call(&it.admin, Method::GET, &format!("/reports/rows?{query}"), None).await;
        match status {
            StatusCode::OK => assert_eq!(found["items"].as_array().unwrap().len(), count, "{query}: {found}"),
            // A century is too long for a report.
            status => assert_eq!((status, count), (StatusCode::UNPROCESSABLE_ENTITY, 0), "{query}: {found}"),
        }
    }
    let answer = it
        .http()
        .get(format!("{}/api/v1/reports/rows", it.url))
        .bearer_auth(&it.admin)
        .header("accept", "text/csv")
        .send()
        .await
        .unwrap();
    let text = answer.text().await.unwrap();
    assert!(text.starts_with("id,channel,account,queue,agent,created_at,"), "{text}");
    assert_eq!(text.lines().count(), 3, "{text}");
    let refused = it
        .http()
        .get(format!("{}/api/v1/reports/rows", it.url))
        .bearer_auth(&it.admin)
        .header("accept", "image/png")
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), StatusCode::NOT_ACCEPTABLE);
    assert_eq!(it.call(&ben, Method::GET, "/reports/rows", None).await.0, StatusCode::FORBIDDEN);
}
