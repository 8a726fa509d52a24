//! `GET /gateways/{id}/pages/{page_id}/messenger-profile` and `PUT /gateways/{id}/pages/{page_id}/messenger-profile`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::{LAVKA, TestApp};
use crate::routes::on_both_engines;

on_both_engines! {
    a_profile_reaches_meta_and_what_differs_there_is_told
}

async fn a_profile_reaches_meta_and_what_differs_there_is_told(it: &TestApp) {
    let gateway = it.connected().await;
    let path = format!("/gateways/{gateway}/pages/{LAVKA}/messenger-profile");
    assert_eq!(it.get(&it.admin, &path).await["greeting"], json!([]));
    let profile = json!({
        "greeting": [{ "locale": "default", "text": "Fresh bread" }, { "locale": "uk_UA", "text": "Свіжий хліб" }],
        "get_started": { "payload": "START" },
        "ice_breakers": [{ "locale": "default", "call_to_actions": [{ "question": "Open?", "payload": "menu:menu:hours" }] }],
        "persistent_menu": [{ "locale": "default", "composer_input_disabled": false,
            "call_to_actions": [{ "type": "postback", "title": "Help", "payload": "HELP" }] }],
    });
    let (status, set) = it.call(&it.admin, Method::PUT, &path, Some(profile.clone())).await;
    assert_eq!((status, &set["drift"]), (StatusCode::OK, &json!([])), "{set}");
    for field in ["greeting", "get_started", "ice_breakers", "persistent_menu"] {
        assert_eq!(set[field], profile[field]);
    }
    // What was read can be sent back as it is.
    let read = it.get(&it.admin, &path).await;
    assert_eq!(it.call(&it.admin, Method::PUT, &path, Some(read.clone())).await, (StatusCode::OK, read));
    let less = json!({ "get_started": { "payload": "START" } });
    let (_, set) = it.call(&it.admin, Method::PUT, &path, Some(less)).await;
    assert_eq!((&set["persistent_menu"], &set["drift"]), (&json!([]), &json!([])));
    for (bad, pointer) in [
        (json!({ "greeting": [{ "locale": "default", "text": "x".repeat(161) }] }), "/greeting/0/text"),
        (json!({ "persistent_menu": [{ "locale": "default", "call_to_actions": [] }] }), "/get_started"),
        (json!({ "ice_breakers": [{ "call_to_actions": [] }] }), "/ice_breakers/0/call_to_actions"),
    ] {
        let (status, problem) = it.call(&it.admin, Method::PUT, &path, Some(bad)).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(pointer))
        );
    }
    let other = format!("/gateways/{gateway}/pages/1/messenger-profile");
    assert_eq!(it.call(&it.admin, Method::GET, &other, None).await.0, StatusCode::NOT_FOUND);
}
