//! `GET /gateways/{id}/pages`, `DELETE /gateways/{id}/pages/{page_id}`, `PATCH /gateways/{id}/pages/{page_id}`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::{LAVKA, TestApp};
use crate::routes::on_both_engines;

on_both_engines! {
    a_page_is_switched_off_and_on_and_removed
}

async fn a_page_is_switched_off_and_on_and_removed(it: &TestApp) {
    let id = it.connected().await;
    let list = format!("/gateways/{id}/pages");
    let path = format!("{list}/{LAVKA}");
    let switch =
        async |on: bool| it.call(&it.admin, Method::PATCH, &path, Some(json!({ "subscribed": on }))).await;
    let (status, off) = switch(false).await;
    assert_eq!((status, &off["subscribed"], &off["usable"]), (StatusCode::OK, &json!(false), &json!(true)));
    assert_eq!(switch(true).await.1["subscribed"], true);
    let pages = it.get(&it.admin, &list).await;
    assert!(
        pages["items"].as_array().unwrap().iter().any(|page| page["id"] == LAVKA && page["subscribed"] == true)
    );
    assert_eq!(it.call(&it.admin, Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(switch(true).await.0, StatusCode::NOT_FOUND);
    assert_eq!(it.call(&it.admin, Method::DELETE, &path, None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(it.call(&it.admin, Method::GET, "/gateways/1/pages", None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(
        it.call(&it.admin, Method::GET, &format!("{list}?cursor=x"), None).await.0,
        StatusCode::BAD_REQUEST
    );
}
