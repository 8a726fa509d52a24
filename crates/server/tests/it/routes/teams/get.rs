//! `GET /teams/{id}`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_team_is_read() {
    let it = TestApp::start().await;
    let team = it.post(&it.admin, "/teams", json!({ "name": "Sales" })).await;
    let path = format!("/teams/{}", team["id"].as_str().unwrap());
    assert_eq!(it.get(&it.admin, &path).await, team);
    assert_eq!(it.call(&it.admin, Method::GET, "/teams/x", None).await.0, StatusCode::NOT_FOUND);
    it.stop().await;
}
