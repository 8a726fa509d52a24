//! `PATCH /quick-replies/{id}`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_is_named_changes_and_templates_are_checked() {
    let it = TestApp::start().await;
    let reply = it
        .post(&it.admin, "/quick-replies", json!({ "shortcut": "hi", "title": "Greeting", "text": "Hello" }))
        .await;
    let path = format!("/quick-replies/{}", reply["id"].as_str().unwrap());
    let (status, changed) = it.call(&it.admin, Method::PATCH, &path, Some(json!({ "text": "Good day" }))).await;
    assert_eq!(
        (status, &changed["title"], &changed["text"]),
        (StatusCode::OK, &"Greeting".into(), &"Good day".into())
    );
    let (status, problem) =
        it.call(&it.admin, Method::PATCH, &path, Some(json!({ "text": "{{ contact.name" }))).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &"/text".into()));
    it.stop().await;
}
