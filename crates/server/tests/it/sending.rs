//! What is sent, what is known of it, and on what ground: the window, pauses, turns, doubts.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::testing;

use crate::app::{APP_ID, LAVKA, TestApp};
use crate::fixture::{active, becomes, message};
use domain::time::{DAY, HOUR, SECOND};

async fn on_phone(it: &TestApp, customer: &str, words: &str) -> usize {
    let phone = it.phone(customer).await;
    phone["messages"].as_array().unwrap().iter().filter(|message| message["text"] == words).count()
}

const LEFT: [&str; 3] = ["sent", "delivered", "read"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_day_people_write_under_the_tag_and_bots_not_at_all() {
    let it = TestApp::start().await;
    let (ben, id, gateway) = active(&it).await;
    it.control(Method::POST, &format!("/apps/{APP_ID}"), json!({ "human_agent": true })).await;
    let clock = json!({ "page_id": LAVKA, "customer_id": "olena", "shift_hours": 30 });
    it.control(Method::POST, "/clock", clock).await;
    it.clock.advance(30 * HOUR);

    let path = format!("/conversations/{id}/messages");
    let (status, body) = it.call(&ben, Method::POST, &path, Some(json!({ "text": "Too early" }))).await;
    assert_eq!(status, StatusCode::CONFLICT, "without the feature nobody writes after a day: {body}");
    let (status, body) = it
        .call(&it.admin, Method::PATCH, &format!("/gateways/{gateway}"), Some(json!({ "page_rate": 301 })))
        .await;
    assert_eq!((status, &body["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/page_rate")));
    let (status, changed) = it
        .call(&it.admin, Method::PATCH, &format!("/gateways/{gateway}"), Some(json!({ "human_agent": true })))
        .await;
    assert_eq!(
        (status, &changed["human_agent"], &changed["page_rate"]),
        (StatusCode::OK, &json!(true), &json!(40))
    );

    let window = it.get(&ben, &format!("/conversations/{id}")).await["window"].clone();
    assert_eq!((&window["open"], &window["ground"]), (&json!(true), &json!("human_agent")), "{window}");
    assert!(window["human_agent_until"].is_string());
    // The tag is for messages alone: Meta takes no reaction under it.
    let thread = it.get(&ben, &format!("{path}?limit=200")).await;
    let theirs = thread["items"].as_array().unwrap().iter().find(|m| m["direction"] == "in").unwrap();
    let react = format!("{path}/{}/reactions", theirs["id"].as_str().unwrap());
    let (status, problem) = it.call(&ben, Method::POST, &react, Some(json!({ "emoji": "\u{1f44d}" }))).await;
    let detail = problem["detail"].as_str().unwrap();
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(detail.starts_with("Reactions are possible within 24 hours"), "{detail}");
    let sent = it.post(&ben, &path, json!({ "text": "Back from the weekend" })).await;
    becomes(&it, &ben, &id, &sent["id"], &LEFT).await;
    let shown = it.phone_shows("olena", "Back from the weekend").await;
    assert_eq!(shown["tag"], "HUMAN_AGENT", "{shown}");

    // No person typed the closing text.
    it.post(&ben, &format!("/conversations/{id}/close"), json!({})).await;
    let closed = it.get(&ben, &format!("/conversations/{id}")).await;
    assert_eq!(closed["state"], "closed");
    let thread = it.get(&it.admin, &format!("{path}?limit=200")).await;
    let last = thread["items"].as_array().unwrap().iter().rev().find(|m| m["direction"] == "out").unwrap();
    assert_eq!(last["text"], "Back from the weekend", "what the window forbids and no person typed is left out");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waited_until_the_window_had_closed_fails_with_the_reason() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let path = format!("/{LAVKA}/messages");
    let fault =
        json!({ "kind": "graph_error", "path": path, "method": "POST", "times": 1, "status": 400, "code": 613 });
    it.control(Method::POST, "/faults", fault).await;
    let sent = it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": "In time" })).await;
    it.until("the pause", async || {
        message(&it, &ben, &id, &sent["id"]).await["error"]["code"].as_i64().filter(|code| *code == 613)
    })
    .await;
    it.clock.advance(2 * DAY);
    let failed = becomes(&it, &ben, &id, &sent["id"], &["failed"]).await;
    assert!(failed["error"]["reason"].as_str().unwrap().contains("24 hours"), "{failed}");
    assert_eq!(on_phone(&it, "olena", "In time").await, 0);
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restricted_page_pauses_says_so_and_goes_on_by_itself() {
    let it = TestApp::start().await;
    let (ben, id, gateway) = active(&it).await;
    let path = format!("/{LAVKA}/messages");
    let fault =
        json!({ "kind": "graph_error", "path": path, "method": "POST", "times": 1, "status": 400, "code": 368 });
    it.control(Method::POST, "/faults", fault).await;
    let first = it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": "First" })).await;
    let paused = async || {
        let health = it.get(&it.admin, &format!("/gateways/{gateway}/health")).await;
        health["findings"].as_array().unwrap().iter().find(|f| f["code"] == "sending_paused").cloned()
    };
    let finding = it.until("the alarm", paused).await;
    assert_eq!((&finding["severity"], &finding["account_id"]), (&json!("error"), &json!(LAVKA)), "{finding}");
    let second = it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": "Second" })).await;
    let waiting = message(&it, &ben, &id, &first["id"]).await;
    assert_eq!((&waiting["status"], &waiting["error"]["code"]), (&json!("queued"), &json!(368)), "{waiting}");
    // The pause is over: Meta takes messages again, in their order, and the alarm goes.
    it.clock.advance(HOUR);
    becomes(&it, &ben, &id, &first["id"], &LEFT).await;
    becomes(&it, &ben, &id, &second["id"], &LEFT).await;
    it.until("the alarm to clear", async || paused().await.is_none().then_some(())).await;
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_to_one_customer_starves_nobody() {
    let it = TestApp::start().await;
    let (ben, id, gateway) = active(&it).await;
    let slow = json!({ "page_rate": 10 });
    it.call(&it.admin, Method::PATCH, &format!("/gateways/{gateway}"), Some(slow)).await;
    for n in 0..60 {
        it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": format!("Flood {n}") })).await;
    }
    it.writes("ahmed", json!({ "text": "Hello" })).await;
    it.until("the bot's answer to another customer", async || {
        let phone = it.phone("ahmed").await;
        phone["messages"].as_array()?.iter().any(|message| message["direction"] == "out").then_some(())
    })
    .await;
    let flood = it.phone("olena").await;
    let arrived = flood["messages"].as_array().unwrap().iter().filter_map(|m| m["text"].as_str());
    let arrived = arrived.filter(|text| text.starts_with("Flood")).count();
    assert!(arrived < 60, "another customer's answer does not wait for the end of a flood");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_message_in_parts_only_those_that_did_not_leave_are_sent_again() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let form = reqwest::multipart::Form::new().text("conversation_id", id.clone()).part(
        "file",
        reqwest::multipart::Part::bytes(b"%PDF-1.4 price list".to_vec())
            .file_name("prices.pdf")
            .mime_str("application/pdf")
            .unwrap(),
    );
    let upload =
        it.http().post(format!("{}/api/v1/media", it.url)).bearer_auth(&ben).multipart(form).send().await.unwrap();
    assert_eq!(upload.status(), StatusCode::CREATED);
    let file: Value = upload.json().await.unwrap();
    // The text gets no response and never arrives; the file after it is sent.
    let fault = json!({ "kind": "graph_error", "path": format!("/{LAVKA}/messages"), "method": "POST", "times": 1,
        "status": 502, "body": "<html>bad gateway</html>" });
    it.control(Method::POST, "/faults", fault).await;
    let sent = json!({ "text": "Our prices", "attachment_ids": [file["id"]] });
    let sent = it.post(&ben, &format!("/conversations/{id}/messages"), sent).await;
    becomes(&it, &ben, &id, &sent["id"], &["uncertain"]).await;
    let files = async || {
        let phone = it.phone("olena").await;
        let messages = phone["messages"].as_array().unwrap().clone();
        messages
            .iter()
            .filter(|m| m["direction"] == "out" && m["attachments"].as_array().is_some_and(|f| !f.is_empty()))
            .count()
    };
    it.clock.advance(20 * SECOND);
    it.until("the file", async || (files().await == 1).then_some(())).await;
    it.until("the file's part to be settled", async || {
        let sql = "SELECT count(*) FROM outbox WHERE state <> 'released'";
        (testing::number(&it.store, sql, vec![]).await.unwrap() == 0).then_some(())
    })
    .await;
    // Its echo says nothing about the text.
    let still = message(&it, &ben, &id, &sent["id"]).await;
    assert_eq!(still["status"], "uncertain", "{still}");
    let path = format!("/conversations/{id}/messages/{}/retry", sent["id"].as_str().unwrap());
    it.post(&ben, &path, json!({})).await;
    becomes(&it, &ben, &id, &sent["id"], &LEFT).await;
    assert_eq!((files().await, on_phone(&it, "olena", "Our prices").await), (1, 1));
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_read_before_anybody_said_that_it_left_is_read() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    it.control(Method::POST, "/settings", json!({ "delivery_ms": 600_000 })).await;
    // The response of Send is slow, and the echo comes after the customer's read receipt.
    let slow = json!({ "kind": "graph_delay", "path": format!("/{LAVKA}/messages"), "method": "POST", "times": 1,
        "when": "after", "delay_ms": 3_000 });
    it.control(Method::POST, "/faults", slow).await;
    it.control(Method::POST, "/faults", json!({ "kind": "webhook_reorder", "page_id": LAVKA, "times": 1 })).await;
    let sent = it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": "Seen at once" })).await;
    it.phone_shows("olena", "Seen at once").await;
    it.control(Method::POST, &format!("/pages/{LAVKA}/customers/olena/read"), json!({})).await;
    let read = becomes(&it, &ben, &id, &sent["id"], &["read"]).await;
    assert!(read["read_at"].is_string(), "{read}");
    let log = it.control(Method::GET, "/deliveries?kind=webhook&limit=2000", json!({})).await;
    let bodies: Vec<String> =
        log["items"].as_array().unwrap().iter().map(|entry| entry["body"].to_string()).collect();
    let at = |what: &str| bodies.iter().position(|body| body.contains(what)).unwrap();
    assert!(at("\"read\":{") < at("Seen at once"), "the seen mark came first: {bodies:?}");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_message_that_waits_for_a_dead_token_says_why() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let path = format!("/conversations/{id}/messages");
    it.control(Method::POST, "/tokens/expire", json!({ "app_id": APP_ID, "subcode": 460 })).await;
    let mut waiting = Vec::new();
    for text in ["One", "Two"] {
        waiting.push(it.post(&ben, &path, json!({ "text": text })).await["id"].clone());
    }
    it.until("the reason of the first", async || {
        let first = message(&it, &ben, &id, &waiting[0]).await;
        first["error"].is_object().then_some(())
    })
    .await;
    waiting.push(it.post(&ben, &path, json!({ "text": "Three" })).await["id"].clone());
    for one in &waiting {
        let shown = message(&it, &ben, &id, one).await;
        assert_eq!((&shown["status"], shown["error"].is_object()), (&json!("queued"), true), "{shown}");
    }
}
