//! `GET /accounts/seen`

use domain::role::Role;
use serde_json::json;

use crate::app::{LAVKA, TestApp};
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    agents_find_the_accounts_of_their_conversations_and_no_others
}

async fn agents_find_the_accounts_of_their_conversations_and_no_others(it: &TestApp) {
    let (ben, _, gateway) = active(it).await;
    let seen = async |token: &str| it.get(token, "/accounts/seen").await["items"].clone();
    let lavka = json!({ "id": LAVKA, "channel": "messenger", "name": "Lavka" });
    assert_eq!(seen(&ben).await, json!([lavka]), "nothing but what the filter shows");
    let carla = it.user("Carla", Role::Agent).await;
    assert_eq!(seen(&carla).await, json!([]), "she sees no conversation");
    let pages = it.get(&it.admin, &format!("/gateways/{gateway}/accounts")).await;
    let all = pages["items"].as_array().unwrap().len();
    let sue = it.user("Sue", Role::Supervisor).await;
    assert_eq!(seen(&sue).await.as_array().unwrap().len(), all, "supervisors see every conversation");
}
