//! `DELETE /session`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_ends_the_session_and_a_token_is_none() {
    let it = TestApp::start().await;
    let user =
        json!({ "email": "cora@example.org", "name": "Cora", "role": "agent", "password": "correct horse" });
    it.post(&it.admin, "/users", user).await;
    let sign_in = async |password: &str| {
        let request =
            it.http().request(Method::POST, format!("{}/api/v1/session", it.url)).header("origin", &it.url);
        request.json(&json!({ "email": "Cora@Example.org", "password": password })).send().await.unwrap()
    };
    let cookie = sign_in("correct horse").await.headers()["set-cookie"].to_str().unwrap().to_owned();
    let with_cookie = |method: Method, path: &str| {
        it.http()
            .request(method, format!("{}/api/v1{path}", it.url))
            .header("cookie", &cookie)
            .header("origin", &it.url)
            .send()
    };
    let ended = with_cookie(Method::DELETE, "/session").await.unwrap();
    assert_eq!(ended.status(), StatusCode::NO_CONTENT);
    assert!(ended.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(ended.headers()["clear-site-data"], "\"cache\"", "files of the user go with the session");
    let log = it.get(&it.admin, "/audit?action=session.delete").await;
    assert_eq!(log["items"][0]["user"]["name"], "Cora");
    assert_eq!(with_cookie(Method::GET, "/me").await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(it.call(&it.admin, Method::DELETE, "/session", None).await.0, StatusCode::CONFLICT);
    it.stop().await;
}
