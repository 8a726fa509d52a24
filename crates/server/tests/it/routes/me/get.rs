//! `GET /me`

use domain::role::Role;
use domain::time::{HOUR, MINUTE};
use engine::clock::rfc3339;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    it_tells_who_one_is_and_what_one_may
    today_begins_where_the_viewer_is_and_counts_from_accept
    a_cookie_counts_beside_another_scheme_and_not_beside_a_dead_token
}

async fn a_cookie_counts_beside_another_scheme_and_not_beside_a_dead_token(it: &TestApp) {
    let cookie = it.signed_in("Cora", Role::Agent).await;
    let ask = async |authorization: &str, cookie: &str| {
        let request = it.http().get(format!("{}/api/v1/me", it.url)).header("authorization", authorization);
        request.header("cookie", cookie).send().await.unwrap().status()
    };
    assert_eq!(ask("Basic dXNlcjpwYXNz", &cookie).await, StatusCode::OK);
    assert_eq!(ask("Basic dXNlcjpwYXNz", "").await, StatusCode::UNAUTHORIZED);
    assert_eq!(ask("Bearer dbk_dead", &cookie).await, StatusCode::UNAUTHORIZED);
    assert_eq!(ask("Bearer", &cookie).await, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&format!("bearer {}", it.admin), "").await, StatusCode::OK);
}

async fn it_tells_who_one_is_and_what_one_may(it: &TestApp) {
    let ben = it.user("Ben", Role::Agent).await;
    let me = it.get(&ben, "/me").await;
    assert_eq!((&me["user"]["name"], &me["user"]["role"]), (&json!("Ben"), &json!("agent")));
    assert_eq!((&me["status"]["status"], &me["today"]["handled"]), (&json!("offline"), &json!(0)));
    let may = |me: &Value, permission: &str| me["permissions"].as_array().unwrap().contains(&json!(permission));
    assert!(may(&me, "answer") && !may(&me, "admin"));
    assert!(may(&it.get(&it.admin, "/me").await, "admin"));
    assert_eq!(it.call("dbk_wrong", Method::GET, "/me", None).await.0, StatusCode::UNAUTHORIZED);
}

async fn today_begins_where_the_viewer_is_and_counts_from_accept(it: &TestApp) {
    // The customer was with the bot and in the queue before.
    let (ben, id, _) = active(it).await;
    it.clock.advance(4 * MINUTE);
    let start = it.clock.now();
    it.post(&ben, &format!("/conversations/{id}/close"), json!({})).await;
    let today = async |since: String| it.get(&ben, &format!("/me?since={since}")).await["today"].clone();
    let figures = today(rfc3339(start.plus(-HOUR))).await;
    assert_eq!(figures["handled"], 1);
    let seconds = figures["average_handle_seconds"].as_i64().unwrap();
    assert!((240..300).contains(&seconds), "four minutes since the accept: {seconds}");
    let later = json!({ "handled": 0, "average_handle_seconds": 0 });
    assert_eq!(today(rfc3339(start.plus(HOUR))).await, later);
    assert_eq!(today("2100-01-01T00:00:00+02:00".into()).await, later, "an offset, its plus not escaped");
    let (status, problem) = it.call(&ben, Method::GET, "/me?since=yesterday", None).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
}
