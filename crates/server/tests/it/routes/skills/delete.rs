//! `DELETE /skills/{id}`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixture::user_id;
use crate::routes::on_both_engines;

on_both_engines! {
    a_skill_goes_once_no_agent_and_no_queue_needs_it
}

async fn a_skill_goes_once_no_agent_and_no_queue_needs_it(it: &TestApp) {
    let ben = it.user("Ben", Role::Agent).await;
    let agent = format!("/agents/{}", user_id(it, &ben).await);
    let id = it.post(&it.admin, "/skills", json!({ "name": "Ukrainian" })).await["id"].clone();
    let path = format!("/skills/{}", id.as_str().unwrap());
    let delete = async || it.call(&it.admin, Method::DELETE, &path, None).await;
    let patch = async |path: &str, change: Value| {
        assert_eq!(it.call(&it.admin, Method::PATCH, path, Some(change)).await.0, StatusCode::OK);
    };
    let queue = it
        .post(&it.admin, "/queues", json!({ "name": "Hotline", "skills": [{ "skill_id": id, "min_level": 1 }] }))
        .await;
    patch(&agent, json!({ "skills": [{ "skill_id": id, "level": 40 }] })).await;
    let (status, problem) = delete().await;
    let used = "\"Ukrainian\" is used by the queue \"Hotline\", Ben.";
    assert_eq!((status, &problem["detail"]), (StatusCode::CONFLICT, &used.into()));
    patch(&agent, json!({ "skills": [] })).await;
    assert_eq!(delete().await.0, StatusCode::CONFLICT);
    patch(&format!("/queues/{}", queue["id"].as_str().unwrap()), json!({ "skills": [] })).await;
    assert_eq!(delete().await.0, StatusCode::NO_CONTENT);
    assert_eq!(delete().await.0, StatusCode::NOT_FOUND);
}
