//! `POST /teams`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_team_is_made_once() {
    let it = TestApp::start().await;
    let team = it.post(&it.admin, "/teams", json!({ "name": " Sales " })).await;
    assert_eq!(team["name"], "Sales");
    let again = it.call(&it.admin, Method::POST, "/teams", Some(json!({ "name": "Sales" }))).await;
    assert_eq!(again.0, StatusCode::CONFLICT);
    it.stop().await;
}
