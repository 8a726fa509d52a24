//! `PATCH /agents/{id}`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn capacity_is_from_1_to_100() {
    let it = TestApp::start().await;
    let ben = it.user("Ben", Role::Agent).await;
    let id = it.get(&ben, "/me").await["user"]["id"].as_str().unwrap().to_owned();
    let path = format!("/agents/{id}");
    let (status, agent) = it.call(&it.admin, Method::PATCH, &path, Some(json!({ "capacity": 7 }))).await;
    assert_eq!((status, &agent["capacity"]), (StatusCode::OK, &7.into()));
    for bad in [0, 101] {
        let (status, problem) = it.call(&it.admin, Method::PATCH, &path, Some(json!({ "capacity": bad }))).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &"/capacity".into())
        );
    }
    it.stop().await;
}
