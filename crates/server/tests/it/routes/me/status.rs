//! `PUT /me/status`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_pause_may_have_a_cause_and_nothing_else_may
}

async fn a_pause_may_have_a_cause_and_nothing_else_may(it: &TestApp) {
    let ben = it.user("Ben", Role::Agent).await;
    it.post(&it.admin, "/pause-causes", json!({ "name": "Dentist" })).await;
    let set = async |wish: Value| it.call(&ben, Method::PUT, "/me/status", Some(wish)).await;
    let (status, paused) = set(json!({ "status": "pause", "cause": "Dentist" })).await;
    assert_eq!(
        (status, &paused["status"], &paused["cause"]),
        (StatusCode::OK, &json!("pause"), &json!("Dentist"))
    );
    let (_, again) = set(json!({ "status": "pause", "cause": "Dentist" })).await;
    assert_eq!(again["since"], paused["since"], "sent twice it changes nothing");
    for bad in [json!({ "status": "online", "cause": "Dentist" }), json!({ "status": "pause", "cause": "Golf" })] {
        let (status, problem) = set(bad).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("/cause"))
        );
    }
    assert_eq!(set(json!({ "status": "online" })).await.1["cause"], Value::Null);
    let cora =
        json!({ "email": "cora@example.org", "name": "Cora", "role": "supervisor", "password": "correct horse" });
    let cora = it.post(&it.admin, "/users", cora).await;
    let path = format!("/agents/{}/status", cora["id"].as_str().unwrap());
    let (status, _) = it.call(&it.admin, Method::PUT, &path, Some(json!({ "status": "online" }))).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "she takes no chats");
}
