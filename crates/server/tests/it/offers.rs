//! Who is offered what, and what becomes of an offer, through the API on both engines.

use domain::role::Role;
use domain::time::SECOND;
use reqwest::{Method, StatusCode};
use serde_json::json;
use store::testing;

use crate::app::TestApp;
use crate::fixture::{Screen, user_id};
use crate::routes::on_both_engines;

on_both_engines! {
    who_is_declined_lets_the_next_customer_through
    an_agent_has_one_offer_at_a_time
    only_an_offer_that_was_shown_is_missed
    a_status_event_carries_the_status_that_was_set
    however_many_wait_where_no_agent_is_they_keep_no_one_else_waiting
}

/// The new offer to an agent, in addition to the known ones.
async fn next_offer(it: &TestApp, token: &str, before: &str) -> String {
    it.until("another offer", async || {
        let offer = it.offered(token).await;
        let id = offer["id"].as_str().unwrap().to_owned();
        (id != before).then_some(id)
    })
    .await
}

async fn waiting(it: &TestApp, count: usize) {
    it.until("all of them to wait", async || {
        let list = it.get(&it.admin, "/conversations?state=queued,offered").await;
        (list["items"].as_array()?.len() == count).then_some(())
    })
    .await;
}

async fn decline(it: &TestApp, token: &str, id: &str) {
    it.post(token, &format!("/conversations/{id}/decline"), json!({})).await;
}

async fn who_is_declined_lets_the_next_customer_through(it: &TestApp) {
    it.connected().await;
    for customer in ["olena", "maria"] {
        it.asks_for_an_agent(customer).await;
    }
    waiting(it, 2).await;
    let ben = it.user("Ben", Role::Agent).await;
    it.online(&ben).await;
    let first = next_offer(it, &ben, "").await;
    decline(it, &ben, &first).await;
    let second = next_offer(it, &ben, &first).await;
    decline(it, &ben, &second).await;
    // Now both have to wait a moment, and take turns from then on.
    it.clock.advance(11 * SECOND);
    assert_eq!(next_offer(it, &ben, &second).await, first);
    decline(it, &ben, &first).await;
    assert_eq!(next_offer(it, &ben, &first).await, second);
}

async fn an_agent_has_one_offer_at_a_time(it: &TestApp) {
    it.connected().await;
    for customer in ["olena", "maria", "ahmed"] {
        it.asks_for_an_agent(customer).await;
    }
    waiting(it, 3).await;
    let ben = it.user("Ben", Role::Agent).await;
    it.online(&ben).await;
    let mut last = String::new();
    for left in [2, 1, 0] {
        last = next_offer(it, &ben, &last).await;
        let waiting = it.get(&it.admin, "/conversations?state=queued").await;
        assert_eq!(waiting["items"].as_array().unwrap().len(), left, "{waiting}");
        it.post(&ben, &format!("/conversations/{last}/accept"), json!({})).await;
    }
}

async fn only_an_offer_that_was_shown_is_missed(it: &TestApp) {
    it.connected().await;
    let ben = it.user("Ben", Role::Agent).await;
    let mut screen = Screen::open_confirming(it, &ben).await;
    it.online(&ben).await;
    it.asks_for_an_agent("olena").await;
    // More often than an agent may miss offers.
    for _ in 0..4 {
        let id = it.offered(&ben).await["id"].as_str().unwrap().to_owned();
        it.clock.advance(31 * SECOND);
        it.post(&ben, "/me/presence", json!({})).await;
        let ended = screen.event("offer_ended", |_| true).await;
        assert_eq!((&ended["conversation_id"], &ended["outcome"]), (&json!(id), &json!("unseen")));
        it.clock.advance(11 * SECOND);
    }
    assert_eq!(it.get(&ben, "/me").await["status"]["status"], "online");
    for missed in 1..=3 {
        let id = it.offered(&ben).await["id"].as_str().unwrap().to_owned();
        let shown = format!("/conversations/{id}/offer-shown");
        it.post(&ben, &shown, json!({})).await;
        it.post(&ben, &shown, json!({})).await;
        it.clock.advance(31 * SECOND);
        it.post(&ben, "/me/presence", json!({})).await;
        let status = screen.event("status", |_| true).await;
        let (word, reason) = if missed < 3 { ("online", "self") } else { ("pause", "missed_offers") };
        assert_eq!((&status["status"]["status"], &status["status"]["reason"]), (&json!(word), &json!(reason)));
        assert_eq!(screen.event("offer_ended", |_| true).await["outcome"], "missed");
        let (status, problem) = it.call(&ben, Method::POST, &shown, None).await;
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
        it.clock.advance(11 * SECOND);
    }
}

async fn a_status_event_carries_the_status_that_was_set(it: &TestApp) {
    let ben = it.user("Ben", Role::Agent).await;
    let id = user_id(it, &ben).await;
    let mut own = Screen::open(it, &ben).await;
    let mut colleague = Screen::open(it, &it.admin).await;
    for _ in 0..20 {
        for status in ["online", "pause"] {
            let body = json!({ "status": status });
            assert_eq!(it.call(&ben, Method::PUT, "/me/status", Some(body)).await.0, StatusCode::OK);
            assert_eq!(own.event("status", |_| true).await["status"]["status"], status);
            let agent = colleague.event("agent", |data| data["agent"]["id"] == json!(id)).await;
            assert_eq!(agent["agent"]["status"], status);
        }
    }
}

async fn however_many_wait_where_no_agent_is_they_keep_no_one_else_waiting(it: &TestApp) {
    it.connected().await;
    let queue = json!({ "name": "Night", "priority": 10, "all_agents": false });
    let night = it.post(&it.admin, "/queues", queue).await["id"].as_str().unwrap().parse::<i64>().unwrap();
    it.asks_for_an_agent("olena").await;
    waiting(it, 1).await;
    let list = it.get(&it.admin, "/conversations").await;
    let id = list["items"][0]["id"].as_str().unwrap().parse::<i64>().unwrap();
    // 1,100 like it wait in the other queue, for longer and before all others.
    const MANY: &str =
        "INSERT INTO conversation (id, identity_id, contact_id, gateway_id, channel, account_id, state, is_open,
            queue_id, priority, created_at, last_activity_at, queued_at, unread, data, version)
        WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < 1100)
        SELECT i, i, contact_id, gateway_id, channel, account_id, state, 1, $2, 10, i, i, i, 0, data, 1
        FROM n CROSS JOIN conversation WHERE id = $1";
    let made = testing::execute(&it.store, MANY, testing::params![id, night]).await.unwrap();
    assert_eq!(made, 1_100);
    let ben = it.user("Ben", Role::Agent).await;
    it.online(&ben).await;
    assert_eq!(next_offer(it, &ben, "").await, id.to_string());
}
