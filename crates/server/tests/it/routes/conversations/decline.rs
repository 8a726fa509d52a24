//! `POST /conversations/{id}/decline`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_declined_offer_goes_to_the_next_agent
}

async fn a_declined_offer_goes_to_the_next_agent(it: &TestApp) {
    it.connected().await;
    let ben = it.user("Ben", Role::Agent).await;
    it.online(&ben).await;
    it.asks_for_an_agent("olena").await;
    let id = it.offered(&ben).await["id"].as_str().unwrap().to_owned();
    let carla = it.user("Carla", Role::Agent).await;
    it.online(&carla).await;
    it.post(&ben, &format!("/conversations/{id}/decline"), json!({})).await;
    assert_eq!(it.offered(&carla).await["id"], json!(id));
    assert_eq!(it.call(&ben, Method::POST, "/conversations/1/decline", None).await.0, StatusCode::NOT_FOUND);
}
