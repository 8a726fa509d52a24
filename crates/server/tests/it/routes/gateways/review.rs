//! `GET /gateways/{id}/review`, `PATCH /gateways/{id}/review`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    only_what_is_named_changes_and_a_stale_version_is_refused
    bad_answers_name_their_field_and_change_nothing
}

async fn only_what_is_named_changes_and_a_stale_version_is_refused(it: &TestApp) {
    let path = format!("/gateways/{}/review", it.gateway_id().await);
    let before = it.get(&it.admin, &path).await;
    assert_eq!((&before["version"], &before["audience"]["writers"]), (&json!(0), &json!(null)));

    let change = json!({ "version": 0, "audience": { "writers": "public" } });
    let (status, changed) = it.call(&it.admin, Method::PATCH, &path, Some(change)).await;
    assert_eq!((status, &changed["version"]), (StatusCode::OK, &json!(1)), "{changed}");
    assert_eq!(changed["audience"]["writers"], "public");
    assert_eq!(changed["audience"]["connectors"], before["audience"]["connectors"]);

    let stale = json!({ "version": 0, "audience": { "writers": "role" } });
    let (status, problem) = it.call(&it.admin, Method::PATCH, &path, Some(stale)).await;
    assert_eq!((status, &problem["current"]["version"]), (StatusCode::CONFLICT, &json!(1)), "{problem}");
    assert_eq!(it.get(&it.admin, &path).await, changed);
}

async fn bad_answers_name_their_field_and_change_nothing(it: &TestApp) {
    let path = format!("/gateways/{}/review", it.gateway_id().await);
    let before = it.get(&it.admin, &path).await;
    for (bad, pointer) in [
        (json!({ "audience": { "writers": "everyone" } }), "/audience/writers"),
        (json!({ "texts": { "no_such_permission": "Because." } }), "/texts/no_such_permission"),
        (json!({ "answers": { "no_such_question": "yes" } }), "/answers/no_such_question"),
    ] {
        let (status, problem) = it.call(&it.admin, Method::PATCH, &path, Some(bad)).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(pointer)),
            "{problem}"
        );
    }
    assert_eq!(it.get(&it.admin, &path).await, before);
    let sue = it.user("Sue", Role::Supervisor).await;
    assert_eq!(it.call(&sue, Method::GET, &path, None).await.0, StatusCode::FORBIDDEN);
    assert_eq!(it.call(&it.admin, Method::GET, "/gateways/1/review", None).await.0, StatusCode::NOT_FOUND);
}
