//! `PUT /me/password`

use domain::role::Role;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_cannot_be_guessed_with_a_token_for_each_guess() {
    let it = TestApp::start().await;
    let ben = it.user("Ben", Role::Agent).await;
    let guess = async |token: &str| {
        let body = json!({ "current": "a wrong guess", "password": "battery staple" });
        it.call(token, Method::PUT, "/me/password", Some(body)).await.0
    };
    let mut answers = Vec::new();
    for n in 0..8 {
        let token = it.post(&ben, "/tokens", json!({ "name": format!("guess {n}") })).await;
        answers.push(guess(token["token"].as_str().unwrap()).await);
    }
    assert_eq!(answers[0], StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answers[7], StatusCode::TOO_MANY_REQUESTS);
    // Guesses about one user are no reason to keep another waiting.
    let cora = it.user("Cora", Role::Agent).await;
    assert_eq!(guess(&cora).await, StatusCode::UNPROCESSABLE_ENTITY);
    let audit = it.get(&it.admin, "/audit?action=user.password.refuse").await;
    let refused = answers.iter().filter(|status| **status == StatusCode::UNPROCESSABLE_ENTITY).count() + 1;
    assert_eq!(audit["items"].as_array().unwrap().len(), refused, "{audit}");
    it.stop().await;
}
