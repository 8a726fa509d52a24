//! `POST /conversations/{id}/read`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::active;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_read_is_not_unread() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    it.writes("olena", json!({ "text": "Are you there?" })).await;
    let path = format!("/conversations/{id}");
    it.until("an unread message", async || (it.get(&ben, &path).await["unread"].as_u64() > Some(0)).then_some(()))
        .await;
    it.until("the words in the thread", async || {
        let thread = it.get(&ben, &format!("{path}/messages")).await;
        thread.to_string().contains("Are you there?").then_some(())
    })
    .await;
    let (status, _) = it.call(&ben, Method::POST, &format!("{path}/read"), Some(json!({}))).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(it.get(&ben, &path).await["unread"], 0);
    it.stop().await;
}
