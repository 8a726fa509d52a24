//! `POST /contacts/{id}/refresh`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::active;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn meta_is_asked_again_in_the_background() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let contact =
        it.get(&ben, &format!("/conversations/{id}")).await["contact"]["id"].as_str().unwrap().to_owned();
    let (status, answer) =
        it.call(&ben, Method::POST, &format!("/contacts/{contact}/refresh"), Some(json!({}))).await;
    assert_eq!((status, &answer["id"]), (StatusCode::ACCEPTED, &json!(contact)));
    assert_eq!(it.call(&ben, Method::POST, "/contacts/1/refresh", None).await.0, StatusCode::NOT_FOUND);
    it.stop().await;
}
