//! `POST /conversations/{id}/offer-shown`

use domain::role::Role;
use reqwest::{Method, StatusCode};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    only_the_agent_who_is_offered_it_reports_it
}

async fn only_the_agent_who_is_offered_it_reports_it(it: &TestApp) {
    it.connected().await;
    let ben = it.user("Ben", Role::Agent).await;
    it.online(&ben).await;
    it.asks_for_an_agent("olena").await;
    let id = it.offered(&ben).await["id"].as_str().unwrap().to_owned();
    let path = format!("/conversations/{id}/offer-shown");
    assert_eq!(it.call(&ben, Method::POST, &path, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(it.call(&it.admin, Method::POST, &path, None).await.0, StatusCode::CONFLICT);
    assert_eq!(it.call(&ben, Method::POST, "/conversations/1/offer-shown", None).await.0, StatusCode::NOT_FOUND);
}
