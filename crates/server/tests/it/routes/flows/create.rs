//! `POST /flows`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flow_without_a_draft_is_a_copy_of_welcome_that_nobody_meets() {
    let it = TestApp::start().await;
    let flow = it.post(&it.admin, "/flows", json!({ "name": " Night " })).await;
    assert_eq!(flow["name"], "Night");
    assert!(flow["published_version"].is_null() && flow["published"].is_null());
    assert_eq!((&flow["body"]["schema"], &flow["body"]), (&json!(2), &flow["draft"]));
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_taken_name_is_refused_and_a_draft_of_any_shape_is_kept_with_what_is_wrong_with_it() {
    let it = TestApp::start().await;
    let (status, problem) = it.call(&it.admin, Method::POST, "/flows", Some(json!({ "name": "Welcome" }))).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(problem["errors"][0]["pointer"], "/name");
    let newer = json!({ "schema": 2, "start": "a", "nodes": { "a": { "type": "hologram" } } });
    let flow = it.post(&it.admin, "/flows", json!({ "name": "Night", "body": newer })).await;
    assert_eq!(flow["body"], newer, "no one loses work");
    let problem = &flow["problems"][0];
    assert_eq!(
        (&problem["node"], &problem["pointer"], &problem["severity"]),
        (&json!("a"), &json!("/nodes/a/type"), &json!("error"))
    );
    let none = json!({ "name": "Day", "body": [1] });
    let (status, problem) = it.call(&it.admin, Method::POST, "/flows", Some(none)).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/body")));
    it.stop().await;
}
