//! `POST /conversations/{id}/transfer`

use domain::role::Role;
use domain::time::SECOND;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixture::{Screen, active, user_id};
use crate::routes::on_both_engines;

on_both_engines! {
    it_goes_to_a_colleague_who_is_online_or_to_a_queue
    what_a_colleague_does_not_accept_comes_back
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
    assert_eq!((status, &moved["state"], &moved["agent"]), (StatusCode::OK, &json!("offered"), &Value::Null));
    let from = json!({ "id": user_id(it, &ben).await, "name": "Ben", "note": "For you" });
    assert_eq!((&moved["offer"]["agent_id"], &moved["offer"]["from"]), (&her, &from));
    assert_eq!(moved["offer"]["agent_name"], "Carla");
    let mine = it.get(&ben, "/conversations?agent=me&state=offered").await;
    assert_eq!(mine["items"][0]["id"], json!(id), "the sender still sees it");
    it.get(&ben, &format!("/conversations/{id}/messages")).await;
    assert_eq!(transfer(json!({ "agent_id": her })).await.0, StatusCode::CONFLICT, "it is on its way");
    it.post(&carla, &format!("/conversations/{id}/accept"), json!({})).await;
    assert_eq!(it.call(&ben, Method::GET, &format!("/conversations/{id}"), None).await.0, StatusCode::NOT_FOUND);
    it.phone_shows("olena", "Carla has joined").await;
    let queue = it.get(&carla, "/queues").await["items"][0]["id"].clone();
    let (status, moved) = it.call(&carla, Method::POST, &path, Some(json!({ "queue_id": queue }))).await;
    assert_eq!((status, &moved["queue"]["id"]), (StatusCode::OK, &queue));
}

async fn what_a_colleague_does_not_accept_comes_back(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let carla = it.user("Carla", Role::Agent).await;
    it.online(&carla).await;
    let mut screen = Screen::open(it, &carla).await;
    let her = json!({ "agent_id": user_id(it, &carla).await });
    let path = |step: &str| format!("/conversations/{id}/{step}");
    let with = async |name: &str, cause: &str| {
        it.until(cause, async || {
            let now = it.get(&it.admin, &format!("/conversations/{id}")).await;
            (now["state"] == "active" && now["agent"]["name"] == name).then_some(())
        })
        .await;
        let thread = it.get(&it.admin, &path("messages?limit=200")).await;
        let last = thread["items"].as_array().unwrap().iter().rev().find(|item| item["kind"] == "event").unwrap();
        let args = json!({ "agent": "Carla", "to": name, "cause": cause });
        assert_eq!(last["event"], json!({ "code": "transfer_returned", "args": args }));
    };
    let offered = async |screen: &mut Screen| {
        it.post(&ben, &path("transfer"), her.clone()).await;
        let offer = screen.event("offer", |data| data["conversation_id"] == json!(id)).await;
        assert_eq!(offer["conversation"]["offer"]["from"]["name"], "Ben", "it rings");
    };
    offered(&mut screen).await;
    it.post(&carla, &path("decline"), json!({})).await;
    with("Ben", "declined").await;

    offered(&mut screen).await;
    it.clock.advance(31 * SECOND);
    it.post(&carla, "/me/presence", json!({})).await;
    with("Ben", "missed").await;

    offered(&mut screen).await;
    let back = it.post(&ben, &path("decline"), json!({})).await;
    assert_eq!(back["agent"]["name"], "Ben");
    with("Ben", "taken_back").await;

    offered(&mut screen).await;
    it.call(&carla, Method::PUT, "/me/status", Some(json!({ "status": "offline" }))).await;
    with("Ben", "unavailable").await;

    // The sender has gone: it waits in its queue.
    it.online(&carla).await;
    offered(&mut screen).await;
    it.call(&ben, Method::PUT, "/me/status", Some(json!({ "status": "offline" }))).await;
    let queued = it.post(&carla, &path("decline"), json!({})).await;
    assert_eq!((&queued["state"], &queued["agent"]), (&json!("queued"), &Value::Null));
}
