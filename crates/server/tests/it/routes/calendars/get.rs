//! `GET /calendars/{id}`

use reqwest::{Method, StatusCode};

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_calendar_is_read() {
    let it = TestApp::start().await;
    let calendar = it.post(&it.admin, "/calendars", super::office()).await;
    let path = format!("/calendars/{}", calendar["id"].as_str().unwrap());
    assert_eq!(it.get(&it.admin, &path).await, calendar);
    assert_eq!(it.call(&it.admin, Method::GET, "/calendars/x", None).await.0, StatusCode::NOT_FOUND);
    it.stop().await;
}
