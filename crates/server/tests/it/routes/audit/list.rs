//! `GET /audit`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{LAVKA, TestApp};
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    acts_are_listed_newest_first_for_administrators
    what_was_changed_is_named
    the_language_model_contacts_and_tokens_are_logged_with_before_and_after
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

async fn the_language_model_contacts_and_tokens_are_logged_with_before_and_after(it: &TestApp) {
    let detail = async |action: &str| {
        let lines = it.get(&it.admin, &format!("/audit?action={action}")).await;
        lines["items"][0]["detail"].as_str().unwrap().to_owned()
    };
    let settings = async |ai: Value| {
        let (status, answer) = it.call(&it.admin, Method::PATCH, "/settings", Some(json!({ "ai": ai }))).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        detail("settings.update").await
    };
    let first = settings(json!({ "url": "https://one.example/v1", "model": "small", "key": "sk-first" })).await;
    assert!(first.contains("ai.url \"\" → \"https://one.example/v1\""), "{first}");
    assert!(first.contains("ai.key \"none\" → \"stored\""), "{first}");
    let second = settings(json!({ "key": "sk-second" })).await;
    assert_eq!(second, "ai.key \"stored\" → \"another one\"", "only the key, and never the key itself");
    let third = settings(json!({ "url": "https://two.example/v1", "key": "sk-third" })).await;
    assert!(third.contains("\"https://one.example/v1\" → \"https://two.example/v1\""), "{third}");
    for detail in [first, second, third] {
        assert!(!detail.contains("sk-"), "{detail}");
    }

    let (ben, conversation, _) = active(it).await;
    let contact = it.get(&ben, &format!("/conversations/{conversation}")).await["contact"]["id"].clone();
    let path = format!("/contacts/{}", contact.as_str().unwrap());
    let patch = async |change: Value| it.call(&ben, Method::PATCH, &path, Some(change)).await;
    patch(json!({ "phone": "+380671234567" })).await;
    patch(json!({ "phone": "+380501112233", "note": "VIP" })).await;
    assert_eq!(
        detail("contact.update").await,
        "Olena Kovalenko: note null → \"VIP\", phone \"+380671234567\" → \"+380501112233\""
    );

    it.person("Tim", Role::Agent).await;
    let made = it.makes_token("tim@example.org", "Order system").await;
    assert_eq!(detail("token.create").await, "Order system");
    let own = made["token"].as_str().unwrap();
    let path = format!("/tokens/{}", made["id"].as_str().unwrap());
    assert_eq!(it.call(own, Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(detail("token.delete").await, "Order system");
}
