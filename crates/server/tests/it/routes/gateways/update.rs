//! `PATCH /gateways/{id}`

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    only_what_is_named_changes
}

async fn only_what_is_named_changes(it: &TestApp) {
    let made = it.gateway().await;
    let path = format!("/gateways/{}", made["id"].as_str().unwrap());
    let patch = async |change: Value| it.call(&it.admin, Method::PATCH, &path, Some(change)).await;
    let change = json!({ "name": "Lavka 2", "templates": { "joined": "{{ agent.name }} is here" }, "version": made["version"] });
    let (status, changed) = patch(change).await;
    assert_eq!(
        (status, &changed["name"], &changed["app_id"]),
        (StatusCode::OK, &json!("Lavka 2"), &made["app_id"])
    );
    assert_eq!(changed["templates"]["joined"], "{{ agent.name }} is here");
    assert_eq!(changed["templates"]["closed"], made["templates"]["closed"]);
    assert_eq!((&made["bot_pause_minutes"], &changed["bot_pause_minutes"]), (&json!(30), &json!(30)));
    let (status, quiet) = patch(json!({ "bot_pause_minutes": 0, "templates": { "waiting_again": "" } })).await;
    assert_eq!((status, &quiet["bot_pause_minutes"]), (StatusCode::OK, &json!(0)));
    assert_eq!(
        (&quiet["templates"]["waiting_again"], &quiet["templates"]["joined"]),
        (&json!(""), &changed["templates"]["joined"])
    );
    let (status, stale) = patch(json!({ "name": "Lavka 3", "version": made["version"] })).await;
    assert_eq!((status, &stale["current"]["name"]), (StatusCode::CONFLICT, &json!("Lavka 2")));
    for (bad, pointer) in [
        (json!({ "page_rate": 0 }), "/page_rate"),
        (json!({ "bot_pause_minutes": 1_441 }), "/bot_pause_minutes"),
        (json!({ "bot_pause_minutes": -1 }), "/bot_pause_minutes"),
        (json!({ "templates": { "waiting_again": "{{ agent.nmae }}" } }), "/templates/waiting_again"),
        (json!({ "flow_id": "1" }), "/flow_id"),
        (json!({ "app_secret": "00000000000000000000000000000000" }), "/app_secret"),
        (json!({ "templates": { "joined": "{{ agent.name" } }), "/templates/joined"),
    ] {
        let (status, problem) = patch(bad).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(pointer))
        );
    }
    let (status, _) = it.call(&it.admin, Method::PATCH, "/gateways/1", Some(json!({}))).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
