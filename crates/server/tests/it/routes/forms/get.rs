//! `GET /forms/{id}`

use reqwest::{Method, StatusCode};

use super::order_form;
use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_form_is_read() {
    let it = TestApp::start().await;
    let form = it.post(&it.admin, "/forms", order_form()).await;
    let path = format!("/forms/{}", form["id"].as_str().unwrap());
    assert_eq!(it.get(&it.admin, &path).await, form);
    assert_eq!(it.call(&it.admin, Method::GET, "/forms/x", None).await.0, StatusCode::NOT_FOUND);
    it.stop().await;
}
