//! `GET /gateways/{id}/review/access`, `POST /gateways/{id}/review/access`, `DELETE /gateways/{id}/review/access`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    access_is_given_shown_and_revoked
    a_wrong_number_of_days_gives_no_access
}

async fn access_is_given_shown_and_revoked(it: &TestApp) {
    let path = format!("/gateways/{}/review/access", it.gateway_id().await);
    assert_eq!(it.call(&it.admin, Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
    let given = it.post(&it.admin, &path, json!({ "days": 30 })).await;
    assert_eq!(it.get(&it.admin, &path).await, given);
    let sign_in = json!({ "email": given["email"], "password": given["password"] });
    let sign_in = async || {
        let request = it.http().post(format!("{}/api/v1/session", it.url)).header("sec-fetch-site", "same-origin");
        request.json(&sign_in).send().await.unwrap().status()
    };
    assert!(sign_in().await.is_success());
    assert_eq!(it.call(&it.admin, Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(sign_in().await, StatusCode::UNAUTHORIZED);
    assert_eq!(it.call(&it.admin, Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
}

async fn a_wrong_number_of_days_gives_no_access(it: &TestApp) {
    let path = format!("/gateways/{}/review/access", it.gateway_id().await);
    for days in [0, 121] {
        let (status, problem) = it.call(&it.admin, Method::POST, &path, Some(json!({ "days": days }))).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("/days"))
        );
    }
    assert_eq!(it.call(&it.admin, Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
}
