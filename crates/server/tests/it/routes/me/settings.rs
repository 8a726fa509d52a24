//! `GET /me/settings`, `PATCH /me/settings`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    everyone_has_settings_of_their_own
    a_role_that_answers_no_customers_has_settings_and_tokens_too
    bad_settings_are_named_by_their_place_and_change_nothing
}

async fn everyone_has_settings_of_their_own(it: &TestApp) {
    let ben = it.user("Ben", Role::Agent).await;
    let mut expected = json!({ "language": null, "theme": "system",
        "sounds": { "offers": true, "messages": true, "volume": 100 },
        "notifications": { "offers": true, "messages": true, "flows": true }, "quiet_hours": null, "version": 0 });
    let first = it.get(&ben, "/me/settings").await;
    expected["push_public_key"] = first["push_public_key"].clone();
    assert_eq!(first, expected);
    let quiet = json!({ "days": ["mon", "fri"], "from": "22:00", "to": "07:00", "time_zone": "Europe/Kyiv" });
    for (change, pointer, value) in [
        (json!({ "language": "uk" }), "/language", json!("uk")),
        (json!({ "theme": "dark" }), "/theme", json!("dark")),
        (json!({ "sounds": { "volume": 40 } }), "/sounds/volume", json!(40)),
        (json!({ "sounds": { "messages": false } }), "/sounds/messages", json!(false)),
        (json!({ "notifications": { "offers": false } }), "/notifications/offers", json!(false)),
        (json!({ "notifications": { "flows": false } }), "/notifications/flows", json!(false)),
        (json!({ "quiet_hours": quiet }), "/quiet_hours", quiet.clone()),
        (json!({ "quiet_hours": null }), "/quiet_hours", json!(null)),
        (json!({ "language": null }), "/language", json!(null)),
    ] {
        let mut request = change;
        request["version"] = expected["version"].clone();
        let (status, changed) = it.call(&ben, Method::PATCH, "/me/settings", Some(request.clone())).await;
        *expected.pointer_mut(pointer).unwrap() = value;
        expected["version"] = json!(expected["version"].as_i64().unwrap() + 1);
        assert_eq!((status, &changed), (StatusCode::OK, &expected), "{request}");
        let (status, stale) = it.call(&ben, Method::PATCH, "/me/settings", Some(request)).await;
        assert_eq!((status, &stale["current"]), (StatusCode::CONFLICT, &expected));
    }
    assert_eq!(it.get(&ben, "/me/settings").await, expected);
    assert_eq!(it.get(&it.admin, "/me/settings").await["version"], 0, "those of another stay");
    // Two screens at the same time: without a version, neither overwrites the changes of the other.
    let change = async |change| it.call(&it.admin, Method::PATCH, "/me/settings", Some(change)).await.0;
    let (one, two) = tokio::join!(change(json!({ "theme": "light" })), change(json!({ "language": "en" })));
    assert_eq!((one, two), (StatusCode::OK, StatusCode::OK));
    let both = it.get(&it.admin, "/me/settings").await;
    assert_eq!((&both["theme"], &both["language"], &both["version"]), (&json!("light"), &json!("en"), &json!(2)));
}

async fn bad_settings_are_named_by_their_place_and_change_nothing(it: &TestApp) {
    let before = it.get(&it.admin, "/me/settings").await;
    let quiet = |field: &str, value| {
        let mut quiet = json!({ "from": "22:00", "to": "07:00", "time_zone": "UTC" });
        quiet[field] = value;
        json!({ "theme": "dark", "quiet_hours": quiet })
    };
    for (change, pointer) in [
        (json!({ "theme": "dark", "sounds": { "volume": 101 } }), "/sounds/volume"),
        (json!({ "theme": "dark", "language": "tlh" }), "/language"),
        (json!({ "theme": "dark", "colour": "red" }), "/colour"),
        (json!({ "theme": "dark", "sounds": { "bell": true } }), "/sounds/bell"),
        (quiet("time_zone", json!("Mars/Base")), "/quiet_hours/time_zone"),
        (quiet("to", json!("22:00")), "/quiet_hours/to"),
        (quiet("days", json!([])), "/quiet_hours/days"),
        (quiet("from", json!("25:00")), "/quiet_hours/from"),
    ] {
        let (status, problem) = it.call(&it.admin, Method::PATCH, "/me/settings", Some(change.clone())).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(pointer)),
            "{change}: {problem}"
        );
    }
    assert_eq!(it.get(&it.admin, "/me/settings").await, before);
}

async fn a_role_that_answers_no_customers_has_settings_and_tokens_too(it: &TestApp) {
    let role = json!({ "name": "Reader", "permissions": ["see_all"] });
    let role = it.post(&it.admin, "/roles", role).await["id"].clone();
    let person = it.person("Rita", Role::Agent).await;
    let path = format!("/users/{}", person["id"].as_str().unwrap());
    let (status, answer) = it.call(&it.admin, Method::PATCH, &path, Some(json!({ "role": role }))).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let token = it.makes_token("rita@example.org", "Script").await["token"].as_str().unwrap().to_owned();
    let (status, settings) =
        it.call(&token, Method::PATCH, "/me/settings", Some(json!({ "language": "uk" }))).await;
    assert_eq!((status, &settings["language"]), (StatusCode::OK, &json!("uk")), "{settings}");
    for (path, expected) in
        [("/me/picture", StatusCode::OK), ("/tokens", StatusCode::OK), ("/queues", StatusCode::FORBIDDEN)]
    {
        assert_eq!(it.call(&token, Method::GET, path, None).await.0, expected, "{path}");
    }
    let new = json!({ "current": crate::app::PASSWORD, "password": "correct horses" });
    assert_eq!(it.call(&token, Method::PUT, "/me/password", Some(new)).await.0, StatusCode::NO_CONTENT);
}
