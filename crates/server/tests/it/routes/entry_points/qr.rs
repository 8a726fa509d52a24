//! `GET /entry-points/{id}/qr`

use reqwest::{Method, StatusCode};

use crate::app::TestApp;

use super::{made, path};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_as_it_was_made() {
    let it = TestApp::start().await;
    it.connected().await;
    let made = made(&it).await;
    let path = path(&made);
    assert!(made["qr_url"].as_str().unwrap().ends_with(&format!("/api/v1{path}/qr")), "{made}");
    let url = format!("{}{}", it.url, made["qr_url"].as_str().unwrap());
    let answer = it.http().get(url).bearer_auth(&it.admin).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "image/svg+xml");
    assert!(answer.text().await.unwrap().starts_with("<svg"));
    let other = format!("{path}/qr?account_id=1");
    assert_eq!(it.call(&it.admin, Method::GET, &other, None).await.0, StatusCode::NOT_FOUND);
    it.stop().await;
}
