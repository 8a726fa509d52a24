//! `POST /flows/{id}/publish`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_publication_is_a_version_and_problems_prevent_it() {
    let it = TestApp::start().await;
    let flow = it.post(&it.admin, "/flows", json!({ "name": "Night" })).await;
    let path = format!("/flows/{}", flow["id"].as_str().unwrap());
    let first = it.call(&it.admin, Method::POST, &format!("{path}/publish"), None).await;
    assert_eq!(first.0, StatusCode::OK, "a body may be left out: {}", first.1);
    let second = it
        .post(&it.admin, &format!("{path}/publish"), json!({ "version": first.1["version"], "note": "Shorter" }))
        .await;
    assert_eq!(second["published_version"], 2);
    assert_eq!(second["versions"].as_array().map(Vec::len), Some(2));
    assert_eq!(second["versions"][0]["note"], "Shorter");
    let mut draft = flow["draft"].clone();
    draft["start"] = json!("nowhere");
    it.call(&it.admin, Method::PUT, &path, Some(json!({ "draft": draft }))).await;
    let (status, problem) = it.call(&it.admin, Method::POST, &format!("{path}/publish"), None).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["pointer"], "/body/start");
    assert_eq!(problem["problems"][0]["pointer"], "/start");
    it.call(&it.admin, Method::PUT, &path, Some(json!({ "body": flow["body"] }))).await;
    let test = json!({ "name": "Greets", "expected": ["Good evening"], "must_pass": true });
    let test = it.post(&it.admin, &format!("{path}/tests"), test).await;
    let (status, problem) = it.call(&it.admin, Method::POST, &format!("{path}/publish"), None).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(problem["problems"][0]["detail"].as_str().unwrap().contains("\"Greets\" fails"), "{problem}");
    let test = format!("{path}/tests/{}", test["id"].as_str().unwrap());
    it.call(&it.admin, Method::PATCH, &test, Some(json!({ "must_pass": false }))).await;
    assert_eq!(it.call(&it.admin, Method::POST, &format!("{path}/publish"), None).await.0, StatusCode::OK);
    it.stop().await;
}
