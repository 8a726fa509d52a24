//! The one private reply to a comment: who gets it, how often, how late, and what is known when Meta does not
//! respond.

use domain::role::Role;
use domain::time::{DAY, SECOND};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{LAVKA, TestApp};
use crate::fixture::{active, becomes, message, user_id};

const LEFT: [&str; 3] = ["sent", "delivered", "read"];

/// Sends Meta's event about a comment.
async fn feed(it: &TestApp, customer: &str, id: &str, verb: &str, days_ago: i64) {
    let created = it.clock.now().plus(-days_ago * DAY).0 / 1_000_000;
    let value = json!({ "item": "comment", "verb": verb, "comment_id": id, "post_id": format!("{LAVKA}_5"),
        "parent_id": format!("{LAVKA}_5"), "from": { "id": "300400500", "name": "Olena K." },
        "message": "How much is the jam?", "created_time": created });
    let item = json!({ "kind": "comment", "item": { "field": "feed", "value": value } });
    it.control(Method::POST, &format!("/pages/{LAVKA}/customers/{customer}/event"), item).await;
}

async fn listed(it: &TestApp, id: &str) -> Option<Value> {
    let list = it.get(&it.admin, &format!("/pages/{LAVKA}/comments")).await;
    list["items"].as_array()?.iter().find(|comment| comment["comment_id"] == id).cloned()
}

/// A comment of a customer's that is here; its address in the API.
async fn commented(it: &TestApp, customer: &str, id: &str, days_ago: i64) -> String {
    feed(it, customer, id, "add", days_ago).await;
    let comment = it.until("the comment", async || listed(it, id).await).await;
    format!("/pages/{LAVKA}/comments/{}/reply", comment["id"].as_str().unwrap())
}

async fn conversation_of(it: &TestApp, sent: &Value) -> String {
    it.until("the conversation of the reply", async || {
        let list = it.get(&it.admin, "/conversations?limit=200").await;
        for one in list["items"].as_array()? {
            let id = one["id"].as_str()?;
            let thread = it.get(&it.admin, &format!("/conversations/{id}/messages?limit=200")).await;
            if thread["items"].as_array()?.iter().any(|message| message["id"] == sent["id"]) {
                return Some(id.to_owned());
            }
        }
        None
    })
    .await
}

async fn refused(it: &TestApp, path: &str, body: Value) -> String {
    let (status, answer) = it.call(&it.admin, Method::POST, path, Some(body)).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    answer["detail"].as_str().unwrap().to_owned()
}

async fn replies_at_meta(it: &TestApp) -> usize {
    let calls = it.control(Method::GET, &format!("/calls?limit=1000&path=/{LAVKA}/messages"), json!({})).await;
    let calls = calls.as_array().or(calls["items"].as_array()).or(calls["calls"].as_array()).unwrap().clone();
    calls.len()
}

async fn on_phone(it: &TestApp, words: &str) -> usize {
    let phone = it.phone("olena").await;
    phone["messages"].as_array().unwrap().iter().filter(|message| message["text"] == words).count()
}

