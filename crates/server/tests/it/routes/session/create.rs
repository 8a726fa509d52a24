//! `POST /session`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{PASSWORD, TestApp};
use crate::routes::on_both_engines;

on_both_engines! {
    every_try_is_in_the_audit_log
}

async fn every_try_is_in_the_audit_log(it: &TestApp) {
    let user = it.person("Cora", Role::Agent).await;
    for (email, password, status) in [
        ("unknown@example.org", PASSWORD, StatusCode::UNAUTHORIZED),
        ("cora@example.org", "wrong horse", StatusCode::UNAUTHORIZED),
        ("cora@example.org", PASSWORD, StatusCode::OK),
    ] {
        assert_eq!(it.sign_in(email, password, &[]).await.status(), status);
    }
    let log = it.get(&it.admin, "/audit?action=session").await;
    let line = |n: usize| (log["items"][n]["action"].as_str().unwrap(), &log["items"][n]["user"]["id"]);
    assert_eq!(line(0), ("session.create", &user["id"]));
    assert_eq!(line(1), ("session.refuse", &user["id"]));
    assert_eq!(line(2), ("session.refuse", &Value::Null));
    assert_eq!(log["items"][0]["detail"], "127.0.0.1");
    let text = log.to_string();
    assert!(!text.contains("horse") && !text.contains("unknown@"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_a_cookie_that_scripts_cannot_read() {
    let it = TestApp::start().await;
    let user =
        json!({ "email": "cora@example.org", "name": "Cora", "role": "agent", "password": "correct horse" });
    it.post(&it.admin, "/users", user).await;
    let sign_in = async |password: &str| {
        let request =
            it.http().request(Method::POST, format!("{}/api/v1/session", it.url)).header("origin", &it.url);
        request.json(&json!({ "email": "Cora@Example.org", "password": password })).send().await.unwrap()
    };
    assert_eq!(sign_in("wrong horse").await.status(), StatusCode::UNAUTHORIZED);
    let answer = sign_in("correct horse").await;
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in ["deskbell=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    assert!(!cookie.contains("Secure"), "this installation is served by http: {cookie}");
    let me = it.http().get(format!("{}/api/v1/me", it.url)).header("cookie", format!("other=1; {cookie}"));
    assert_eq!(me.send().await.unwrap().status(), StatusCode::OK);
    it.stop().await;
}
