//! `PATCH /settings`

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    the_words_of_opting_out_are_changed_as_a_whole
    the_time_zone_is_that_of_the_first_calendar_until_it_is_set
    days_have_limits_and_a_stale_version_is_refused
}

async fn days_have_limits_and_a_stale_version_is_refused(it: &TestApp) {
    let before = it.get(&it.admin, "/settings").await;
    let patch = async |change: Value| it.call(&it.admin, Method::PATCH, "/settings", Some(change)).await;
    let (status, after) = patch(json!({ "media_days": 12, "version": before["version"] })).await;
    assert_eq!(
        (status, &after["media_days"], &after["audit_days"]),
        (StatusCode::OK, &json!(12), &before["audit_days"])
    );
    let (status, stale) = patch(json!({ "media_days": 13, "version": before["version"] })).await;
    assert_eq!((status, &stale["current"]), (StatusCode::CONFLICT, &after));
    let (status, problem) = patch(json!({ "deliveries_days": 0, "audit_days": 29 })).await;
    let pointers: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!((status, pointers), (StatusCode::UNPROCESSABLE_ENTITY, vec!["/deliveries_days", "/audit_days"]));
}

async fn the_words_of_opting_out_are_changed_as_a_whole(it: &TestApp) {
    let patch = async |change: Value| it.call(&it.admin, Method::PATCH, "/settings", Some(change)).await;
    let before = it.get(&it.admin, "/settings").await;
    assert_eq!(before["opt_out_words"]["stop"]["en"], json!(["stop", "unsubscribe"]));
    let words = json!({ "stop": { "de": ["halt"] }, "start": { "de": ["weiter"] } });
    let (status, after) = patch(json!({ "opt_out_words": words })).await;
    assert_eq!((status, &after["opt_out_words"]), (StatusCode::OK, &words), "{after}");
    assert_eq!((&after["media_days"], &it.get(&it.admin, "/settings").await), (&before["media_days"], &after));
    let both = json!({ "stop": { "de": ["halt"] }, "start": { "de": ["Halt"] } });
    let (status, problem) = patch(json!({ "opt_out_words": both })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["pointer"], "/opt_out_words/start", "{problem}");
}

async fn the_time_zone_is_that_of_the_first_calendar_until_it_is_set(it: &TestApp) {
    let zone = async || {
        let (settings, me) = (it.get(&it.admin, "/settings").await, it.get(&it.admin, "/me").await);
        let report = it.get(&it.admin, "/reports/volume").await;
        assert_eq!((&me["time_zone"], &report["time_zone"]), (&settings["time_zone"], &settings["time_zone"]));
        settings["time_zone"].as_str().unwrap().to_owned()
    };
    assert_eq!(zone().await, "UTC");
    let calendar = json!({ "name": "Office", "time_zone": "Europe/Kyiv",
        "hours": [{ "days": ["mon"], "from": "09:00", "to": "18:00" }], "exceptions": [] });
    it.post(&it.admin, "/calendars", calendar).await;
    it.until("the calendar's time zone", async || (zone().await == "Europe/Kyiv").then_some(())).await;
    let patch = async |zone: &str| {
        it.call(&it.admin, Method::PATCH, "/settings", Some(json!({ "time_zone": zone }))).await
    };
    assert_eq!(patch("Asia/Tokyo").await.1["time_zone"], "Asia/Tokyo");
    assert_eq!(zone().await, "Asia/Tokyo");
    let (status, problem) = patch("Mars/Olympus").await;
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/time_zone"))
    );
}
