//! `GET /users/{id}/sessions`, `DELETE /users/{id}/sessions`, `DELETE /users/{id}/sessions/{session_id}`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{PASSWORD, TestApp, cookie};
use crate::routes::on_both_engines;

on_both_engines! {
    an_administrator_signs_a_user_out_in_one_browser_or_in_all
}

async fn an_administrator_signs_a_user_out_in_one_browser_or_in_all(it: &TestApp) {
    let cora = it.person("Cora", Role::Agent).await;
    let mut cookies = Vec::new();
    for _ in 0..3 {
        cookies.push(cookie(&it.sign_in("cora@example.org", PASSWORD, &[]).await));
    }
    let alive = async || {
        let mut alive = Vec::new();
        for cookie in &cookies {
            let me = it.http().get(format!("{}/api/v1/me", it.url)).header("cookie", cookie).send().await.unwrap();
            alive.push(me.status() == StatusCode::OK);
        }
        alive
    };
    let path = format!("/users/{}/sessions", cora["id"].as_str().unwrap());
    let list = it.get(&it.admin, &path).await;
    let sessions = list["items"].as_array().unwrap();
    assert_eq!(sessions.len(), 3);
    assert_eq!((&sessions[0]["address"], &sessions[0]["current"]), (&json!("127.0.0.1"), &json!(false)));
    assert!(!list.to_string().contains("hash"), "{list}");
    let end = async |path: &str| it.call(&it.admin, Method::DELETE, path, None).await.0;
    // The newest comes first.
    let newest = format!("{path}/{}", sessions[0]["id"].as_str().unwrap());
    assert_eq!(end(&newest).await, StatusCode::NO_CONTENT);
    assert_eq!(alive().await, [true, true, false]);
    assert_eq!(end(&newest).await, StatusCode::NOT_FOUND);
    let sue = it.user("Sue", Role::Supervisor).await;
    assert_eq!(it.call(&sue, Method::GET, &path, None).await.0, StatusCode::FORBIDDEN);
    assert_eq!(it.call(&sue, Method::DELETE, &path, None).await.0, StatusCode::FORBIDDEN);
    assert_eq!(end(&path).await, StatusCode::NO_CONTENT);
    assert_eq!(alive().await, [false, false, false]);
    assert_eq!(it.get(&it.admin, &path).await["items"], json!([]));
    assert_eq!(it.call(&it.admin, Method::GET, "/users/1/sessions", None).await.0, StatusCode::NOT_FOUND);

    // An administrator who signs out everywhere else stays here.
    let dora = it.person("Dora", Role::Administrator).await;
    let here = cookie(&it.sign_in("dora@example.org", PASSWORD, &[]).await);
    let there = cookie(&it.sign_in("dora@example.org", PASSWORD, &[]).await);
    let path = format!("{}/api/v1/users/{}/sessions", it.url, dora["id"].as_str().unwrap());
    let with = async |method: Method, cookie: &str| {
        let request = it.http().request(method, &path).header("cookie", cookie).header("origin", &it.url);
        request.send().await.unwrap()
    };
    assert_eq!(with(Method::DELETE, &here).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(with(Method::GET, &there).await.status(), StatusCode::UNAUTHORIZED);
    let left: Value = with(Method::GET, &here).await.json().await.unwrap();
    assert_eq!((left["items"].as_array().unwrap().len(), &left["items"][0]["current"]), (1, &json!(true)));
}
