//! `GET /entry-points/{id}`

use reqwest::{Method, StatusCode};

use crate::app::TestApp;

use super::{made, path};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_as_it_was_made() {
    let it = TestApp::start().await;
    it.connected().await;
    let made = made(&it).await;
    assert_eq!(it.get(&it.admin, &path(&made)).await, made);
    assert_eq!(it.call(&it.admin, Method::GET, "/entry-points/1", None).await.0, StatusCode::NOT_FOUND);
    it.stop().await;
}
