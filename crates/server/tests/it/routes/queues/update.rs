//! `PATCH /queues/{id}`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    limits_agents_and_versions_are_checked
    what_it_asks_of_agents_is_checked_and_what_is_not_named_stays
}

async fn limits_agents_and_versions_are_checked(it: &TestApp) {
    let ben = it.user("Ben", Role::Agent).await;
    let his = it.get(&ben, "/me").await["user"]["id"].clone();
    let queue = it.post(&it.admin, "/queues", json!({ "name": "Sales" })).await;
    let path = format!("/queues/{}", queue["id"].as_str().unwrap());
    let patch = async |change: Value| it.call(&it.admin, Method::PATCH, &path, Some(change)).await;
    let change = json!({ "agent_ids": [his], "all_agents": false, "priority": 5, "version": queue["version"] });
    let (status, changed) = patch(change).await;
    assert_eq!(
        (status, &changed["agent_ids"], &changed["all_agents"]),
        (StatusCode::OK, &json!([his]), &json!(false))
    );
    assert_eq!(changed["strategy"], queue["strategy"], "what is not named stays");
    let (status, problem) = patch(json!({ "strategy": "by_dice" })).await;
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/strategy"))
    );
    let (status, stale) = patch(json!({ "priority": 6, "version": queue["version"] })).await;
    assert_eq!((status, &stale["current"]["priority"]), (StatusCode::CONFLICT, &json!(5)));
    let (status, problem) = patch(json!({ "offer_seconds": 0, "agent_ids": ["1"] })).await;
    let pointers: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!((status, pointers), (StatusCode::UNPROCESSABLE_ENTITY, vec!["/offer_seconds", "/agent_ids/0"]));
    assert_eq!(it.call(&ben, Method::PATCH, &path, Some(json!({}))).await.0, StatusCode::FORBIDDEN);
    let (status, _) = it.call(&it.admin, Method::PATCH, "/queues/1", Some(json!({}))).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

async fn what_it_asks_of_agents_is_checked_and_what_is_not_named_stays(it: &TestApp) {
    let skill = it.post(&it.admin, "/skills", json!({ "name": "English" })).await["id"].clone();
    let team = it.post(&it.admin, "/teams", json!({ "name": "Sales" })).await["id"].clone();
    let calendar =
        it.post(&it.admin, "/calendars", json!({ "name": "Office", "time_zone": "UTC" })).await["id"].clone();
    let form = it.post(&it.admin, "/forms", crate::routes::forms::order_form()).await["id"].clone();
    let general = it.get(&it.admin, "/queues").await["items"][0]["id"].clone();
    let mut expected = it.post(&it.admin, "/queues", json!({ "name": "Sales" })).await;
    let path = format!("/queues/{}", expected["id"].as_str().unwrap());
    let patch = async |change: Value| it.call(&it.admin, Method::PATCH, &path, Some(change)).await;
    for (field, value) in [
        ("description", json!("Prices and orders")),
        ("strategy", json!("skill_level")),
        ("ageing_seconds", json!(60)),
        ("csat", json!({ "enabled": true, "question": "Happy?", "thanks": "" })),
        ("sticky_seconds", json!(30)),
        ("skills", json!([{ "skill_id": skill, "min_level": 50, "relax_after_seconds": 120 }])),
        ("team_ids", json!([team])),
        ("ageing_seconds", Value::Null),
        ("form_id", form),
        ("form_id", Value::Null),
        ("reopen_seconds", json!(3_600)),
        ("calendar_id", calendar),
        ("closed_text", json!("We are back at nine.")),
        ("calendar_id", Value::Null),
        ("max_wait_seconds", json!(600)),
        ("max_waiting", json!(20)),
        ("overflow_queue_id", general),
        ("overflow_text", json!("We are busy, {{ contact.first_name }}.")),
        ("auto_accept", json!(true)),
        ("agent_idle_seconds", json!(300)),
        ("customer_idle_seconds", json!(300)),
        ("idle_warning_text", json!("Are you still there?")),
        ("lost_after_seconds", json!(30)),
        ("sla", json!({ "first_response_seconds": 30, "response_seconds": 60, "resolution_seconds": 3_600 })),
        ("max_wait_seconds", Value::Null),
        ("overflow_queue_id", Value::Null),
    ] {
        let (status, changed) = patch(json!({ field: value })).await;
        expected[field] = value;
        expected["version"] = changed["version"].clone();
        assert_eq!((status, &changed), (StatusCode::OK, &expected), "{field}");
    }
    // Of the targets, too, what is not named stays.
    let (_, changed) = patch(json!({ "sla": { "response_seconds": null } })).await;
    expected["sla"]["response_seconds"] = Value::Null;
    expected["version"] = changed["version"].clone();
    assert_eq!(changed, expected);
    for (change, pointer) in [
        (json!({ "description": "x".repeat(501) }), "/description"),
        (json!({ "ageing_seconds": 0 }), "/ageing_seconds"),
        (json!({ "sticky_seconds": 3_601 }), "/sticky_seconds"),
        (json!({ "form_id": "1" }), "/form_id"),
        (json!({ "reopen_seconds": 604_801 }), "/reopen_seconds"),
        (json!({ "calendar_id": "1" }), "/calendar_id"),
        (json!({ "max_wait_seconds": 0 }), "/max_wait_seconds"),
        (json!({ "max_waiting": 0 }), "/max_waiting"),
        (json!({ "overflow_queue_id": "1" }), "/overflow_queue_id"),
        (json!({ "overflow_queue_id": expected["id"] }), "/overflow_queue_id"),
        (json!({ "overflow_text": "{{ queue" }), "/overflow_text"),
        (json!({ "agent_idle_seconds": 0 }), "/agent_idle_seconds"),
        (json!({ "customer_idle_seconds": 86_401 }), "/customer_idle_seconds"),
        (json!({ "idle_warning_text": "x".repeat(1_001) }), "/idle_warning_text"),
        (json!({ "lost_after_seconds": 0 }), "/lost_after_seconds"),
        (json!({ "sla": { "first_response_seconds": 0 } }), "/sla/first_response_seconds"),
        (json!({ "sla": { "response_seconds": 604_801 } }), "/sla/response_seconds"),
        (json!({ "sla": { "resolution_seconds": -1 } }), "/sla/resolution_seconds"),
        (json!({ "closed_text": "{{ contact.nick }}" }), "/closed_text"),
        (json!({ "closed_text": "x".repeat(1_001) }), "/closed_text"),
        (json!({ "team_ids": ["1"] }), "/team_ids/0"),
        (json!({ "skills": [{ "skill_id": "1", "min_level": 5 }] }), "/skills/0/skill_id"),
        (json!({ "skills": [{ "skill_id": skill, "min_level": 0 }] }), "/skills/0/min_level"),
        (
            json!({ "skills": [{ "skill_id": skill, "min_level": 1, "relax_after_seconds": 0 }] }),
            "/skills/0/relax_after_seconds",
        ),
    ] {
        let (status, problem) = patch(change).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &pointer.into()),
            "{problem}"
        );
    }
    assert_eq!(it.get(&it.admin, &path).await, expected);
}
