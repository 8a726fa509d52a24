//! `POST /calendars`

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::office;
use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_calendar_is_stored_as_it_was_sent
    what_cannot_be_right_is_named
}

async fn a_calendar_is_stored_as_it_was_sent(it: &TestApp) {
    let made = it.post(&it.admin, "/calendars", office()).await;
    for (field, value) in office().as_object().unwrap() {
        assert_eq!(&made[field], value, "{field}");
    }
    assert_eq!(it.call(&it.admin, Method::POST, "/calendars", Some(office())).await.0, StatusCode::CONFLICT);
    let lower = json!({ "name": "Lower", "time_zone": "europe/kyiv" });
    assert_eq!(it.post(&it.admin, "/calendars", lower).await["time_zone"], "Europe/Kyiv");
}

async fn what_cannot_be_right_is_named(it: &TestApp) {
    let hours = |hours: Value| json!({ "hours": [hours] });
    let exception = |exception: Value| json!({ "exceptions": [exception] });
    for (change, pointer) in [
        (json!({ "name": " " }), "/name"),
        (json!({ "time_zone": "Mars/Olympus" }), "/time_zone"),
        (json!({ "time_zone": "" }), "/time_zone"),
        (hours(json!({ "days": [], "from": "09:00", "to": "18:00" })), "/hours/0/days"),
        (hours(json!({ "days": ["someday"], "from": "09:00", "to": "18:00" })), "/hours/0/days/0"),
        (hours(json!({ "days": ["mon"], "from": "9", "to": "18:00" })), "/hours/0/from"),
        (hours(json!({ "days": ["mon"], "from": "09:00", "to": "24:30" })), "/hours/0/to"),
        (hours(json!({ "days": ["mon"], "from": "09:00", "to": "09:00" })), "/hours/0/to"),
        (exception(json!({ "date": "2026-02-30", "name": "None" })), "/exceptions/0/date"),
        (exception(json!({ "date": "2026-02-20", "name": "" })), "/exceptions/0/name"),
        (exception(json!({ "date": "2026-02-20", "name": "Half", "from": "09:00" })), "/exceptions/0/to"),
        (exception(json!({ "date": "2026-02-20", "name": "Half", "to": "09:00" })), "/exceptions/0/from"),
    ] {
        let mut calendar = office();
        for (field, value) in change.as_object().unwrap() {
            calendar[field] = value.clone();
        }
        let (status, problem) = it.call(&it.admin, Method::POST, "/calendars", Some(calendar)).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &pointer.into()),
            "{problem}"
        );
    }
    assert_eq!(it.get(&it.admin, "/calendars").await["items"], json!([]));
}
