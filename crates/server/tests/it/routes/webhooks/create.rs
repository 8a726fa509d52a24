//! `POST /webhooks`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    its_secret_is_shown_once
}

async fn its_secret_is_shown_once(it: &TestApp) {
    let create = async |token: &str, new: Value| it.call(token, Method::POST, "/webhooks", Some(new)).await;
    let (status, hook) =
        create(&it.admin, json!({ "url": "http://127.0.0.1:9/hook", "events": ["message.created"] })).await;
    assert_eq!((status, &hook["state"], &hook["enabled"]), (StatusCode::CREATED, &json!("new"), &json!(true)));
    assert!(hook["secret"].as_str().unwrap().len() >= 16);
    let shown = it.get(&it.admin, &format!("/webhooks/{}", hook["id"].as_str().unwrap())).await;
    assert!(shown.get("secret").is_none());
    let bad = json!({ "url": "ftp://example.org", "events": ["message.lost"], "secret": "short" });
    let (status, problem) = create(&it.admin, bad).await;
    let pointers: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!((status, pointers), (StatusCode::UNPROCESSABLE_ENTITY, vec!["/url", "/events/0", "/secret"]));
    let sue = it.user("Sue", Role::Supervisor).await;
    assert_eq!(
        create(&sue, json!({ "url": "http://127.0.0.1:9/hook", "events": ["message.created"] })).await.0,
        StatusCode::FORBIDDEN
    );
}
