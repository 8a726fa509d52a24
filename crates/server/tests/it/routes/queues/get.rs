//! `GET /queues/{id}`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_queue_shows_who_waits_and_who_serves
}

async fn a_queue_shows_who_waits_and_who_serves(it: &TestApp) {
    let ben = it.user("Ben", Role::Agent).await;
    it.online(&ben).await;
    let queue = it.get(&ben, "/queues").await["items"][0].clone();
    let shown = it.get(&ben, &format!("/queues/{}", queue["id"].as_str().unwrap())).await;
    assert_eq!(
        (&shown["waiting"], &shown["online_agents"], &shown["all_agents"]),
        (&json!(0), &json!(1), &json!(true))
    );
    assert_eq!(it.call(&ben, Method::GET, "/queues/1", None).await.0, StatusCode::NOT_FOUND);
}
