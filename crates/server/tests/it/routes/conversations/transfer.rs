//! `POST /conversations/{id}/transfer`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    it_goes_to_a_colleague_who_is_online_or_to_a_queue
}

async fn it_goes_to_a_colleague_who_is_online_or_to_a_queue(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let path = format!("/conversations/{id}/transfer");
    let carla = it.user("Carla", Role::Agent).await;
    let her = it.get(&carla, "/me").await["user"]["id"].clone();
    let transfer = async |body: Value| it.call(&ben, Method::POST, &path, Some(body)).await;
    assert_eq!(transfer(json!({ "agent_id": her })).await.0, StatusCode::CONFLICT, "she is offline");
    for (bad, pointer) in [
        (json!({}), ""),
        (json!({ "queue_id": "1" }), "/queue_id"),
        (json!({ "agent_id": "1" }), "/agent_id"),
        (json!({ "flow_id": "1" }), "/flow_id"),
        (json!({ "queue_id": "1", "note": "x".repeat(5_001) }), "/note"),
    ] {
        let (status, problem) = transfer(bad).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(pointer))
        );
    }
    it.online(&carla).await;
    let (status, moved) = transfer(json!({ "agent_id": her, "note": "For you" })).await;
    assert_eq!((status, &moved["agent"]["name"]), (StatusCode::OK, &json!("Carla")));
    let queue = it.get(&carla, "/queues").await["items"][0]["id"].clone();
    let (status, moved) = it.call(&carla, Method::POST, &path, Some(json!({ "queue_id": queue }))).await;
    assert_eq!((status, &moved["queue"]["id"]), (StatusCode::OK, &queue));
}
