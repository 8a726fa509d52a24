//! `POST /conversations/{id}/leave`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::{active, user_id};
use crate::routes::on_both_engines;

on_both_engines! {
    who_helps_may_leave_and_may_be_removed
    a_colleague_who_goes_offline_leaves
}

async fn who_helps_may_leave_and_may_be_removed(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let path = |step: &str| format!("/conversations/{id}{step}");
    let carla = it.user("Carla", Role::Agent).await;
    it.online(&carla).await;
    let her = json!({ "agent_id": user_id(it, &carla).await });
    assert_eq!(it.call(&ben, Method::POST, &path("/leave"), None).await.0, StatusCode::CONFLICT, "he holds it");
    let join = async || {
        it.post(&ben, &path("/invite"), her.clone()).await;
        it.post(&carla, &path("/accept"), json!({})).await;
    };
    join().await;
    let left = it.post(&carla, &path("/leave"), json!({})).await;
    assert_eq!((&left["participants"], &left["agent"]["name"]), (&json!([]), &json!("Ben")));
    assert_eq!(it.call(&carla, Method::POST, &path("/leave"), None).await.0, StatusCode::NOT_FOUND);
    join().await;
    assert_eq!(it.post(&ben, &path("/leave"), her.clone()).await["participants"], json!([]));
    it.post(&ben, &path("/invite"), her.clone()).await;
    assert_eq!(it.post(&ben, &path("/leave"), her.clone()).await["invitations"], json!([]));
    assert_eq!(
        it.call(&ben, Method::POST, &path("/leave"), Some(her)).await.0,
        StatusCode::CONFLICT,
        "no one is there"
    );
}

async fn a_colleague_who_goes_offline_leaves(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let path = |step: &str| format!("/conversations/{id}{step}");
    let carla = it.user("Carla", Role::Agent).await;
    it.online(&carla).await;
    let her = json!({ "agent_id": user_id(it, &carla).await });
    let offline = async || {
        it.call(&carla, Method::PUT, "/me/status", Some(json!({ "status": "offline" }))).await;
        it.get(&ben, &path("")).await
    };
    it.post(&ben, &path("/invite"), her.clone()).await;
    assert_eq!(offline().await["invitations"], json!([]), "she was only invited");
    it.online(&carla).await;
    it.post(&ben, &path("/invite"), her).await;
    it.post(&carla, &path("/accept"), json!({})).await;
    let left = offline().await;
    assert_eq!((&left["participants"], &left["agent"]["name"]), (&json!([]), &json!("Ben")));
}
