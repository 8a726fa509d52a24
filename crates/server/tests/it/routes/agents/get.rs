//! `GET /agents/{id}`

use domain::role::Role;
use reqwest::{Method, StatusCode};

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_is_read_by_colleagues() {
    let it = TestApp::start().await;
    let ben = it.user("Ben", Role::Agent).await;
    let id = it.get(&ben, "/me").await["user"]["id"].as_str().unwrap().to_owned();
    let agent = it.get(&ben, &format!("/agents/{id}")).await;
    assert_eq!(
        (&agent["name"], &agent["status"], &agent["capacity"]),
        (&"Ben".into(), &"offline".into(), &5.into())
    );
    assert_eq!(it.call(&ben, Method::GET, "/agents/1", None).await.0, StatusCode::NOT_FOUND);
    it.stop().await;
}
