//! `POST /conversations/{id}/macros/{macro_id}`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::macros::thanks;
use crate::routes::on_both_engines;

on_both_engines! {
    all_actions_of_a_macro_are_done_or_none
}

async fn all_actions_of_a_macro_are_done_or_none(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let carla = it.user("Carla", Role::Agent).await;
    it.post(&it.admin, "/close-reasons", json!({ "name": "Solved!" })).await;
    let label = it.post(&it.admin, "/labels", json!({ "name": "Happy" })).await["id"].as_str().unwrap().to_owned();
    let made = async |body: Value| it.post(&it.admin, "/macros", body).await["id"].as_str().unwrap().to_owned();
    let run = async |token: &str, id: &str, which: &str| {
        it.call(token, Method::POST, &format!("/conversations/{id}/macros/{which}"), None).await
    };
    let mut thanks = thanks();
    thanks["actions"].as_array_mut().unwrap().insert(0, json!({ "type": "label", "add": [label] }));
    thanks["actions"][3]["reason"] = json!("solved!");
    let thanks = made(thanks).await;
    let fails = json!({ "name": "To Carla", "actions": [
        { "type": "label", "add": [label] },
        { "type": "reply", "text": "My colleague takes over." },
        { "type": "transfer", "agent_id": it.get(&carla, "/me").await["user"]["id"] },
    ]});
    let fails = made(fails).await;

    let before = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
    let (status, problem) = run(&ben, &id, &fails).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.starts_with("Action 3 (transfer): Carla is offline."), "{detail}");
    let after = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
    assert_eq!(before["items"].as_array().unwrap().len(), after["items"].as_array().unwrap().len());
    assert_eq!(it.get(&ben, &format!("/conversations/{id}")).await["labels"], json!([]));
    assert_eq!(run(&carla, &id, &thanks).await.0, StatusCode::NOT_FOUND, "not hers to see");
    assert_eq!(run(&ben, &id, "1").await.0, StatusCode::NOT_FOUND);

    let aside = made(json!({ "name": "Tomorrow", "actions": [{ "type": "snooze", "seconds": 86_400 }] })).await;
    let (status, later) = run(&ben, &id, &aside).await;
    assert_eq!((status, &later["state"]), (StatusCode::OK, &json!("snoozed")), "{later}");
    assert!(later["snoozed_until"].is_string(), "{later}");
    it.call(&ben, Method::DELETE, &format!("/conversations/{id}/snooze"), None).await;

    let (status, done) = run(&ben, &id, &thanks).await;
    assert_eq!(
        (status, &done["state"], &done["close_reason"]),
        (StatusCode::OK, &json!("closed"), &json!("Solved!"))
    );
    assert_eq!(done["labels"][0]["name"], "Happy");
    it.phone_shows("olena", "Thank you, Olena! Ben").await;
    let thread = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
    assert!(thread["items"].as_array().unwrap().iter().any(|it| it["kind"] == "note" && it["text"] == "Thanked"));
    let (status, problem) = run(&ben, &id, &thanks).await;
    let detail = problem["detail"].as_str().unwrap();
    assert!(status == StatusCode::CONFLICT && detail.starts_with("Action 2 (reply): "), "{detail}");

    it.call(&it.admin, Method::DELETE, &format!("/labels/{label}?force=true"), None).await;
    let (status, problem) = run(&ben, &id, &thanks).await;
    let detail = problem["detail"].as_str().unwrap();
    assert!(status == StatusCode::CONFLICT && detail.starts_with("Action 1 (label): "), "{detail}");
}
