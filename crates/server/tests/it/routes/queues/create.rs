//! `POST /queues`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_out_gets_its_usual_value_and_what_is_wrong_is_named() {
    let it = TestApp::start().await;
    let queue = it.post(&it.admin, "/queues", json!({ "name": "Night" })).await;
    assert_eq!((&queue["all_agents"], &queue["priority"]), (&true.into(), &0.into()));
    let bad = json!({ "offer_seconds": 0, "agent_ids": ["7"], "team_ids": ["7"], "version": 1 });
    let (status, problem) = it.call(&it.admin, Method::POST, "/queues", Some(bad)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let pointers: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|one| one["pointer"].clone()).collect();
    assert_eq!(pointers, ["/version", "/name", "/offer_seconds", "/agent_ids/0", "/team_ids/0"]);
    let team = it.post(&it.admin, "/teams", json!({ "name": "Sales" })).await["id"].clone();
    let of_team = it.post(&it.admin, "/queues", json!({ "name": "Day", "team_ids": [team] })).await;
    assert_eq!((&of_team["all_agents"], &of_team["team_ids"]), (&false.into(), &json!([team])));
    let taken = it.call(&it.admin, Method::POST, "/queues", Some(json!({ "name": "Night" }))).await;
    assert_eq!(taken.0, StatusCode::CONFLICT);
    it.stop().await;
}
