//! `POST /quick-replies`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_shortcut_is_unique_and_simple
}

async fn a_shortcut_is_unique_and_simple(it: &TestApp) {
    let create = async |token: &str, shortcut: &str, text: &str| {
        let new = json!({ "shortcut": shortcut, "title": "Greeting", "text": text });
        it.call(token, Method::POST, "/quick-replies", Some(new)).await
    };
    let (status, reply) = create(&it.admin, "night-shift", "Hello {{ contact.name }}").await;
    assert_eq!((status, &reply["shortcut"]), (StatusCode::CREATED, &json!("night-shift")));
    let (status, problem) = create(&it.admin, "night-shift", "Again").await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::CONFLICT, &json!("/shortcut")));
    let (status, problem) = create(&it.admin, "Night!", "{{ contact.name").await;
    let pointers: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!((status, pointers), (StatusCode::UNPROCESSABLE_ENTITY, vec!["/shortcut", "/text"]));
    let ben = it.user("Ben", Role::Agent).await;
    assert_eq!(create(&ben, "mine", "Mine").await.0, StatusCode::FORBIDDEN);
}
