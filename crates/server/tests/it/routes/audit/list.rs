//! `GET /audit`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::{LAVKA, TestApp};
use crate::routes::on_both_engines;

on_both_engines! {
    acts_are_listed_newest_first_for_administrators
    what_was_changed_is_named
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

async fn what_was_changed_is_named(it: &TestApp) {
    let gateway = it.connected().await;
    let sue = it.user("Sue Supervisor", Role::Supervisor).await;
    let me = it.get(&sue, "/me").await["user"]["id"].as_str().unwrap().to_owned();
    it.call(&it.admin, Method::PATCH, &format!("/users/{me}"), Some(json!({ "name": "Sue Smith" }))).await;
    let label =
        it.post(&it.admin, "/labels", json!({ "name": "Urgent" })).await["id"].as_str().unwrap().to_owned();
    let first = async |action: &str| {
        let lines = it.get(&it.admin, &format!("/audit?action={action}")).await;
        (lines["items"][0]["object"].clone(), lines["items"][0]["object_name"].clone())
    };
    assert_eq!(first("user.update").await, (json!(format!("user {me}")), json!("Sue Smith")));
    assert_eq!(
        first("account.subscribe").await,
        (json!(format!("account {LAVKA} of gateway {gateway}")), json!("Lavka"))
    );
    assert_eq!(first("gateway.create").await.1, it.get(&it.admin, &format!("/gateways/{gateway}")).await["name"]);
    assert_eq!(first("label.create").await.1, json!("Urgent"));
    it.call(&it.admin, Method::DELETE, &format!("/labels/{label}"), None).await;
    assert_eq!(first("label.delete").await, (json!(format!("label {label}")), json!(null)), "it is gone");
}
