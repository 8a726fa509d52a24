//! `POST /conversations/{id}/control`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    control_is_passed_once_and_taken_back
}

async fn control_is_passed_once_and_taken_back(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let path = format!("/conversations/{id}/control");
    let step = async |token: &str, action: &str| {
        it.call(token, Method::POST, &path, Some(json!({ "action": action }))).await
    };
    assert_eq!(step(&ben, "take").await.0, StatusCode::CONFLICT, "Deskbell has it");
    assert_eq!(step(&ben, "keep").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, passed) = step(&ben, "pass").await;
    assert_eq!((status, &passed["held_by"]["kind"]), (StatusCode::OK, &json!("inbox")));
    assert_eq!(step(&ben, "pass").await.0, StatusCode::CONFLICT);
    let carla = it.user("Carla", Role::Agent).await;
    assert_eq!(step(&carla, "take").await.0, StatusCode::NOT_FOUND);
    let (status, taken) = step(&it.admin, "take").await;
    assert_eq!((status, &taken["held_by"]), (StatusCode::OK, &json!(null)));
}
