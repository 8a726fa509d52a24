//! `POST /conversations/{id}/messages/{message_id}/cancel`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::{LAVKA, TestApp};
use crate::fixture::{active, message};
use crate::routes::on_both_engines;

on_both_engines! {
    what_has_not_left_can_be_withdrawn
}

async fn what_has_not_left_can_be_withdrawn(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let path = format!("/conversations/{id}/messages");
    let fault = json!({ "kind": "graph_error", "path": format!("/{LAVKA}/messages"), "method": "POST", "status": 400, "code": 613 });
    it.control(Method::POST, "/faults", fault).await;
    let sent = it.post(&ben, &path, json!({ "text": "Wait" })).await;
    let one = format!("{path}/{}", sent["id"].as_str().unwrap());
    it.until("the pause", async || {
        (message(it, &ben, &id, &sent["id"]).await["error"]["code"] == 613).then_some(())
    })
    .await;
    let sue = it.user("Sue", Role::Supervisor).await;
    let (status, problem) = it.call(&sue, Method::POST, &format!("{one}/cancel"), None).await;
    assert_eq!(status, StatusCode::CONFLICT, "she does not hold it: {problem}");
    let cancelled = it.post(&ben, &format!("{one}/cancel"), json!({})).await;
    assert_eq!(cancelled["status"], "cancelled");
    assert_eq!(it.call(&ben, Method::POST, &format!("{one}/cancel"), None).await.0, StatusCode::CONFLICT);
    let carla = it.user("Carla", Role::Agent).await;
    assert_eq!(it.call(&carla, Method::POST, &format!("{one}/cancel"), None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(it.call(&ben, Method::POST, &format!("{path}/1/cancel"), None).await.0, StatusCode::NOT_FOUND);
}
