//! `GET /contacts/{id}/conversations`; `POST /contacts/{id}/conversations` is in `create`.

mod create;

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::active;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_history_of_a_contact_is_theirs_who_hold_it() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let contact =
        it.get(&ben, &format!("/conversations/{id}")).await["contact"]["id"].as_str().unwrap().to_owned();
    let list = it.get(&ben, &format!("/contacts/{contact}/conversations?limit=1")).await;
    assert_eq!(list["items"][0]["id"], json!(id));
    assert_eq!(
        it.call(&ben, Method::GET, &format!("/contacts/{contact}/conversations?limit=0"), None).await.0,
        StatusCode::BAD_REQUEST
    );
    it.stop().await;
}
