//! `PUT /agents/{id}/status`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_supervisor_sets_the_status_of_another() {
    let it = TestApp::start().await;
    let ben = it.user("Ben", Role::Agent).await;
    let id = it.get(&ben, "/me").await["user"]["id"].as_str().unwrap().to_owned();
    let sue = it.user("Sue", Role::Supervisor).await;
    let path = format!("/agents/{id}/status");
    let (status, set) = it.call(&sue, Method::PUT, &path, Some(json!({ "status": "online" }))).await;
    assert_eq!((status, &set["status"], &set["reason"]), (StatusCode::OK, &"online".into(), &"supervisor".into()));
    assert_eq!(set["by"]["name"], "Sue");
    assert_eq!(it.get(&ben, "/me").await["status"]["by"]["name"], "Sue");
    let (status, problem) = it.call(&sue, Method::PUT, &path, Some(json!({ "status": "away" }))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["detail"], "\"away\" is not allowed here: choose online, pause or offline.");
    it.stop().await;
}
