//! `PATCH /pause-causes/{id}`

use domain::role::Role;
use domain::time::MINUTE;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::routes::on_both_engines;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stale_version_does_not_overwrite() {
    let it = TestApp::start().await;
    let cause = it.post(&it.admin, "/pause-causes", json!({ "name": "Dentist" })).await;
    let path = format!("/pause-causes/{}", cause["id"].as_str().unwrap());
    let change = json!({ "name": "Doctor", "version": cause["version"] });
    let (status, changed) = it.call(&it.admin, Method::PATCH, &path, Some(change.clone())).await;
    assert_eq!((status, &changed["name"]), (StatusCode::OK, &"Doctor".into()));
    let (status, stale) = it.call(&it.admin, Method::PATCH, &path, Some(change)).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(stale["current"], changed);
    it.stop().await;
}

on_both_engines! {
    a_daily_limit_is_counted_shown_and_by_setting_refused
}

async fn a_daily_limit_is_counted_shown_and_by_setting_refused(it: &TestApp) {
    let zone = json!({ "time_zone": "Europe/Kyiv" });
    it.call(&it.admin, Method::PATCH, "/settings", Some(zone)).await;
    let cause = it.post(&it.admin, "/pause-causes", json!({ "name": "Dentist", "daily_minutes": 30 })).await;
    let path = format!("/pause-causes/{}", cause["id"].as_str().unwrap());
    let change = async |change: Value| it.call(&it.admin, Method::PATCH, &path, Some(change)).await;
    let (status, problem) = change(json!({ "daily_minutes": 1_441 })).await;
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/daily_minutes"))
    );
    // The test begins at the beginning of a day in Kyiv, so that no break of it is cut by midnight.
    let today = it.clock.now().day(&jiff::tz::TimeZone::get("Europe/Kyiv").unwrap()).start;
    it.clock.advance(today.plus(25 * 60 * MINUTE).since(it.clock.now()));
    let ben = it.user("Ben", Role::Agent).await;
    let set = async |token: &str, path: &str, status: Value| it.call(token, Method::PUT, path, Some(status)).await;
    let pause = async || set(&ben, "/me/status", json!({ "status": "pause", "cause": "Dentist" })).await;
    let used = async || {
        let causes = it.get(&ben, "/pause-causes").await;
        let found = causes["items"].as_array().unwrap().iter().find(|it| it["name"] == "Dentist").cloned();
        found.unwrap()["used_today_seconds"].as_i64().unwrap()
    };
    let (status, paused) = pause().await;
    assert_eq!(status, StatusCode::OK);
    let limit_at = |paused: &Value| paused["limit_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let since = paused["since"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert_eq!(limit_at(&paused).duration_since(since).as_mins(), 30);
    let board = it.get(&it.admin, "/wallboard").await;
    let figures = board["agents"].as_array().unwrap().iter().find(|agent| agent["name"] == "Ben").unwrap().clone();
    assert_eq!(figures["limit_at"], paused["limit_at"]);
    it.clock.advance(20 * MINUTE);
    set(&ben, "/me/status", json!({ "status": "online" })).await;
    assert!((1_200..1_260).contains(&used().await));
    // The name may change in between.
    assert_eq!(change(json!({ "name": "Doctor" })).await.0, StatusCode::OK);
    assert_eq!(change(json!({ "name": "Dentist" })).await.0, StatusCode::OK);
    pause().await;
    it.clock.advance(15 * MINUTE);
    set(&ben, "/me/status", json!({ "status": "online" })).await;
    // Over the limit: shown, and allowed …
    let (status, paused) = pause().await;
    assert_eq!((status, &paused["limit_at"]), (StatusCode::OK, &paused["since"]));
    set(&ben, "/me/status", json!({ "status": "online" })).await;
    // … until it is refused, except by a supervisor.
    assert_eq!(change(json!({ "refuses": true })).await.0, StatusCode::OK);
    let (status, problem) = pause().await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem["detail"].as_str().unwrap().contains("30 minutes"), "{problem}");
    let agents = it.get(&it.admin, "/agents").await;
    let id = agents["items"].as_array().unwrap().iter().find(|it| it["name"] == "Ben").unwrap()["id"].clone();
    let of_ben = format!("/agents/{}/status", id.as_str().unwrap());
    let by_admin = set(&it.admin, &of_ben, json!({ "status": "pause", "cause": "Dentist" })).await;
    assert_eq!(by_admin.0, StatusCode::OK);
    set(&ben, "/me/status", json!({ "status": "online" })).await;
    // A new day has new minutes.
    it.clock.advance(24 * 60 * MINUTE);
    assert_eq!(used().await, 0);
    assert_eq!(pause().await.0, StatusCode::OK);
}
