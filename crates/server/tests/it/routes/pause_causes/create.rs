//! `POST /pause-causes`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cause_is_made_once() {
    let it = TestApp::start().await;
    let cause = it.post(&it.admin, "/pause-causes", json!({ "name": " Dentist " })).await;
    assert_eq!(cause["name"], "Dentist");
    let again = it.call(&it.admin, Method::POST, "/pause-causes", Some(json!({ "name": "Dentist" }))).await;
    assert_eq!(again.0, StatusCode::CONFLICT);
    it.stop().await;
}
