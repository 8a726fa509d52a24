//! `PATCH /agents/{id}`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixture::user_id;
use crate::routes::on_both_engines;

on_both_engines! {
    only_what_is_named_changes
    every_field_that_cannot_be_right_is_named
    the_queues_of_an_agent_are_the_members_of_the_queues
}

async fn only_what_is_named_changes(it: &TestApp) {
    let ben = it.user("Ben", Role::Agent).await;
    let path = format!("/agents/{}", user_id(it, &ben).await);
    let team = it.post(&it.admin, "/teams", json!({ "name": "Sales" })).await["id"].clone();
    let skill = it.post(&it.admin, "/skills", json!({ "name": "English" })).await["id"].clone();
    let mut expected = it.get(&it.admin, &path).await;
    for (field, value) in [
        ("capacity", json!(7)),
        ("team_id", team),
        ("skills", json!([{ "skill_id": skill, "level": 60 }])),
        ("capacity_by_channel", json!({ "whatsapp": 2 })),
        ("team_id", Value::Null),
    ] {
        let change = json!({ field: value, "version": expected["version"] });
        let (status, changed) = it.call(&it.admin, Method::PATCH, &path, Some(change.clone())).await;
        expected[field] = value;
        expected["version"] = changed["version"].clone();
        assert_eq!((status, &changed), (StatusCode::OK, &expected), "{field}");
        let (status, stale) = it.call(&it.admin, Method::PATCH, &path, Some(change)).await;
        assert_eq!((status, &stale["current"]), (StatusCode::CONFLICT, &expected));
    }
    assert_eq!(it.get(&ben, &path).await, expected);
}

async fn every_field_that_cannot_be_right_is_named(it: &TestApp) {
    let ben = it.user("Ben", Role::Agent).await;
    let path = format!("/agents/{}", user_id(it, &ben).await);
    let skill = it.post(&it.admin, "/skills", json!({ "name": "English" })).await["id"].clone();
    let before = it.get(&it.admin, &path).await;
    for (change, pointer) in [
        (json!({ "capacity": 0 }), "/capacity"),
        (json!({ "capacity": 101 }), "/capacity"),
        (json!({ "team_id": "1" }), "/team_id"),
        (json!({ "skills": [{ "skill_id": "1", "level": 5 }] }), "/skills/0/skill_id"),
        (json!({ "skills": [{ "skill_id": skill, "level": 101 }] }), "/skills/0/level"),
        (
            json!({ "skills": [{ "skill_id": skill, "level": 5 }, { "skill_id": skill, "level": 6 }] }),
            "/skills/1/skill_id",
        ),
        (json!({ "capacity_by_channel": { "pigeon": 1 } }), "/capacity_by_channel/pigeon"),
        (json!({ "capacity_by_channel": { "whatsapp": -1 } }), "/capacity_by_channel/whatsapp"),
        (json!({ "queues": ["1"] }), "/queues/0"),
    ] {
        let (status, problem) = it.call(&it.admin, Method::PATCH, &path, Some(change)).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &pointer.into()),
            "{problem}"
        );
    }
    assert_eq!(it.get(&it.admin, &path).await, before);
}

async fn the_queues_of_an_agent_are_the_members_of_the_queues(it: &TestApp) {
    let ben = it.user("Ben", Role::Agent).await;
    let his = user_id(it, &ben).await;
    let path = format!("/agents/{his}");
    let queue = it.post(&it.admin, "/queues", json!({ "name": "Sales", "all_agents": false })).await;
    let shown = async || it.get(&it.admin, &format!("/queues/{}", queue["id"].as_str().unwrap())).await;
    for (queues, members) in [(json!([queue["id"]]), json!([his])), (json!([]), json!([]))] {
        let before = shown().await["version"].as_i64();
        let (status, agent) = it.call(&it.admin, Method::PATCH, &path, Some(json!({ "queues": queues }))).await;
        let queue = shown().await;
        assert_eq!((status, &agent["queues"], &queue["agent_ids"]), (StatusCode::OK, &queues, &members));
        assert!(queue["version"].as_i64() > before, "an older form of the queue is stale");
    }
}
