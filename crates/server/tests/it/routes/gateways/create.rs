//! `POST /gateways`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::{APP_ID, APP_SECRET, TestApp};
use crate::routes::on_both_engines;

on_both_engines! {
    a_gateway_gets_an_address_of_its_own_and_keeps_its_secret
}

async fn a_gateway_gets_an_address_of_its_own_and_keeps_its_secret(it: &TestApp) {
    let new = json!({ "kind": "meta", "name": "Lavka", "app_id": APP_ID, "app_secret": APP_SECRET });
    let (status, made) = it.call(&it.admin, Method::POST, "/gateways", Some(new.clone())).await;
    assert_eq!((status, &made["secret"], &made["enabled"]), (StatusCode::CREATED, &json!("ok"), &json!(true)));
    assert!(made["webhook_url"].as_str().unwrap().ends_with(made["uri"].as_str().unwrap()));
    assert!(!made.to_string().contains(APP_SECRET));
    let (status, problem) = it.call(&it.admin, Method::POST, "/gateways", Some(new)).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::CONFLICT, &json!("/app_id")));
    for (field, value) in
        [("name", " "), ("app_id", "12a"), ("app_secret", "wrong"), ("kind", "fax"), ("api_version", "26")]
    {
        let mut bad = json!({ "kind": "meta", "name": "Other", "app_id": "4711", "app_secret": APP_SECRET });
        bad[field] = json!(value);
        let (status, problem) = it.call(&it.admin, Method::POST, "/gateways", Some(bad)).await;
        let pointers = problem["errors"].to_string();
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{field}: {problem}");
        assert!(pointers.contains(&format!("/{field}")), "{field}: {pointers}");
    }
    let sue = it.user("Sue", Role::Supervisor).await;
    assert_eq!(it.call(&sue, Method::GET, "/gateways", None).await.0, StatusCode::FORBIDDEN);
}
