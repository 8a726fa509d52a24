//! `GET /gateways/{id}/review/documents/{name}`

use reqwest::{Method, StatusCode, header};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_document_has_its_own_type_and_is_never_cached
}

async fn a_document_has_its_own_type_and_is_never_cached(it: &TestApp) {
    let path = format!("/gateways/{}/review/documents", it.gateway_id().await);
    for (name, kind) in [("instructions.txt", "text/plain"), ("instructions.html", "text/html")] {
        let url = format!("{}/api/v1{path}/{name}", it.url);
        let response = it.http().get(url).bearer_auth(&it.admin).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{name}");
        let shown = response.headers()[header::CONTENT_TYPE].to_str().unwrap();
        assert!(shown.starts_with(kind), "{name}: {shown}");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store", "{name} may hold a password");
        assert!(!response.text().await.unwrap().is_empty(), "{name}");
    }
    let (status, _) = it.call(&it.admin, Method::GET, &format!("{path}/secrets.txt"), None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
