//! What the store holds of failures, findings, logins and measures against a Page: codes with arguments. Our sentences are made
//! where they are shown.

use aws_lc_rs::hmac;
use reqwest::Method;
use serde_json::{Value, json};
use store::testing;

use crate::app::{APP_ID, APP_SECRET, Engine, LAVKA, TestApp};
use crate::fixture::{active, becomes, message};

/// Every column that holds a code with its arguments, or several in a list.
const CODES: [(&str, &str); 16] = [
    ("message.error", "SELECT error FROM message WHERE error IS NOT NULL"),
    ("outbox.error", "SELECT error FROM outbox WHERE error IS NOT NULL"),
    ("page.problem", "SELECT problem FROM account WHERE problem IS NOT NULL"),
    ("page.trouble", "SELECT trouble FROM account WHERE trouble IS NOT NULL"),
    ("page.pause_reason", "SELECT pause_reason FROM account WHERE pause_reason IS NOT NULL"),
    ("medium.error", "SELECT error FROM medium WHERE error IS NOT NULL"),
    ("catch_up.problem", "SELECT problem FROM catch_up WHERE problem IS NOT NULL"),
    ("alarm.finding", "SELECT finding FROM alarm"),
    ("the event of an alarm", "SELECT detail FROM event WHERE kind IN ('alarm', 'alarm_cleared')"),
    ("what a check found", "SELECT value FROM setting WHERE key LIKE 'health:%'"),
    ("login_attempt.ended", "SELECT ended FROM login_attempt WHERE ended IS NOT NULL"),
    ("delivery.error", "SELECT error FROM delivery WHERE error IS NOT NULL"),
    ("webhook.last_error", "SELECT last_error FROM webhook WHERE last_error IS NOT NULL"),
    ("audit.detail", "SELECT detail FROM audit"),
    ("webhook.stopped", "SELECT stopped FROM webhook WHERE stopped IS NOT NULL"),
    ("health_fact.detail", "SELECT detail FROM health_fact WHERE name = 'file_refused'"),
];

/// Names of people and things, which are arguments, and texts of Meta.
const QUOTED: [&str; 7] = ["page", "account", "agent", "name", "gateway", "title", "reason"];

/// Fails if a value holds a text with a space that no one but us can have written.
#[track_caller]
fn holds_no_sentence(column: &str, value: &Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in
                map.iter().filter(|(key, value)| !(value.is_string() && QUOTED.contains(&key.as_str())))
            {
                if key == "code" && value.is_string() {
                    let code = value.as_str().unwrap();
                    let is_word = code.chars().all(|c| c.is_ascii_lowercase() || c == '_');
                    assert!(is_word && !code.is_empty(), "{column}: {code} is no code");
                }
                holds_no_sentence(column, value);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| holds_no_sentence(column, value)),
        Value::String(text) => assert!(!text.contains(' '), "{column} holds words: {text}"),
        _ => {}
    }
}

/// How many rows each column has; every one of them was looked at.
async fn looked_at(it: &TestApp) -> Vec<(&'static str, usize)> {
    let mut counts = Vec::new();
    for (column, sql) in CODES {
        let rows = testing::query(&it.store, sql, vec![]).await.unwrap();
        for row in &rows {
            let text = row.text(0);
            let value: Value =
                serde_json::from_str(&text).unwrap_or_else(|_| panic!("{column} is no JSON: {text}"));
            assert!(value.is_object(), "{column}: {text}");
            holds_no_sentence(column, &value);
        }
        counts.push((column, rows.len()));
    }
    counts
}

/// The same after a check, which writes down what it finds and raises alarms.
async fn checked(it: &TestApp, gateway: &str) -> Vec<(&'static str, usize)> {
    it.post(&it.admin, &format!("/gateways/{gateway}/health/check"), json!({})).await;
    looked_at(it).await
}

async fn fault(it: &TestApp, more: Value) {
    let mut fault = json!({ "kind": "graph_error", "path": format!("/{LAVKA}/messages"), "method": "POST", "times": 1,
        "status": 400 });
    fault.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    it.control(Method::POST, "/faults", fault).await;
}

/// Meta blocks the Page, as reported by a signed webhook.
async fn blocked(it: &TestApp, gateway: &str) {
    let event = json!({ "policy_enforcement": { "action": "block", "reason": "Too much spam." } });
    delivered(it, gateway, event).await;
}

/// Meta delivers an event of the Page.
async fn delivered(it: &TestApp, gateway: &str, mut event: Value) {
    let url = it.get(&it.admin, &format!("/gateways/{gateway}")).await["webhook_url"].as_str().unwrap().to_owned();
    let at = it.clock.now().0 / 1_000;
    event["recipient"] = json!({ "id": LAVKA });
    event["timestamp"] = json!(at);
    let body =
        json!({ "object": "page", "entry": [{ "id": LAVKA, "time": at, "messaging": [event] }] }).to_string();
    let key = hmac::Key::new(hmac::HMAC_SHA256, APP_SECRET.as_bytes());
    let hex: String = hmac::sign(&key, body.as_bytes()).as_ref().iter().map(|b| format!("{b:02x}")).collect();
    let request = it.http().post(url).header("x-hub-signature-256", format!("sha256={hex}")).body(body);
    assert!(request.send().await.unwrap().status().is_success());
}

/// A webhook to a port where no program listens, until it is switched off.
async fn no_program_answers(it: &TestApp) {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/hook");
    let hook = it.post(&it.admin, "/webhooks", json!({ "url": url, "events": ["message.created"] })).await;
    let path = format!("/webhooks/{}", hook["id"].as_str().unwrap());
    it.writes("olena", json!({ "text": "Into the void" })).await;
    let is = async |state: &str| Some(it.get(&it.admin, &path).await).filter(|hook| hook["state"] == state);
    let hook = it.until("a failure", async || is("failing").await).await;
    assert_eq!(hook["last_error"], "It cannot be reached.", "{hook}");
    it.clock.advance(domain::time::DAY);
    it.until("the end of patience", async || is("stopped").await).await;
}

