//! `GET /roles/{id}`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_role_is_read() {
    let it = TestApp::start().await;
    let role = it.post(&it.admin, "/roles", json!({ "name": "Reader", "permissions": ["see_all"] })).await;
    assert_eq!(it.get(&it.admin, &format!("/roles/{}", role["id"].as_str().unwrap())).await, role);
    assert_eq!(it.get(&it.admin, "/roles/supervisor").await["name"], "Supervisor");
    for unknown in ["1", "guest", "x"] {
        let path = format!("/roles/{unknown}");
        assert_eq!(it.call(&it.admin, Method::GET, &path, None).await.0, StatusCode::NOT_FOUND, "{unknown}");
    }
    it.stop().await;
}
