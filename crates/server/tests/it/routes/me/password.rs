//! `PUT /me/password`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_present_password_is_asked_for() {
    let it = TestApp::start().await;
    let user =
        json!({ "email": "cora@example.org", "name": "Cora", "role": "agent", "password": "correct horse" });
    it.post(&it.admin, "/users", user).await;
    let sign_in = async |password: &str| {
        let request =
            it.http().request(Method::POST, format!("{}/api/v1/session", it.url)).header("origin", &it.url);
        request.json(&json!({ "email": "Cora@Example.org", "password": password })).send().await.unwrap()
    };
    let signed_in = sign_in("correct horse").await;
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap().to_owned();
    let change = async |current: &str, password: &str| {
        let request = it.http().put(format!("{}/api/v1/me/password", it.url)).header("cookie", &cookie);
        let body = json!({ "current": current, "password": password });
        request.header("origin", &it.url).json(&body).send().await.unwrap().status()
    };
    assert_eq!(change("wrong horse", "battery staple").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(change("correct horse", "short").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(change("correct horse", "battery staple").await, StatusCode::NO_CONTENT);
    assert_eq!(sign_in("battery staple").await.status(), StatusCode::OK);
    it.stop().await;
}
