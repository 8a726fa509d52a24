//! `GET /quick-replies`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    they_are_listed_by_shortcut_for_all_staff
    those_of_a_team_or_a_queue_are_for_its_agents
}

async fn they_are_listed_by_shortcut_for_all_staff(it: &TestApp) {
    for shortcut in ["zebra", "night-shift"] {
        it.post(&it.admin, "/quick-replies", json!({ "shortcut": shortcut, "title": "x", "text": "x" })).await;
    }
    let ben = it.user("Ben", Role::Agent).await;
    let list = it.get(&ben, "/quick-replies").await;
    let shortcuts: Vec<_> =
        list["items"].as_array().unwrap().iter().map(|reply| reply["shortcut"].as_str().unwrap()).collect();
    assert!(shortcuts.is_sorted() && shortcuts.contains(&"night-shift"), "{shortcuts:?}");
    assert_eq!(shortcuts.last(), Some(&"zebra"));
    assert_eq!(it.call(&ben, Method::GET, "/quick-replies?limit=0", None).await.0, StatusCode::BAD_REQUEST);
}

async fn those_of_a_team_or_a_queue_are_for_its_agents(it: &TestApp) {
    let team = it.post(&it.admin, "/teams", json!({ "name": "Night" })).await;
    let queue = it
        .post(&it.admin, "/queues", json!({ "name": "Night", "all_agents": false, "team_ids": [team["id"]] }))
        .await;
    for (shortcut, teams, queues) in
        [("a-team", json!([team["id"]]), json!([])), ("a-queue", json!([]), json!([queue["id"]]))]
    {
        let new =
            json!({ "shortcut": shortcut, "title": "x", "text": "x", "team_ids": teams, "queue_ids": queues });
        it.post(&it.admin, "/quick-replies", new).await;
    }
    let ben = it.user("Ben", Role::Agent).await;
    let sue = it.user("Sue", Role::Supervisor).await;
    let seen = async |token: &str| {
        let list = it.get(token, "/quick-replies").await;
        let shortcuts = list["items"].as_array().unwrap().iter().map(|reply| reply["shortcut"].as_str().unwrap());
        shortcuts.filter(|shortcut| shortcut.starts_with("a-")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(seen(&ben).await, Vec::<String>::new());
    assert_eq!(seen(&sue).await, ["a-queue", "a-team"], "who may answer in any queue");
    let agents = it.get(&it.admin, "/agents").await;
    let id = agents["items"].as_array().unwrap().iter().find(|it| it["name"] == "Ben").unwrap()["id"].clone();
    let path = format!("/agents/{}", id.as_str().unwrap());
    it.call(&it.admin, Method::PATCH, &path, Some(json!({ "team_id": team["id"] }))).await;
    it.until("the agent is in the team", async || (seen(&ben).await == ["a-queue", "a-team"]).then_some(())).await;
}
