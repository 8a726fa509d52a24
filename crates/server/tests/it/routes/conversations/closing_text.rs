//! `GET /conversations/{id}/closing-text`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    it_is_what_the_customer_gets_at_the_close
}

async fn it_is_what_the_customer_gets_at_the_close(it: &TestApp) {
    let (ben, id, gateway) = active(it).await;
    let boss = it.user("Anna", Role::Administrator).await;
    let version = it.get(&boss, &format!("/gateways/{gateway}")).await["version"].clone();
    let change = json!({ "version": version, "templates": { "closed": "{{ agent.name }} says goodbye to {{ contact.name }}." } });
    let (status, answer) = it.call(&boss, Method::PATCH, &format!("/gateways/{gateway}"), Some(change)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");

    let path = format!("/conversations/{id}/closing-text");
    let shown = it
        .until("the new text", async || {
            let text = it.get(&ben, &path).await["text"].as_str()?.to_owned();
            text.contains("goodbye").then_some(text)
        })
        .await;
    assert_eq!(shown, "Ben says goodbye to Olena Kovalenko.");
    assert_eq!(it.get(&ben, &format!("/conversations/{id}")).await["state"], "active", "asking closes nothing");

    let carla = it.user("Carla", Role::Agent).await;
    assert_eq!(it.call(&carla, Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
    it.post(&ben, &format!("/conversations/{id}/close"), json!({})).await;
    it.phone_shows("olena", &shown).await;
    assert_eq!(it.call(&ben, Method::GET, &path, None).await.0, StatusCode::CONFLICT, "closed already");
}
