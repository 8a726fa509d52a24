//! `POST /conversations/{id}/snooze`, `DELETE /conversations/{id}/snooze`

use domain::role::Role;
use domain::time::{DAY, HOUR};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixture::{active, event_codes, user_id};
use crate::routes::on_both_engines;

on_both_engines! {
    it_frees_the_agent_and_comes_back_to_them_at_its_time
    a_customer_who_writes_brings_it_back_at_once
    the_queue_takes_over_if_the_agent_is_away
    a_moment_that_cannot_be_is_refused
    its_agent_brings_it_back_and_so_does_a_supervisor
}

async fn set_aside(it: &TestApp, token: &str, id: &str, until: Value) -> Value {
    it.post(token, &format!("/conversations/{id}/snooze"), json!({ "until": until })).await
}

fn ahead(it: &TestApp, span: i64) -> Value {
    json!(engine::clock::rfc3339(it.clock.now().plus(span)))
}

async fn becomes(it: &TestApp, id: &str, state: &str) -> Value {
    it.until(state, async || {
        let now = it.get(&it.admin, &format!("/conversations/{id}")).await;
        (now["state"] == state).then_some(now)
    })
    .await
}

async fn it_frees_the_agent_and_comes_back_to_them_at_its_time(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let his = user_id(it, &ben).await;
    it.call(&it.admin, Method::PATCH, &format!("/agents/{his}"), Some(json!({ "capacity": 1 }))).await;
    let until = ahead(it, HOUR);
    let aside = set_aside(it, &ben, &id, until.clone()).await;
    assert_eq!((&aside["state"], &aside["agent"]["name"]), (&json!("snoozed"), &json!("Ben")));
    assert!(aside["snoozed_until"].as_str().unwrap().starts_with(&until.as_str().unwrap()[..19]));
    for list in ["state=snoozed", "state=snoozed,waiting&agent=me"] {
        assert_eq!(it.get(&ben, &format!("/conversations?{list}")).await["items"][0]["id"], json!(id), "{list}");
    }
    let message = json!({ "text": "Hi" });
    let (status, problem) =
        it.call(&ben, Method::POST, &format!("/conversations/{id}/messages"), Some(message)).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    // There is room for another one.
    it.asks_for_an_agent("maria").await;
    let other = it.offered(&ben).await["id"].as_str().unwrap().to_owned();
    it.post(&ben, &format!("/conversations/{other}/accept"), json!({})).await;
    let carla = it.user("Carla", Role::Agent).await;
    assert_eq!(it.call(&carla, Method::GET, &format!("/conversations/{id}"), None).await.0, StatusCode::NOT_FOUND);
    it.clock.advance(HOUR);
    // The agent's browser is still there.
    it.post(&ben, "/me/presence", json!({})).await;
    let back = becomes(it, &id, "active").await;
    assert_eq!((&back["agent"]["name"], &back["snoozed_until"]), (&json!("Ben"), &Value::Null));
    let codes = event_codes(it, &id).await;
    assert_eq!(codes[codes.len() - 2..], ["snoozed", "snooze_ended"]);
}

async fn a_customer_who_writes_brings_it_back_at_once(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    for until in [ahead(it, DAY), Value::Null] {
        let aside = set_aside(it, &ben, &id, until.clone()).await;
        let state = if until.is_null() { "waiting" } else { "snoozed" };
        assert_eq!((&aside["state"], aside["snoozed_until"].is_null()), (&json!(state), until.is_null()));
        it.writes("olena", json!({ "text": "Here I am" })).await;
        let back = becomes(it, &id, "active").await;
        assert_eq!((&back["agent"]["name"], &back["last_message"]["text"]), (&json!("Ben"), &json!("Here I am")));
    }
}

async fn the_queue_takes_over_if_the_agent_is_away(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    set_aside(it, &ben, &id, Value::Null).await;
    it.call(&ben, Method::PUT, "/me/status", Some(json!({ "status": "offline" }))).await;
    it.writes("olena", json!({ "text": "Anyone?" })).await;
    let queued = becomes(it, &id, "queued").await;
    assert_eq!(queued["agent"], Value::Null);
    it.phone_shows("olena", "You keep your place in the queue").await;
    let carla = it.user("Carla", Role::Agent).await;
    it.online(&carla).await;
    assert_eq!(it.offered(&carla).await["id"], json!(id));
    it.post(&carla, &format!("/conversations/{id}/accept"), json!({})).await;
    // An agent who is deactivated has no snoozed conversations.
    set_aside(it, &carla, &id, Value::Null).await;
    it.online(&ben).await;
    let hers = user_id(it, &carla).await;
    it.post(&it.admin, &format!("/users/{hers}/deactivate"), json!({})).await;
    assert_eq!(it.offered(&ben).await["id"], json!(id));
}

async fn a_moment_that_cannot_be_is_refused(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let path = format!("/conversations/{id}/snooze");
    let past = ahead(it, -1);
    let bodies = [
        json!({}),
        json!({ "until": past }),
        json!({ "until": ahead(it, 367 * DAY) }),
        json!({ "until": "tomorrow" }),
        json!({ "until": 5 }),
    ];
    for body in bodies {
        let (status, problem) = it.call(&ben, Method::POST, &path, Some(body.clone())).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("/until")),
            "{body} {problem}"
        );
    }
    assert_eq!(it.get(&ben, &format!("/conversations/{id}")).await["state"], "active");
    let sue = it.user("Sue", Role::Supervisor).await;
    let soon = json!({ "until": ahead(it, HOUR) });
    assert_eq!(
        it.call(&sue, Method::POST, &path, Some(soon.clone())).await.0,
        StatusCode::CONFLICT,
        "it is Ben's"
    );
    assert_eq!(it.call(&ben, Method::POST, "/conversations/1/snooze", Some(soon)).await.0, StatusCode::NOT_FOUND);
}

async fn its_agent_brings_it_back_and_so_does_a_supervisor(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let path = format!("/conversations/{id}/snooze");
    assert_eq!(it.call(&ben, Method::DELETE, &path, None).await.0, StatusCode::CONFLICT, "it is not set aside");
    let (sue, carla) = (it.user("Sue", Role::Supervisor).await, it.user("Carla", Role::Agent).await);
    for token in [&ben, &sue] {
        it.post(&ben, &path, json!({ "until": null })).await;
        assert_eq!(it.call(&carla, Method::DELETE, &path, None).await.0, StatusCode::NOT_FOUND);
        let (status, back) = it.call(token, Method::DELETE, &path, None).await;
        assert_eq!(
            (status, &back["state"], &back["agent"]["name"]),
            (StatusCode::OK, &json!("active"), &json!("Ben"))
        );
    }
}
