//! `GET /audit`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    acts_are_listed_newest_first_for_administrators
}

async fn acts_are_listed_newest_first_for_administrators(it: &TestApp) {
    for name in ["Berth", "Cabin"] {
        it.post(&it.admin, "/labels", json!({ "name": name })).await;
    }
    it.post(&it.admin, "/flows", json!({ "name": "Night" })).await;
    let labels = it.get(&it.admin, "/audit?action=label").await;
    let details: Vec<_> = labels["items"].as_array().unwrap().iter().map(|line| line["detail"].clone()).collect();
    assert_eq!(details, ["Cabin", "Berth"]);
    let line = &labels["items"][0];
    assert_eq!((&line["action"], &line["user"]["name"]), (&json!("label.create"), &json!("Anna Admin")));
    let id = line["user"]["id"].as_str().unwrap();
    let own = it.get(&it.admin, &format!("/audit?user={id}&limit=1")).await;
    assert_eq!((&own["items"][0]["action"], own["next"].is_string()), (&json!("flow.create"), true));
    let sue = it.user("Sue", Role::Supervisor).await;
    assert_eq!(it.call(&sue, Method::GET, "/audit", None).await.0, StatusCode::FORBIDDEN);
    assert_eq!(it.call(&it.admin, Method::GET, "/audit?user=anna", None).await.0, StatusCode::BAD_REQUEST);
}
