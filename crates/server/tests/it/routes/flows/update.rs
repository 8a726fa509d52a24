//! `PUT /flows/{id}`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_with_problems_is_saved_and_a_stale_version_is_not() {
    let it = TestApp::start().await;
    let flow = it.post(&it.admin, "/flows", json!({ "name": "Night" })).await;
    let path = format!("/flows/{}", flow["id"].as_str().unwrap());
    let mut draft = flow["draft"].clone();
    draft["start"] = json!("nowhere");
    let change = json!({ "body": draft, "version": flow["version"] });
    let (status, saved) = it.call(&it.admin, Method::PUT, &path, Some(change.clone())).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(saved["problems"][0]["pointer"], "/start");
    let (status, stale) = it.call(&it.admin, Method::PUT, &path, Some(change)).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(stale["current"]["version"], saved["version"]);
    let names = json!({ "schema": 2, "start": "a", "nodes": {
        "a": { "type": "label", "add": ["No such"], "next": "b" },
        "b": { "type": "calendar", "calendar_id": "5", "next": "c" },
        "c": { "type": "http", "url": "https://crm.example/{{ secrets.KEY }}", "on_error": "d", "next": "d" },
        "d": { "type": "subflow", "flow_id": flow["id"], "next": "e" },
        "e": { "type": "join_queue", "queue_id": "7" },
    } });
    let (_, saved) = it.call(&it.admin, Method::PUT, &path, Some(json!({ "body": names }))).await;
    let pointers: Vec<_> =
        saved["problems"].as_array().unwrap().iter().map(|it| it["pointer"].as_str().unwrap()).collect();
    let expected = ["/nodes/a/add/0", "/nodes/b/calendar_id", "/nodes/c/url", "/nodes/e/queue_id"];
    assert_eq!(pointers, expected, "what is not here is told: {saved}");
    it.stop().await;
}
