//! `POST /flows/{id}/simulate`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dialogue_is_walked_and_nothing_is_kept() {
    let it = TestApp::start().await;
    let list = it.get(&it.admin, "/flows").await;
    let path = format!("/flows/{}/simulate", list["items"][0]["id"].as_str().unwrap());
    let order = json!({ "inputs": [{ "text": "Talk to an agent" }], "contact_name": "Olena" });
    let simulated = it.post(&it.admin, &path, order).await;
    assert!(simulated["steps"][0]["input"].is_null());
    assert_eq!(simulated["steps"][0]["effects"][0]["kind"], "say");
    assert_eq!(simulated["steps"][1]["input"]["text"], "Talk to an agent");
    assert_eq!(it.get(&it.admin, "/conversations").await["items"].as_array().map(Vec::len), Some(0));
    let many = json!({ "inputs": vec![json!({ "text": "x" }); 201] });
    let (status, problem) = it.call(&it.admin, Method::POST, &path, Some(many)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["pointer"], "/inputs");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_problems_of_what_is_tried_out_are_told_and_it_ends_where_a_node_is_missing() {
    let it = TestApp::start().await;
    let list = it.get(&it.admin, "/flows").await;
    let path = format!("/flows/{}/simulate", list["items"][0]["id"].as_str().unwrap());
    assert_eq!(it.post(&it.admin, &path, json!({})).await["problems"], json!([]));
    let draft = json!({ "schema": 1, "start": "hi", "nodes": {
        "hi": { "type": "send", "text": "Hi {{ contact.firstname }}", "next": "where" },
        "where": { "type": "ask", "text": "Where?", "variable": "place", "next": "gone" },
    } });
    let order = json!({ "draft": draft, "inputs": [{ "other": "50.45, 30.523" }] });
    let simulated = it.post(&it.admin, &path, order).await;
    let problems = simulated["problems"].as_array().unwrap();
    let pointers: Vec<_> = problems.iter().map(|problem| problem["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/draft/nodes/hi/text", "/draft/nodes/where/next"]);
    assert!(problems[0]["detail"].as_str().unwrap().ends_with("Did you mean contact.first_name?"), "{problems:?}");
    let last = &simulated["steps"][1];
    assert_eq!((&last["missing"], &last["effects"], &last["run"]), (&json!("gone"), &json!([]), &json!(null)));
    it.stop().await;
}
