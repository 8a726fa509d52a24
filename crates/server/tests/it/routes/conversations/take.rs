//! `POST /conversations/{id}/take`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::{Screen, active};
use crate::routes::on_both_engines;

on_both_engines! {
    a_supervisor_takes_a_conversation_over
    the_stream_of_who_had_it_says_at_once_who_took_it
    an_agent_takes_a_waiting_customer_and_no_others
}

async fn a_supervisor_takes_a_conversation_over(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let path = format!("/conversations/{id}/take");
    assert_eq!(it.call(&ben, Method::POST, &path, None).await.0, StatusCode::CONFLICT, "he holds it");
    let sue = it.user("Sue", Role::Supervisor).await;
    let taken = it.post(&sue, &path, json!({})).await;
    assert_eq!((&taken["state"], &taken["agent"]["name"]), (&json!("active"), &json!("Sue")));
    it.post(&sue, &format!("/conversations/{id}/close"), json!({})).await;
    assert_eq!(it.call(&sue, Method::POST, &path, None).await.0, StatusCode::CONFLICT, "it is closed");
    assert_eq!(it.call(&sue, Method::POST, "/conversations/1/take", None).await.0, StatusCode::NOT_FOUND);
}

async fn the_stream_of_who_had_it_says_at_once_who_took_it(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let mut screen = Screen::open(it, &ben).await;
    let write = async |token: &str, text: &str| {
        it.post(token, &format!("/conversations/{id}/messages"), json!({ "text": text })).await;
    };
    write(&ben, "I am here").await;
    screen.event("conversation", |data| data["conversation_id"] == json!(id)).await;
    let sue = it.user("Sue", Role::Supervisor).await;
    let known = it.get(&sue, "/me").await["user"].clone();
    let path = format!("/users/{}", known["id"].as_str().unwrap());
    let no_agent = json!({ "agent": false, "version": known["version"] });
    assert_eq!(it.call(&it.admin, Method::PATCH, &path, Some(no_agent)).await.0, StatusCode::OK);
    it.post(&sue, &format!("/conversations/{id}/take"), json!({})).await;
    write(&sue, "Now I am here").await;
    // The first event after it that he gets of this conversation is that it is gone, and it is the last.
    let seen = screen.events_until(|event| event.data["gone"] == true).await;
    let last = &seen.last().unwrap().data;
    assert_eq!(last, &json!({ "conversation_id": id, "gone": true, "taken_by": "Sue" }));
    assert!(!seen.iter().any(|event| event.data.to_string().contains("Sue took over")), "{seen:?}");
    it.call(&ben, Method::PUT, "/me/status", Some(json!({ "status": "offline" }))).await;
    let after = screen.events_until(|event| event.kind == "status").await;
    assert!(after.iter().all(|event| event.data["conversation_id"] != json!(id)), "{after:?}");
}

async fn an_agent_takes_a_waiting_customer_and_no_others(it: &TestApp) {
    it.connected().await;
    it.asks_for_an_agent("olena").await;
    let id = it
        .until("the customer to wait", async || {
            let list = it.get(&it.admin, "/conversations?state=queued").await;
            list["items"][0]["id"].as_str().map(str::to_owned)
        })
        .await;
    let path = format!("/conversations/{id}/take");
    let ben = it.user("Ben", Role::Agent).await;
    let carla = it.user("Carla", Role::Agent).await;
    let take = |token| it.call(token, Method::POST, &path, None);
    let (first, second) = futures_util::future::join(take(&ben), take(&carla)).await;
    let mut statuses = [first.0, second.0];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::CONFLICT], "{first:?} {second:?}");
    let (holder, other) = if first.0 == StatusCode::OK { (&ben, &carla) } else { (&carla, &ben) };
    let it_is = it.get(holder, &format!("/conversations/{id}")).await;
    assert_eq!(it_is["state"], "active");
    assert_eq!(take(other).await.0, StatusCode::CONFLICT, "a colleague was quicker");

    // What is offered to a colleague, and what is of no queue of theirs.
    it.online(holder).await;
    it.asks_for_an_agent("maria").await;
    let offered = it.offered(holder).await["id"].as_str().unwrap().to_owned();
    let (status, problem) = it.call(other, Method::POST, &format!("/conversations/{offered}/take"), None).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("offered to a colleague"), "{problem}");
    it.writes("ahmed", json!({ "text": "Hello" })).await;
    it.phone_shows("ahmed", "").await;
    let bot = it.get(&it.admin, "/conversations?state=bot").await["items"][0]["id"].as_str().unwrap().to_owned();
    let (status, _) = it.call(other, Method::POST, &format!("/conversations/{bot}/take"), None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
