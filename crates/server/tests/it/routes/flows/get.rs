//! `GET /flows/{id}`

use reqwest::{Method, StatusCode};

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flow_shows_draft_published_body_and_versions() {
    let it = TestApp::start().await;
    let list = it.get(&it.admin, "/flows").await;
    let flow = it.get(&it.admin, &format!("/flows/{}", list["items"][0]["id"].as_str().unwrap())).await;
    assert_eq!(flow["draft"], flow["published"]);
    assert_eq!(flow["versions"][0]["number"], 1);
    let (status, _) = it.call(&it.admin, Method::GET, "/flows/1", None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    it.stop().await;
}
