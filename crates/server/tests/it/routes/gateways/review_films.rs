//! `GET /gateways/{id}/review/films`

use domain::role::Role;
use reqwest::{Method, StatusCode};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    every_film_has_shots_with_captions
}

async fn every_film_has_shots_with_captions(it: &TestApp) {
    let path = format!("/gateways/{}/review/films", it.gateway_id().await);
    let films = it.get(&it.admin, &path).await;
    assert!(films["notice"].is_string(), "the sandbox is not the real Messenger: {films}");
    let films = films["films"].as_array().unwrap();
    assert!(films.iter().any(|film| film["film"] == "pages_messaging"), "{films:?}");
    for film in films {
        let shots = film["shots"].as_array().unwrap();
        assert!(!shots.is_empty() && shots.iter().all(|shot| shot["caption"].is_string()), "{film}");
    }
    let sue = it.user("Sue", Role::Supervisor).await;
    assert_eq!(it.call(&sue, Method::GET, &path, None).await.0, StatusCode::FORBIDDEN);
}
