//! How the settings of queues and agents decide who is offered a customer, and what the conversation shows about it.

use domain::role::Role;
use domain::time::SECOND;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixture::user_id;
use crate::routes::on_both_engines;

on_both_engines! {
    a_customer_waits_for_a_skill_until_any_level_is_enough
    a_team_serves_its_queue_and_no_one_else_sees_it
    a_customer_comes_back_to_the_agent_who_knows_them
    an_agent_without_room_on_a_channel_is_passed_over
    a_closed_queue_says_so_once_and_offers_when_it_opens
}

async fn patch(it: &TestApp, path: &str, change: Value) {
    let (status, answer) = it.call(&it.admin, Method::PATCH, path, Some(change)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

async fn general(it: &TestApp) -> String {
    format!("/queues/{}", it.get(&it.admin, "/queues").await["items"][0]["id"].as_str().unwrap())
}

async fn agent(it: &TestApp, token: &str) -> String {
    format!("/agents/{}", user_id(it, token).await)
}

async fn waits(it: &TestApp) -> Value {
    it.until("a customer to wait", async || {
        let list = it.get(&it.admin, "/conversations?state=queued,offered").await;
        list["items"].as_array()?.first().cloned()
    })
    .await
}

/// The reasons in the conversation for its offer.
fn why(conversation: &Value) -> Vec<&str> {
    conversation["routing"].as_array().unwrap().iter().map(|entry| entry["why"].as_str().unwrap()).collect()
}

async fn a_customer_waits_for_a_skill_until_any_level_is_enough(it: &TestApp) {
    it.connected().await;
    let skill = it.post(&it.admin, "/skills", json!({ "name": "English" })).await["id"].clone();
    let needs = json!([{ "skill_id": skill, "min_level": 50, "relax_after_seconds": 120 }]);
    patch(it, &general(it).await, json!({ "skills": needs, "strategy": "skill_level" })).await;
    let ben = it.user("Ben", Role::Agent).await;
    patch(it, &agent(it, &ben).await, json!({ "skills": [{ "skill_id": skill, "level": 49 }] })).await;
    it.online(&ben).await;
    it.asks_for_an_agent("olena").await;
    assert_eq!(waits(it).await["state"], "queued");

    let ann = it.user("Ann", Role::Agent).await;
    patch(it, &agent(it, &ann).await, json!({ "skills": [{ "skill_id": skill, "level": 50 }] })).await;
    it.online(&ann).await;
    let offer = it.offered(&ann).await;
    assert_eq!(why(&offer), ["Offered to Ann after 0:00 in General: the only agent with room"]);
    it.post(&ann, &format!("/conversations/{}/accept", offer["id"].as_str().unwrap()), json!({})).await;

    it.call(&ann, Method::PUT, "/me/status", Some(json!({ "status": "offline" }))).await;
    it.asks_for_an_agent("maria").await;
    assert_eq!(waits(it).await["state"], "queued");
    it.clock.advance(121 * SECOND);
    let offer = it.offered(&ben).await;
    let why = why(&offer)[0];
    assert!(why.ends_with("Skill levels no longer counted after this wait"), "{why}");
}

async fn a_team_serves_its_queue_and_no_one_else_sees_it(it: &TestApp) {
    it.connected().await;
    let team = it.post(&it.admin, "/teams", json!({ "name": "Sales" })).await["id"].clone();
    patch(it, &general(it).await, json!({ "all_agents": false, "team_ids": [team] })).await;
    let (ann, ben) = (it.user("Ann", Role::Agent).await, it.user("Ben", Role::Agent).await);
    it.online(&ben).await;
    it.asks_for_an_agent("olena").await;
    let path = format!("/conversations/{}", waits(it).await["id"].as_str().unwrap());
    assert_eq!(it.call(&ben, Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
    patch(it, &agent(it, &ann).await, json!({ "team_id": team })).await;
    it.online(&ann).await;
    assert_eq!(it.offered(&ann).await["state"], "offered");
    assert_eq!(it.call(&ben, Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
}

async fn a_customer_comes_back_to_the_agent_who_knows_them(it: &TestApp) {
    it.connected().await;
    patch(it, &general(it).await, json!({ "sticky_seconds": 60 })).await;
    let (ann, ben) = (it.user("Ann", Role::Agent).await, it.user("Ben", Role::Agent).await);
    it.online(&ann).await;
    it.asks_for_an_agent("olena").await;
    let first = it.offered(&ann).await;
    for step in ["accept", "close"] {
        it.post(&ann, &format!("/conversations/{}/{step}", first["id"].as_str().unwrap()), json!({})).await;
    }
    // Ben has been idle for longer by now.
    it.online(&ben).await;
    it.clock.advance(SECOND);
    it.call(&ann, Method::PUT, "/me/status", Some(json!({ "status": "offline" }))).await;
    it.online(&ann).await;
    it.asks_for_an_agent("olena").await;
    let again = it.offered(&ann).await;
    assert_ne!(again["id"], first["id"]);
    assert_eq!(why(&again), ["Offered to Ann after 0:00 in General: the agent who helped this customer before"]);
    // Who declines is not asked alone any longer.
    it.post(&ann, &format!("/conversations/{}/decline", again["id"].as_str().unwrap()), json!({})).await;
    assert_eq!(it.offered(&ben).await["id"], again["id"]);
}

async fn an_agent_without_room_on_a_channel_is_passed_over(it: &TestApp) {
    it.connected().await;
    let ben = it.user("Ben", Role::Agent).await;
    patch(it, &agent(it, &ben).await, json!({ "capacity_by_channel": { "messenger": 1 } })).await;
    it.online(&ben).await;
    it.asks_for_an_agent("olena").await;
    let first = it.offered(&ben).await;
    it.post(&ben, &format!("/conversations/{}/accept", first["id"].as_str().unwrap()), json!({})).await;
    it.asks_for_an_agent("maria").await;
    assert_eq!(waits(it).await["state"], "queued");
    let ann = it.user("Ann", Role::Agent).await;
    it.online(&ann).await;
    assert_eq!(it.offered(&ann).await["agent"], Value::Null);
}

async fn a_closed_queue_says_so_once_and_offers_when_it_opens(it: &TestApp) {
    it.connected().await;
    // It opens in the hour after next, regardless of the current time.
    let hour = |hours: i64| (it.clock.now().0 / SECOND / 3_600 + hours).rem_euclid(24);
    let (from, to) = (format!("{:02}:00", hour(2)), format!("{:02}:00", hour(4)));
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let hours = json!([{ "days": days, "from": from, "to": to }]);
    let calendar = json!({ "name": "Office", "time_zone": "UTC", "hours": hours });
    let calendar = it.post(&it.admin, "/calendars", calendar).await["id"].clone();
    let closed = "{{ queue.name }} is closed, we answer later.";
    patch(it, &general(it).await, json!({ "calendar_id": calendar, "closed_text": closed })).await;
    let ben = it.user("Ben", Role::Agent).await;
    it.online(&ben).await;
    it.asks_for_an_agent("olena").await;
    it.phone_shows("olena", "General is closed, we answer later.").await;
    let id = waits(it).await["id"].clone();
    it.writes("olena", json!({ "text": "Still there?" })).await;
    let path = format!("/conversations/{}/messages", id.as_str().unwrap());
    let texts = it
        .until("the customer's words", async || {
            let list = it.get(&it.admin, &path).await;
            let items = list["items"].as_array()?.iter();
            let texts: Vec<String> = items.filter_map(|it| Some(it["text"].as_str()?.to_owned())).collect();
            texts.iter().any(|text| text == "Still there?").then_some(texts)
        })
        .await;
    assert_eq!(texts.iter().filter(|text| text.contains("is closed")).count(), 1, "{texts:?}");
    assert_eq!(waits(it).await["state"], "queued");
    it.clock.advance(2 * 3_600 * SECOND);
    it.online(&ben).await;
    assert_eq!(it.offered(&ben).await["id"], id);
}