async fn fault(it: &TestApp, mut fault: Value) {
    fault["kind"] = json!("graph_error");
    fault["path"] = json!(format!("/{LAVKA}/messages"));
    fault["method"] = json!("POST");
    it.control(Method::POST, "/faults", fault).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_comment_is_answered_once_and_the_customers_answer_goes_on_in_the_same_conversation() {
    let it = TestApp::start().await;
    it.connected().await;
    let sofia = it.user("Sofia", Role::Supervisor).await;
    // She takes no conversations, so the author's answer is the bot's.
    let hers = format!("/users/{}", user_id(&it, &sofia).await);
    let version = it.get(&it.admin, &hers).await["version"].clone();
    let change = json!({ "agent": false, "version": version });
    assert_eq!(it.call(&it.admin, Method::PATCH, &hers, Some(change)).await.0, StatusCode::OK);
    let path = commented(&it, "olena", "5_7", 6).await;
    let sent = it.post(&sofia, &path, json!({ "text": "80 UAH. Shall I keep one?", "client_id": "k" })).await;
    let again = it.post(&sofia, &path, json!({ "text": "80 UAH. Shall I keep one?", "client_id": "k" })).await;
    assert_eq!(again["id"], sent["id"], "the same key answers the same message");
    it.phone_shows("olena", "80 UAH").await;
    let why = refused(&it, &path, json!({ "text": "And 20 for the other" })).await;
    assert!(why.contains("one per comment"), "{why}");

    let id = conversation_of(&it, &sent).await;
    becomes(&it, &it.admin, &id, &sent["id"], &LEFT).await;
    let comment = listed(&it, "5_7").await.unwrap();
    assert_eq!((&comment["reply_conversation_id"], &comment["reply_until"]), (&json!(id), &Value::Null));
    assert!(LEFT.contains(&comment["reply_status"].as_str().unwrap()), "{comment}");
    // The echo contains who it was: they have Meta's id and profile now, and no second conversation.
    it.until("who wrote the comment", async || {
        let it = it.get(&it.admin, &format!("/conversations/{id}")).await;
        (it["contact"]["identities"][0]["external_id"].as_str()?.len() > 10).then_some(())
    })
    .await;
    it.writes("olena", json!({ "text": "Yes please" })).await;
    it.until("the bot's menu", async || {
        let phone = it.phone("olena").await;
        let mut messages = phone["messages"].as_array()?.iter();
        messages.any(|m| m["quick_replies"].as_array().is_some_and(|choices| !choices.is_empty())).then_some(())
    })
    .await;
    let thread = it.get(&it.admin, &format!("/conversations/{id}/messages?limit=200")).await;
    let texts: Vec<_> = thread["items"].as_array().unwrap().iter().filter_map(|m| m["text"].as_str()).collect();
    assert_eq!(texts[0], "Sofia replied privately to a comment: “How much is the jam?”");
    assert_eq!(texts[1..3], ["80 UAH. Shall I keep one?", "Yes please"]);
    assert_eq!(it.get(&it.admin, "/conversations").await["items"].as_array().unwrap().len(), 1);

    // What the writer takes back is no longer quoted.
    feed(&it, "olena", "5_7", "remove", 0).await;
    it.until("the quotation to go", async || {
        let thread = it.get(&it.admin, &format!("/conversations/{id}/messages?limit=200")).await;
        let first = thread["items"][0]["text"].as_str()?.to_owned();
        (first.contains("since been removed") && !first.contains("jam")).then_some(())
    })
    .await;
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_writes_to_us_already_stays_one_contact_and_their_agent_reads_of_the_reply() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let known = it.get(&ben, &format!("/conversations/{id}")).await;
    let path = commented(&it, "olena", "5_8", 0).await;
    let sent = it.post(&it.admin, &path, json!({ "text": "See your messages" })).await;
    it.until("the line in the open conversation", async || {
        let thread = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
        let line = "Anna Admin replied privately to a comment of this customer: “See your messages”";
        thread["items"].as_array()?.iter().any(|m| m["text"] == line).then_some(())
    })
    .await;
    let other = conversation_of(&it, &sent).await;
    assert_ne!(other, id);
    let other = it.get(&ben, &format!("/conversations/{other}")).await;
    assert_eq!((&other["state"], &other["contact"]["id"]), (&json!("closed"), &known["contact"]["id"]), "{other}");
    let contact = it.get(&ben, &format!("/contacts/{}", known["contact"]["id"].as_str().unwrap())).await;
    assert_eq!(contact["identities"].as_array().unwrap().len(), 1, "{contact}");
    it.writes("olena", json!({ "text": "Thanks" })).await;
    it.until("their next words", async || {
        let thread = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
        thread["items"].as_array()?.iter().any(|m| m["text"] == "Thanks").then_some(())
    })
    .await;
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_meta_would_refuse_is_refused_before_it_is_asked() {
    let it = TestApp::start().await;
    it.connected().await;
    let old = commented(&it, "olena", "5_1", 9).await;
    let why = refused(&it, &old, json!({ "text": "Late" })).await;
    assert!(why.contains("9 days old") && why.contains("within 7 days"), "{why}");
    let gone = commented(&it, "olena", "5_2", 0).await;
    feed(&it, "olena", "5_2", "remove", 0).await;
    it.until("the removal", async || (listed(&it, "5_2").await?["state"] == "removed").then_some(())).await;
    assert!(refused(&it, &gone, json!({ "text": "Late" })).await.contains("removed"));
    let path = commented(&it, "olena", "5_3", 0).await;
    for (body, pointer, words) in [
        (json!({ "text": "x".repeat(2_000) }), "/text", "2000"),
        (json!({ "text": "  " }), "/text", "empty"),
        (json!({ "text": "x", "client_id": "" }), "/client_id", "1 to 64"),
    ] {
        let (status, answer) = it.call(&it.admin, Method::POST, &path, Some(body)).await;
        assert_eq!((status, &answer["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(pointer)));
        assert!(answer["errors"][0]["detail"].as_str().unwrap().contains(words), "{answer}");
    }
    let nowhere = format!("/pages/{LAVKA}/comments/77/reply");
    let (status, _) = it.call(&it.admin, Method::POST, &nowhere, Some(json!({ "text": "x" }))).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(replies_at_meta(&it).await, 0);

    // One that grew too old in the outbox is not sent either.
    fault(&it, json!({ "times": 1, "status": 400, "code": 613 })).await;
    let sent = it.post(&it.admin, &path, json!({ "text": "In time" })).await;
    let id = conversation_of(&it, &sent).await;
    it.until("the pause", async || {
        message(&it, &it.admin, &id, &sent["id"]).await["error"]["code"].as_i64().filter(|code| *code == 613)
    })
    .await;
    it.clock.advance(8 * DAY);
    let failed = becomes(&it, &it.admin, &id, &sent["id"], &["failed"]).await;
    assert!(failed["error"]["reason"].as_str().unwrap().contains("8 days old"), "{failed}");
    assert_eq!(on_phone(&it, "In time").await, 0);
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_gives_the_right_back_unless_it_says_that_there_is_none() {
    let it = TestApp::start().await;
    it.connected().await;
    let path = commented(&it, "olena", "5_4", 0).await;
    fault(&it, json!({ "times": 1, "status": 400, "code": 551, "subcode": 1_545_041 })).await;
    let sent = it.post(&it.admin, &path, json!({ "text": "First try" })).await;
    let id = conversation_of(&it, &sent).await;
    becomes(&it, &it.admin, &id, &sent["id"], &["failed"]).await;
    let comment = listed(&it, "5_4").await.unwrap();
    assert_eq!((&comment["reply_status"], &comment["replied_at"]), (&json!("failed"), &Value::Null), "{comment}");
    assert_eq!(comment["reply_error"]["code"], 551);
    assert!(comment["reply_until"].is_string());
    it.post(&it.admin, &format!("/conversations/{id}/messages/{}/retry", sent["id"].as_str().unwrap()), json!({}))
        .await;
    becomes(&it, &it.admin, &id, &sent["id"], &LEFT).await;
    assert!(refused(&it, &path, json!({ "text": "Second" })).await.contains("one per comment"));

    // Someone answered in Meta Business Suite: a second one is not possible.
    let path = commented(&it, "ahmed", "5_5", 0).await;
    fault(&it, json!({ "times": 1, "status": 400, "code": 100, "subcode": 2_534_025 })).await;
    let sent = it.post(&it.admin, &path, json!({ "text": "Too late" })).await;
    let id = conversation_of(&it, &sent).await;
    becomes(&it, &it.admin, &id, &sent["id"], &["failed"]).await;
    assert!(listed(&it, "5_5").await.unwrap()["reply_until"].is_null());
    assert!(refused(&it, &path, json!({ "text": "Again" })).await.contains("one per comment"));
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_reply_without_answer_and_echo_metas_record_tells_whom_it_reached() {
    let it = TestApp::start().await;
    it.connected().await;
    let path = commented(&it, "olena", "5_6", 0).await;
    it.control(Method::POST, "/faults", json!({ "kind": "webhook_drop", "page_id": LAVKA })).await;
    fault(&it, json!({ "times": 1, "when": "after", "cut": true })).await;
    let sent = it.post(&it.admin, &path, json!({ "text": "By pigeon" })).await;
    let id = conversation_of(&it, &sent).await;
    becomes(&it, &it.admin, &id, &sent["id"], &["uncertain"]).await;
    it.until("Meta's record", async || {
        it.clock.advance(5 * SECOND);
        (message(&it, &it.admin, &id, &sent["id"]).await["status"] == "sent").then_some(())
    })
    .await;
    it.until("who wrote the comment", async || {
        let it = it.get(&it.admin, &format!("/conversations/{id}")).await;
        (it["contact"]["identities"].as_array()?.len() == 1).then_some(())
    })
    .await;
    assert_eq!(on_phone(&it, "By pigeon").await, 1);
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_a_private_reply_is_on_its_way() {
    let mut it = TestApp::start_process().await;
    it.connected().await;
    let path = commented(&it, "olena", "5_9", 0).await;
    // Meta has taken it and is slow to say so.
    let slow = json!({ "kind": "graph_delay", "path": format!("/{LAVKA}/messages"), "when": "after", "delay_ms": 60_000 });
    it.control(Method::POST, "/faults", slow).await;
    let sent = it.post(&it.admin, &path, json!({ "text": "Just once" })).await;
    it.phone_shows("olena", "Just once").await;
    it.kill();
    it.control(Method::DELETE, "/faults", json!({})).await;
    it.restart().await;
    let id = conversation_of(&it, &sent).await;
    becomes(&it, &it.admin, &id, &sent["id"], &LEFT).await;
    it.until("who wrote the comment", async || {
        let it = it.get(&it.admin, &format!("/conversations/{id}")).await;
        (it["contact"]["identities"].as_array()?.len() == 1).then_some(())
    })
    .await;
    assert_eq!(on_phone(&it, "Just once").await, 1, "it left once");
    assert!(refused(&it, &path, json!({ "text": "Once more" })).await.contains("one per comment"));
    it.stop().await;
}
