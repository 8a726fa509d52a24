//! A flow that sends message templates, against the sandbox's WhatsApp: in a dialogue, after the window has closed, and on
//! a channel that has none.

use ::sandbox::seed;
use domain::time::{HOUR, SECOND};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_flow_sends_templates
    a_flow_goes_on_where_a_template_cannot_be_sent
}

/// A gateway with a page and with the sandbox's number, whose templates are known; the number.
async fn with_number(it: &TestApp) -> String {
    let gateway = it.connected().await;
    let path = format!("/gateways/{gateway}");
    let token = json!({ "channel": "whatsapp", "token": seed::DEMO_SYSTEM_USER_TOKEN });
    let connected = it.post(&it.admin, &format!("{path}/connect"), token).await;
    let number = connected["accounts"][0]["id"].as_str().unwrap().to_owned();
    let on = json!({ "subscribed": true });
    let (status, answer) = it.call(&it.admin, Method::PATCH, &format!("{path}/accounts/{number}"), Some(on)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    it.post(&it.admin, &format!("{path}/whatsapp/templates/sync"), json!({})).await;
    number
}

/// The gateway's flow asks for the order and answers with a template; it also sends this template when no answer
/// comes.
async fn publishes(it: &TestApp, template: &str) -> Value {
    let list = it.get(&it.admin, "/flows").await;
    let path = format!("/flows/{}", list["items"][0]["id"].as_str().unwrap());
    let variables = json!({ "1": "{{ contact.first_name }}", "2": "{{ order }}", "button.1": "{{ order }}" });
    let named = |variables: Value| json!({ "name": template, "language": "en", "variables": variables });
    let draft = json!({ "schema": 1, "start": "ask", "nodes": {
        "ask": { "type": "ask", "text": "Which order?", "variable": "order", "next": "update",
            "timeout_seconds": 86_400, "on_timeout": "unknown" },
        "unknown": { "type": "set", "variable": "order", "value": "of today", "next": "update" },
        "update": { "type": "send", "text": "", "message_template": named(variables), "next": "end",
            "on_error": "plain" },
        "plain": { "type": "send", "text": "Order {{ order }} is on its way.", "next": "end" },
        "end": { "type": "ask", "text": "Anything else?", "variable": "more" },
    } });
    let (status, saved) = it.call(&it.admin, Method::PUT, &path, Some(json!({ "draft": draft }))).await;
    let errors = saved["problems"].as_array().unwrap().iter().filter(|it| it["severity"] == "error").count();
    assert_eq!((status, errors), (StatusCode::OK, 0), "{saved}");
    it.post(&it.admin, &format!("{path}/publish"), json!({})).await
}

/// A customer writes to an account.
async fn writes(it: &TestApp, account: &str, customer: &str, text: &str) {
    let path = format!("/accounts/{account}/customers/{customer}/messages");
    it.control(Method::POST, &path, json!({ "text": text })).await;
}

/// Waits until the customer's phone shows a message of the account with these words.
async fn shows(it: &TestApp, account: &str, customer: &str, words: &str) -> Value {
    let path = format!("/accounts/{account}/customers/{customer}/messages");
    it.until(&format!("\"{words}\" on the phone of {customer}"), async || {
        let phone = it.control(Method::GET, &path, json!({})).await;
        let is_it = |message: &&Value| {
            message["direction"] == "out" && message["text"].as_str().is_some_and(|text| text.contains(words))
        };
        phone["messages"].as_array()?.iter().find(is_it).cloned()
    })
    .await
}

async fn a_flow_sends_templates(it: &TestApp) {
    let number = with_number(it).await;
    let published = publishes(it, "order_update").await;
    let of_template = published["problems"].as_array().unwrap().iter().filter(|it| it["node"] == "update").count();
    assert_eq!(of_template, 0, "{published}");

    writes(it, &number, "olena", "Hello").await;
    shows(it, &number, "olena", "Which order?").await;
    writes(it, &number, "olena", "1042\n(blue)").await;
    shows(it, &number, "olena", "your order 1042 (blue) is on its way.").await;
    shows(it, &number, "olena", "Anything else?").await;

    // A template still gets through when the window has closed; the text after it does not.
    writes(it, &number, "nopic", "Hello").await;
    shows(it, &number, "nopic", "Which order?").await;
    it.clock.advance(24 * HOUR + SECOND);
    shows(it, &number, "nopic", "your order of today is on its way.").await;
    let thread = thread_of(it, "Petro").await;
    let template = thread.iter().find(|message| message["message_template"].is_object()).unwrap();
    assert_eq!(
        (&template["sender"]["kind"], &template["message_template"]["name"]),
        (&json!("bot"), &json!("order_update"))
    );
    assert_eq!(codes(&thread), ["texts_left_out"]);
}

async fn a_flow_goes_on_where_a_template_cannot_be_sent(it: &TestApp) {
    let number = with_number(it).await;
    let published = publishes(it, "new_collection").await;
    let problems = published["problems"].as_array().unwrap();
    let warning = problems.iter().find(|it| it["node"] == "update").unwrap();
    assert_eq!(
        (&warning["pointer"], &warning["severity"]),
        (&json!("/nodes/update/message_template/name"), &json!("warning"))
    );
    assert!(warning["detail"].as_str().unwrap().contains("PENDING"), "{warning}");

    writes(it, &number, "olena", "Hello").await;
    shows(it, &number, "olena", "Which order?").await;
    writes(it, &number, "olena", "7").await;
    shows(it, &number, "olena", "Order 7 is on its way.").await;
    let thread = thread_of(it, "Olena").await;
    let event = thread.iter().find(|message| message["kind"] == "event").unwrap();
    let args = json!({ "template": "new_collection", "cause": "not_approved" });
    assert_eq!((&event["event"]["code"], &event["event"]["args"]), (&json!("template_not_sent"), &args));

    // Messenger has no such templates: the same flow sends it as text, without an error.
    it.writes("maria", json!({ "text": "Hello" })).await;
    it.phone_shows("maria", "Which order?").await;
    it.writes("maria", json!({ "text": "8" })).await;
    it.phone_shows("maria", "Order 8 is on its way.").await;
}

/// The messages of the conversation on WhatsApp with a customer of this name.
async fn thread_of(it: &TestApp, customer: &str) -> Vec<Value> {
    let all = it.get(&it.admin, "/conversations?limit=200").await;
    let is_theirs = |one: &&Value| {
        let name = one["contact"]["name"].as_str().unwrap_or_default();
        one["channel"] == "whatsapp" && name.starts_with(customer)
    };
    let id = all["items"].as_array().unwrap().iter().find(is_theirs).unwrap()["id"].as_str().unwrap().to_owned();
    let thread = it.get(&it.admin, &format!("/conversations/{id}/messages?limit=200")).await;
    thread["items"].as_array().unwrap().clone()
}

/// What happened in a thread.
fn codes(thread: &[Value]) -> Vec<&str> {
    thread.iter().filter_map(|message| message["event"]["code"].as_str()).collect()
}
