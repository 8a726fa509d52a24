//! `PATCH /queues/{id}`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    limits_agents_and_versions_are_checked
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
    let (status, problem) = patch(json!({ "offer_seconds": 4, "agent_ids": ["1"] })).await;
    let pointers: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!((status, pointers), (StatusCode::UNPROCESSABLE_ENTITY, vec!["/offer_seconds", "/agent_ids/0"]));
    assert_eq!(it.call(&ben, Method::PATCH, &path, Some(json!({}))).await.0, StatusCode::FORBIDDEN);
    let (status, _) = it.call(&it.admin, Method::PATCH, "/queues/1", Some(json!({}))).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
