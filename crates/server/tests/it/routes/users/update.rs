//! `PATCH /users/{id}`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{PASSWORD, TestApp, cookie};
use crate::routes::on_both_engines;

on_both_engines! {
    another_password_ends_sessions_tokens_and_streams
    a_password_from_the_command_line_ends_them_too
    roles_change_and_the_last_administrator_stays_one
}

async fn roles_change_and_the_last_administrator_stays_one(it: &TestApp) {
    let cora = super::cora(it).await;
    let path = format!("/users/{}", cora["id"].as_str().unwrap());
    let patch = async |path: &str, change: Value| it.call(&it.admin, Method::PATCH, path, Some(change)).await;
    let (status, changed) =
        patch(&path, json!({ "role": "supervisor", "agent": false, "version": cora["version"] })).await;
    assert_eq!(
        (status, &changed["role"], &changed["agent"]),
        (StatusCode::OK, &json!("supervisor"), &json!(false))
    );
    let (status, stale) = patch(&path, json!({ "name": "C.", "version": cora["version"] })).await;
    assert_eq!((status, &stale["current"]["role"]), (StatusCode::CONFLICT, &json!("supervisor")));
    let (status, problem) = patch(&path, json!({ "email": "anna.admin@example.org" })).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::CONFLICT, &json!("/email")));
    assert_eq!(patch(&path, json!({ "password": "short" })).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let own = format!("/users/{}", it.get(&it.admin, "/me").await["user"]["id"].as_str().unwrap());
    let (status, problem) = patch(&own, json!({ "role": "supervisor" })).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem["detail"].as_str().unwrap().contains("last administrator"), "{problem}");
    assert_eq!(patch("/users/1", json!({})).await.0, StatusCode::NOT_FOUND);
}

async fn another_password_ends_sessions_tokens_and_streams(it: &TestApp) {
    let cora = it.person("Cora", Role::Agent).await;
    let path = format!("/users/{}", cora["id"].as_str().unwrap());
    let give = async || {
        let email = "cora@example.org";
        let (_, token, _) = it.command(&["token", "create", "--user", email], &[]).await;
        token.trim().to_owned()
    };
    let is_dead = async |token: &str| it.call(token, Method::GET, "/me", None).await.0 == StatusCode::UNAUTHORIZED;
    let token = give().await;
    let session = cookie(&it.sign_in("cora@example.org", PASSWORD, &[]).await);
    let events = it.http().get(format!("{}/api/v1/events", it.url)).bearer_auth(&token).send().await.unwrap();
    assert_eq!((events.status(), it.streams(&cora)), (StatusCode::OK, 1));
    // By an administrator.
    let change = json!({ "password": "battery staple" });
    assert_eq!(it.call(&it.admin, Method::PATCH, &path, Some(change)).await.0, StatusCode::OK);
    assert!(is_dead(&token).await);
    let me = it.http().get(format!("{}/api/v1/me", it.url)).header("cookie", session).send().await.unwrap();
    assert_eq!(me.status(), StatusCode::UNAUTHORIZED);
    // It ends, and the test with it.
    events.bytes().await.unwrap();
    assert_eq!(it.streams(&cora), 0);
    // By oneself: what it was changed with stays.
    let (token, other) = (give().await, give().await);
    let change = json!({ "current": "battery staple", "password": "correct horse" });
    assert_eq!(it.call(&token, Method::PUT, "/me/password", Some(change)).await.0, StatusCode::NO_CONTENT);
    assert!(!is_dead(&token).await && is_dead(&other).await);
    // A new name is no reason.
    assert_eq!(it.call(&it.admin, Method::PATCH, &path, Some(json!({ "name": "C." }))).await.0, StatusCode::OK);
    assert!(!is_dead(&token).await);
}

async fn a_password_from_the_command_line_ends_them_too(it: &TestApp) {
    let cora = it.person("Cora", Role::Agent).await;
    let (_, token, _) = it.command(&["token", "create", "--user", "cora@example.org"], &[]).await;
    let token = token.trim();
    let session = cookie(&it.sign_in("cora@example.org", PASSWORD, &[]).await);
    let by_session = async || {
        let me = it.http().get(format!("{}/api/v1/me", it.url)).header("cookie", &session);
        me.send().await.unwrap().status()
    };
    assert_eq!(
        (it.call(token, Method::GET, "/me", None).await.0, by_session().await),
        (StatusCode::OK, StatusCode::OK)
    );
    let events = it.http().get(format!("{}/api/v1/events", it.url)).bearer_auth(token).send().await.unwrap();
    assert_eq!(it.streams(&cora), 1);
    let words = ["user", "passwd", "--email", "cora@example.org", "--password-stdin"];
    let (code, out, problem) = it.command_reading("battery staple\n", &words).await;
    assert_eq!(code, Some(0), "{problem}");
    assert!(out.contains("sessions and API tokens have ended"), "{out}");
    assert_eq!(it.call(token, Method::GET, "/me", None).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(by_session().await, StatusCode::UNAUTHORIZED);
    // It ends, and the test with it.
    events.bytes().await.unwrap();
    assert_eq!(it.sign_in("cora@example.org", "battery staple", &[]).await.status(), StatusCode::OK);
}
