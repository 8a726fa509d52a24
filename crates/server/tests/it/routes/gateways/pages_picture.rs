//! `GET /gateways/{id}/pages/{page_id}/picture`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::{LAVKA, TestApp};
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    a_page_shows_its_picture_to_those_who_see_a_conversation_of_it
}

async fn a_page_shows_its_picture_to_those_who_see_a_conversation_of_it(it: &TestApp) {
    let (ben, _, gateway) = active(it).await;
    let path = format!("/gateways/{gateway}/pages/{LAVKA}/picture");
    let read = it.http().get(format!("{}/api/v1{path}", it.url)).bearer_auth(&ben).send().await.unwrap();
    assert_eq!(read.status(), StatusCode::OK);
    assert!(read.headers()["content-type"].to_str().unwrap().starts_with("image/"));
    assert_eq!(read.headers()["x-content-type-options"], "nosniff");
    let carla = it.user("Carla", Role::Agent).await;
    assert_eq!(it.call(&carla, Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
    let none = format!("/gateways/{gateway}/pages/1/picture");
    assert_eq!(it.call(&it.admin, Method::GET, &none, None).await.0, StatusCode::NOT_FOUND);
    it.control(Method::POST, "/faults", json!({ "kind": "cdn", "status": 500 })).await;
    assert_eq!(it.call(&ben, Method::GET, &path, None).await.0, StatusCode::BAD_GATEWAY);
}
