//! `DELETE /macros/{id}`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::thanks;
use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_macro_goes_and_until_then_the_queue_that_it_names_stays
}

async fn a_macro_goes_and_until_then_the_queue_that_it_names_stays(it: &TestApp) {
    let queue = it.post(&it.admin, "/queues", json!({ "name": "Returns" })).await["id"].clone();
    let mut new = thanks();
    new["actions"] = json!([{ "type": "transfer", "queue_id": queue }]);
    let id = it.post(&it.admin, "/macros", new).await["id"].clone();
    let queue = format!("/queues/{}", queue.as_str().unwrap());
    let (status, problem) = it.call(&it.admin, Method::DELETE, &queue, None).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem["detail"].as_str().unwrap().contains("the macro \"Thanks\""), "{problem}");
    let path = format!("/macros/{}", id.as_str().unwrap());
    let ben = it.user("Ben", Role::Agent).await;
    assert_eq!(it.call(&ben, Method::DELETE, &path, None).await.0, StatusCode::FORBIDDEN);
    assert_eq!(it.call(&it.admin, Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(it.call(&it.admin, Method::DELETE, &path, None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(it.call(&it.admin, Method::DELETE, &queue, None).await.0, StatusCode::NO_CONTENT);
}
