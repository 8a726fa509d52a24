//! `POST /setup`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_installation_is_set_up_once() {
    let it = TestApp::start().await;
    let first = json!({ "token": "x", "email": "a@example.org", "name": "A", "password": "long enough" });
    let request = it.http().request(Method::POST, format!("{}/api/v1/setup", it.url)).json(&first);
    let foreign = request.try_clone().unwrap().header("origin", "https://evil.example").send().await.unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    let own = request.header("origin", &it.url).send().await.unwrap();
    assert_eq!(own.status(), StatusCode::CONFLICT);
    it.stop().await;
}