async fn findings(it: &TestApp, gateway: &str) -> Vec<Value> {
    let health = it.get(&it.admin, &format!("/gateways/{gateway}/health")).await;
    health["findings"].as_array().unwrap().clone()
}

async fn found(it: &TestApp, gateway: &str, code: &str) -> Value {
    it.until(code, async || findings(it, gateway).await.into_iter().find(|finding| finding["code"] == code)).await
}

/// Everything that can go wrong with messages, files, searches and the Page: the store holds codes, the API sentences.
async fn nothing_stored_is_a_sentence(it: TestApp) {
    let (ben, id, gateway) = active(&it).await;
    let messages = format!("/conversations/{id}/messages");
    // A message that Meta refuses, and a file that its host refuses.
    fault(&it, json!({ "code": 551, "subcode": 1_545_041 })).await;
    let refused = it.post(&ben, &messages, json!({ "text": "Refused" })).await;
    let refused = becomes(&it, &ben, &id, &refused["id"], &["failed"]).await;
    assert_eq!(refused["error"]["cause"]["code"], "channel", "{refused}");
    it.control(Method::POST, "/faults", json!({ "kind": "cdn", "status": 403 })).await;
    it.writes("olena", json!({ "attachment": { "type": "image" } })).await;
    it.until("the refused file", async || {
        let thread = it.get(&ben, &format!("{messages}?limit=200")).await;
        let items = thread["items"].as_array()?.clone();
        items.iter().find_map(|message| message["attachments"][0]["error"].as_str().map(str::to_owned))
    })
    .await;
    // A measure against the Page, with Meta's reason.
    blocked(&it, &gateway).await;
    let policy = found(&it, &gateway, "page_blocked").await;
    assert_eq!(policy["args"]["reason"], "Too much spam.", "{policy}");
    let words = policy["message"].as_str().unwrap();
    assert!(words.contains("has blocked this Page") && words.contains("Too much spam."), "{policy}");
    let row =
        testing::query(&it.store, "SELECT policy, policy_reason FROM account WHERE policy IS NOT NULL", vec![])
            .await;
    let row = row.unwrap().remove(0);
    assert_eq!((row.text(0).as_str(), row.text(1).as_str()), ("block", "Too much spam."));
    // A delivery with an empty message.
    delivered(&it, &gateway, json!({ "message_context": {} })).await;
    it.until("the delivery that changed nothing", async || {
        let list = it.get(&it.admin, "/deliveries?state=ignored").await;
        list["items"].as_array()?.iter().find_map(|delivery| delivery["error"].as_str().map(str::to_owned))
    })
    .await;
    // A pause: the message waits and shows why.
    fault(&it, json!({ "code": 368 })).await;
    let waits = it.post(&ben, &messages, json!({ "text": "Waits" })).await;
    found(&it, &gateway, "sending_paused").await;
    let waiting = message(&it, &ben, &id, &waits["id"]).await;
    assert_eq!((&waiting["status"], &waiting["error"]["code"]), (&json!("queued"), &json!(368)), "{waiting}");
    let counts = checked(&it, &gateway).await;
    testing::execute(&it.store, "UPDATE account SET paused_until = 1 WHERE paused_until > 1", vec![])
        .await
        .unwrap();
    testing::execute(&it.store, "UPDATE outbox SET next_at = 1 WHERE next_at > 1", vec![]).await.unwrap();
    becomes(&it, &ben, &id, &waits["id"], &["sent", "delivered", "read"]).await;
    // Its token becomes invalid: the Page is unhealthy, and a search through it fails.
    it.control(Method::POST, "/tokens/expire", json!({ "app_id": APP_ID, "subcode": 460 })).await;
    it.post(&ben, &messages, json!({ "text": "After the end" })).await;
    let dead = found(&it, &gateway, "token_dead").await;
    assert_eq!(dead["args"]["trouble"]["code"], "refused", "{dead}");
    assert!(dead["message"].as_str().unwrap().contains("password"), "{dead}");
    it.post(&it.admin, &format!("/gateways/{gateway}/pages/{LAVKA}/catch-up"), json!({})).await;
    let search = it
        .until("the end of the search", async || {
            let pages = it.get(&it.admin, &format!("/gateways/{gateway}/pages")).await;
            let page = pages["items"].as_array()?.iter().find(|page| page["id"] == LAVKA).cloned()?;
            (page["catch_up"]["state"] == "failed").then(|| page["catch_up"].clone())
        })
        .await;
    assert!(search["message"].as_str().unwrap().ends_with('.'), "{search}");
    for finding in findings(&it, &gateway).await {
        assert!(finding["args"].is_object() && finding["message"].as_str().unwrap().ends_with('.'), "{finding}");
    }
    // A program that takes no events, until it is switched off.
    no_program_answers(&it).await;
    let after = checked(&it, &gateway).await;
    for ((column, before), (_, after)) in counts.iter().zip(&after) {
        assert!(before + after > 0, "nothing was in {column}");
    }
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_findings_and_policies_are_stored_as_codes_on_sqlite() {
    nothing_stored_is_a_sentence(TestApp::start().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_findings_and_policies_are_stored_as_codes_on_postgres() {
    if let Some(it) = TestApp::start_on(Engine::Postgres).await {
        nothing_stored_is_a_sentence(it).await;
    }
}
