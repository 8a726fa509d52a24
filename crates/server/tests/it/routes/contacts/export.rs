//! `GET /contacts/{id}/export`

use std::io::Cursor;

use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::app::TestApp;
use crate::fixture::{active, lines};
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
    let mut archive = zip::ZipArchive::new(Cursor::new(response.bytes().await.unwrap())).unwrap();
    let file = archive.by_name(&format!("conversations/{conversation}.json")).unwrap();
    let whole: Value = serde_json::from_reader(file).unwrap();
    let thread = it.get(&it.admin, &format!("/conversations/{conversation}/messages?limit=200")).await;
    assert_eq!(whole["id"], conversation.as_str());
    assert_eq!(lines(&whole["messages"]), lines(&thread["items"]), "in order, and all of them");
    let log = it.get(&it.admin, "/audit?action=contact.export").await;
    assert_eq!(log["items"][0]["object"], format!("contact {}", contact.as_str().unwrap()));
    assert_eq!(it.call(&ben, Method::GET, &format!("{path}/export"), None).await.0, StatusCode::FORBIDDEN);
    assert_eq!(it.call(&it.admin, Method::GET, "/contacts/1/export", None).await.0, StatusCode::NOT_FOUND);
}
