//! `GET /contacts/{id}/export`

use reqwest::{Method, StatusCode};

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    everything_about_a_contact_is_one_zip_and_the_audit_log_says_so
}

async fn everything_about_a_contact_is_one_zip_and_the_audit_log_says_so(it: &TestApp) {
    let (ben, conversation, _) = active(it).await;
    let contact = it.get(&ben, &format!("/conversations/{conversation}")).await["contact"]["id"].clone();
    let path = format!("/contacts/{}", contact.as_str().unwrap());
    let url = format!("{}/api/v1{path}/export", it.url);
    let response = it.http().get(url).bearer_auth(&it.admin).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "application/zip");
    assert!(response.bytes().await.unwrap().starts_with(b"PK"));
    let log = it.get(&it.admin, "/audit?action=contact.export").await;
    assert_eq!(log["items"][0]["object"], format!("contact {}", contact.as_str().unwrap()));
    assert_eq!(it.call(&ben, Method::GET, &format!("{path}/export"), None).await.0, StatusCode::FORBIDDEN);
    assert_eq!(it.call(&it.admin, Method::GET, "/contacts/1/export", None).await.0, StatusCode::NOT_FOUND);
}
