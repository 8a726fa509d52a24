//! `GET /conversations/{id}/messages`, `POST /conversations/{id}/messages`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    the_thread_is_read_forwards_and_backwards
    what_is_said_twice_under_one_key_is_one_message
}

async fn the_thread_is_read_forwards_and_backwards(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let path = format!("/conversations/{id}/messages");
    for text in ["One", "Two"] {
        it.post(&ben, &path, json!({ "text": text })).await;
    }
    let newest = it.get(&ben, &format!("{path}?before=end&limit=2")).await;
    assert_eq!((&newest["items"][0]["text"], &newest["items"][1]["text"]), (&json!("One"), &json!("Two")));
    let older = newest["previous"].as_str().unwrap();
    let older = it.get(&ben, &format!("{path}?before={older}&limit=1")).await;
    assert_eq!(older["items"].as_array().map(Vec::len), Some(1));
    let oldest = it.get(&ben, &format!("{path}?limit=1")).await;
    assert!(oldest["next"].is_string() && oldest["previous"].is_null());
    assert_eq!(it.call(&ben, Method::GET, &format!("{path}?before=x"), None).await.0, StatusCode::BAD_REQUEST);
    let carla = it.user("Carla", Role::Agent).await;
    assert_eq!(it.call(&carla, Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
}

async fn what_is_said_twice_under_one_key_is_one_message(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let path = format!("/conversations/{id}/messages");
    let sent = json!({ "text": "Good morning", "client_id": "k1" });
    let (status, first) = it.call(&ben, Method::POST, &path, Some(sent.clone())).await;
    assert_eq!(
        (status, &first["status"], &first["kind"]),
        (StatusCode::CREATED, &json!("queued"), &json!("text"))
    );
    assert_eq!(it.post(&ben, &path, sent).await["id"], first["id"]);
    let (status, problem) = it.call(&ben, Method::POST, &path, Some(json!({ "text": " " }))).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/text")));
    let sue = it.user("Sue", Role::Supervisor).await;
    let (status, _) = it.call(&sue, Method::POST, &path, Some(json!({ "text": "Me too" }))).await;
    assert_eq!(status, StatusCode::CONFLICT, "another agent holds it");
    let (status, _) = it.call(&ben, Method::POST, "/conversations/1/messages", Some(json!({ "text": "?" }))).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
