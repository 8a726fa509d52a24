//! Outgoing webhooks: signed, in order, once; an endpoint that is down does not delay others and gets its events
//! later.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use aws_lc_rs::hmac;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{APP_ID, Engine, TestApp};
use domain::role::Role;

/// Another program, which remembers the events that it received.
#[derive(Clone, Default)]
struct Receiver {
    got: Arc<Mutex<Vec<(String, String, Value)>>>,
    dead: Arc<AtomicBool>,
}

impl Receiver {
    /// Listens on a free port; returns its address.
    async fn start(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/hook", post(take)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        format!("http://{address}/hook")
    }

    fn got(&self) -> Vec<(String, String, Value)> {
        self.got.lock().unwrap().clone()
    }

    fn of(&self, kind: &str) -> Vec<Value> {
        self.got().into_iter().filter(|(_, _, body)| body["type"] == kind).map(|(_, _, body)| body).collect()
    }
}

async fn take(State(it): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    if it.dead.load(Ordering::SeqCst) {
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    let text = String::from_utf8(body.to_vec()).unwrap();
    let signature = headers["x-deskbell-signature"].to_str().unwrap().to_owned();
    let value = serde_json::from_str(&text).unwrap();
    it.got.lock().unwrap().push((signature, text, value));
    StatusCode::NO_CONTENT
}

/// Checks a signature by this test's own implementation of the API documentation.
fn rightly_signed(secret: &str, signature: &str, body: &str) -> bool {
    let (time, hex) = signature.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{time}.{body}").as_bytes());
    hex == tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_and_alarms_are_told_signed_in_order_and_once() {
    let it = TestApp::start().await;
    let (alive, dead) = (Receiver::default(), Receiver::default());
    dead.dead.store(true, Ordering::SeqCst);
    let make = async |url: String, events: Value| {
        let (status, hook) =
            it.call(&it.admin, Method::POST, "/webhooks", Some(json!({ "url": url, "events": events }))).await;
        assert_eq!(status, StatusCode::CREATED, "{hook}");
        hook
    };
    let events = json!(["message.created", "health.alarm", "health.cleared", "conversation.changed"]);
    let silent = make(dead.start().await, json!(["message.created"])).await;
    let hook = make(alive.start().await, events).await;
    let secret = hook["secret"].as_str().unwrap().to_owned();
    let path = format!("/webhooks/{}", hook["id"].as_str().unwrap());
    assert!(it.get(&it.admin, &path).await.get("secret").is_none(), "the secret is shown once");

    let gateway = it.connected().await;
    for n in 1..=5 {
        it.writes("olena", json!({ "text": format!("No {n}") })).await;
    }
    it.until("five messages", async || {
        let words = alive.of("message.created");
        (words.iter().filter(|delivered| delivered["data"]["message"]["direction"] == "in").count() == 5)
            .then_some(())
    })
    .await;
    let delivered: Vec<Value> = alive.of("message.created");
    let words: Vec<&str> = delivered
        .iter()
        .filter(|delivered| delivered["data"]["message"]["direction"] == "in")
        .map(|delivered| delivered["data"]["message"]["text"].as_str().unwrap())
        .collect();
    assert_eq!(words, ["No 1", "No 2", "No 3", "No 4", "No 5"]);
    for (signature, text, _) in alive.got() {
        assert!(rightly_signed(&secret, &signature, &text));
        assert!(!rightly_signed("another secret", &signature, &text));
    }
    let mut ids: Vec<String> = alive.got().iter().map(|(_, _, body)| body["id"].to_string()).collect();
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "each event once");

    it.control(Method::POST, "/tokens/expire", json!({ "app_id": APP_ID })).await;
    it.post(&it.admin, &format!("/gateways/{gateway}/health/check"), json!({})).await;
    it.until("the alarm", async || {
        alive.of("health.alarm").iter().any(|delivered| delivered["data"]["code"] == "token_dead").then_some(())
    })
    .await;
    it.post(&it.admin, &format!("/gateways/{gateway}/health/check"), json!({})).await;
    let view = it.get(&it.admin, &format!("/gateways/{gateway}")).await;
    assert!(view["alarms"].as_u64().unwrap() > 0, "{view}");
    it.post(&it.admin, &format!("/gateways/{gateway}/health/seen"), json!({})).await;
    assert_eq!(it.get(&it.admin, &format!("/gateways/{gateway}")).await["alarms"], 0);
    it.connect(&gateway, crate::app::ANNA).await;
    it.until("the all-clear", async || {
        alive.of("health.cleared").iter().any(|delivered| delivered["data"]["code"] == "token_dead").then_some(())
    })
    .await;
    let alarms = alive.of("health.alarm");
    let dead_tokens = alarms.iter().filter(|delivered| {
        delivered["data"]["code"] == "token_dead" && !delivered["data"]["account_id"].is_null()
    });
    let mut pages: Vec<String> =
        dead_tokens.map(|delivered| delivered["data"]["account_id"].to_string()).collect();
    let count = pages.len();
    pages.sort();
    pages.dedup();
    assert_eq!(pages.len(), count, "one alarm for each appearance");

    // The endpoint that is down delayed no one, shows why it failed, and gets everything in order once it responds.
    let path = format!("/webhooks/{}", silent["id"].as_str().unwrap());
    let failing = it.get(&it.admin, &path).await;
    assert_eq!(
        (failing["state"].as_str(), failing["last_status"].as_i64()),
        (Some("failing"), Some(500)),
        "{failing}"
    );
    dead.dead.store(false, Ordering::SeqCst);
    let (status, _) = it.call(&it.admin, Method::PATCH, &path, Some(json!({ "enabled": true }))).await;
    assert_eq!(status, StatusCode::OK);
    it.until("what it missed", async || {
        let delivered = dead.of("message.created");
        let words: Vec<&str> =
            delivered.iter().filter_map(|delivered| delivered["data"]["message"]["text"].as_str()).collect();
        let words: Vec<&str> =
            words.into_iter().filter(|text| text.starts_with("No ") && text.len() == 4).collect();
        (words == ["No 1", "No 2", "No 3", "No 4", "No 5"]).then_some(())
    })
    .await;
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_are_checked_tested_and_for_administrators() {
    let it = TestApp::start().await;
    let receiver = Receiver::default();
    let url = receiver.start().await;
    let make = async |body: Value| it.call(&it.admin, Method::POST, "/webhooks", Some(body)).await;
    for (body, pointer) in [
        (json!({ "url": "http://10.0.0.1/x", "events": ["health.alarm"] }), "/url"),
        (json!({ "url": "nowhere", "events": ["health.alarm"] }), "/url"),
        (json!({ "url": url, "events": ["health.alarm", "moon.rise"] }), "/events/1"),
        (json!({ "url": url, "events": [] }), "/events"),
        (json!({ "url": url, "events": ["health.alarm"], "secret": "short" }), "/secret"),
    ] {
        let (status, problem) = make(body).await;
        assert_eq!(
            (status, problem["errors"][0]["pointer"].as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, Some(pointer)),
            "{problem}"
        );
    }
    let (status, _) = make(json!({ "url": url, "events": ["health.alarm"], "colour": "red" })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(it.get(&it.admin, "/webhooks").await["items"], json!([]), "bad input changes nothing");

    let (_, hook) = make(json!({ "url": url, "events": ["health.alarm"], "enabled": false })).await;
    let path = format!("/webhooks/{}", hook["id"].as_str().unwrap());
    let tested = it.post(&it.admin, &format!("{path}/test"), json!({})).await;
    assert_eq!((tested["ok"].as_bool(), receiver.of("test").len()), (Some(true), 1), "{tested}");
    let change = json!({ "enabled": true, "version": hook["version"] });
    let (status, changed) = it.call(&it.admin, Method::PATCH, &path, Some(change.clone())).await;
    assert_eq!((status, changed["enabled"].as_bool()), (StatusCode::OK, Some(true)));
    let (status, stale) = it.call(&it.admin, Method::PATCH, &path, Some(change)).await;
    assert_eq!((status, stale["current"]["enabled"].as_bool()), (StatusCode::CONFLICT, Some(true)));
    let supervisor = it.user("Sue Supervisor", Role::Supervisor).await;
    assert_eq!(it.call(&supervisor, Method::GET, "/webhooks", None).await.0, StatusCode::FORBIDDEN);
    let (status, _) = it.call(&it.admin, Method::DELETE, &path, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(it.call(&it.admin, Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_took_nothing_for_a_day_is_switched_off_and_health_says_so() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    let receiver = Receiver::default();
    receiver.dead.store(true, Ordering::SeqCst);
    let body = json!({ "url": receiver.start().await, "events": ["message.created"] });
    let hook = it.post(&it.admin, "/webhooks", body).await;
    let path = format!("/webhooks/{}", hook["id"].as_str().unwrap());
    it.writes("olena", json!({ "text": "Is anybody there?" })).await;
    it.until("a failure", async || (it.get(&it.admin, &path).await["state"] == "failing").then_some(())).await;
    it.clock.advance(domain::time::DAY);
    it.until("the end of patience", async || {
        it.writes("olena", json!({ "text": "Hello?" })).await;
        (it.get(&it.admin, &path).await["enabled"] == false).then_some(())
    })
    .await;
    let found = it
        .until("the finding", async || {
            let health = it.get(&it.admin, &format!("/gateways/{gateway}/health")).await;
            let findings = health["findings"].as_array()?.clone();
            findings.into_iter().find(|finding| finding["code"] == "webhook_disabled")
        })
        .await;
    assert_eq!((&found["severity"], &found["action"]["kind"]), (&json!("warning"), &json!("open_webhooks")));
    assert!(found["message"].as_str().unwrap().contains("127.0.0.1"), "{found}");

    // After it is switched on again it gets the events from then on, and the finding disappears.
    receiver.dead.store(false, Ordering::SeqCst);
    let (status, _) = it.call(&it.admin, Method::PATCH, &path, Some(json!({ "enabled": true }))).await;
    assert_eq!(status, StatusCode::OK);
    it.writes("olena", json!({ "text": "At last" })).await;
    it.until("what happens from then on", async || {
        receiver
            .of("message.created")
            .iter()
            .any(|delivered| delivered["data"]["message"]["text"] == "At last")
            .then_some(())
    })
    .await;
    let health = it.get(&it.admin, &format!("/gateways/{gateway}/health")).await;
    assert!(!health["findings"].as_array().unwrap().iter().any(|it| it["code"] == "webhook_disabled"), "{health}");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_of_a_queue_is_sent_once_when_it_begins_and_once_when_it_ends_also_across_a_restart() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(mut it) = TestApp::start_on(engine).await else { continue };
        let receiver = Receiver::default();
        let body = json!({ "url": receiver.start().await, "events": ["queue.alert"] });
        it.post(&it.admin, "/webhooks", body).await;
        it.connected().await;
        let queue = it.get(&it.admin, "/queues").await["items"][0]["id"].as_str().unwrap().to_owned();
        let limits = json!({ "max_waiting": 1, "sla": { "first_response_seconds": 30 } });
        it.call(&it.admin, Method::PATCH, &format!("/queues/{queue}"), Some(limits)).await;
        it.asks_for_an_agent("olena").await;
        let kinds = async |count: usize| {
            it.until("alerts", async || {
                let alerts = it.get(&it.admin, "/wallboard").await["alerts"].as_array()?.clone();
                (alerts.len() == count).then_some(alerts)
            })
            .await
        };
        let full = kinds(1).await;
        assert_eq!((&full[0]["kind"], &full[0]["queue"]), (&json!("max_waiting"), &json!("General")));
        it.clock.advance(31 * domain::time::SECOND);
        let both = kinds(2).await;
        assert_eq!((&both[0]["kind"], &both[0]["limit"]), (&json!("first_response_seconds"), &json!(30)));
        assert_eq!(both[1], full[0], "it was raised once");

        it.stop_workers().await;
        let workers = engine::workers::start(it.app(), review::workers);
        let ben = it.user("Ben", Role::Agent).await;
        it.online(&ben).await;
        let offer = it.offered(&ben).await["id"].as_str().unwrap().to_owned();
        it.post(&ben, &format!("/conversations/{offer}/accept"), json!({})).await;
        let sent = it
            .until("the end of both", async || {
                let sent = receiver.of("queue.alert");
                let over = sent.iter().filter(|alert| alert["data"]["state"] == "cleared").count();
                (over == 2).then_some(sent)
            })
            .await;
        let states: Vec<_> = sent.iter().map(|alert| alert["data"]["state"].as_str().unwrap()).collect();
        assert_eq!(states, ["raised", "raised", "cleared", "cleared"], "each once");
        assert_eq!((&sent[0]["data"]["queue_id"], &sent[0]["data"]["kind"]), (&json!(queue), &full[0]["kind"]));
        assert_eq!(it.get(&it.admin, "/wallboard").await["alerts"], json!([]));
        workers.stop().await;
        it.stop().await;
    }
}
