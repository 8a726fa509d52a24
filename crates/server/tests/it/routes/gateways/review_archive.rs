//! `GET /gateways/{id}/review/archive`

use std::io::Cursor;

use domain::role::Role;
use reqwest::{Method, StatusCode, header};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    the_archive_is_a_zip_with_an_index_and_is_audited
}

async fn the_archive_is_a_zip_with_an_index_and_is_audited(it: &TestApp) {
    let gateway = it.gateway_id().await;
    let path = format!("/gateways/{gateway}/review/archive");
    let response = it.http().get(format!("{}/api/v1{path}", it.url)).bearer_auth(&it.admin).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/zip");
    let bytes = response.bytes().await.unwrap();
    let archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let names: Vec<_> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    assert!(names.iter().any(|name| name.ends_with("index.html")), "{names:?}");
    let audit = it.get(&it.admin, "/audit").await;
    assert_eq!(audit["items"][0]["action"], "review.export", "{audit}");
    let sue = it.user("Sue", Role::Supervisor).await;
    assert_eq!(it.call(&sue, Method::GET, &path, None).await.0, StatusCode::FORBIDDEN);
}
