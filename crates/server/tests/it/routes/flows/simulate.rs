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
