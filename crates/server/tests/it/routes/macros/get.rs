//! `GET /macros/{id}`

use reqwest::{Method, StatusCode};

use super::thanks;
use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_macro_is_read() {
    let it = TestApp::start().await;
    let made = it.post(&it.admin, "/macros", thanks()).await;
    let path = format!("/macros/{}", made["id"].as_str().unwrap());
    assert_eq!(it.get(&it.admin, &path).await, made);
    assert_eq!(it.call(&it.admin, Method::GET, "/macros/x", None).await.0, StatusCode::NOT_FOUND);
    it.stop().await;
}
