//! `POST /conversations`: a conversation that begins from our side.

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::whatsapp::{BOTH, USER, WhatsApp, on_both_engines, template};

on_both_engines! {
    a_template_begins_it => a_template_begins_it_and_the_customer_answers_in_it_on_sqlite, a_template_begins_it_and_the_customer_answers_in_it_on_postgres;
}

fn new(to: &str, variables: Value) -> Value {
    json!({ "channel": "whatsapp", "account_id": "700", "to": to, "client_id": "key-1",
        "template": { "name": "order_ready", "language": "en_US", "variables": variables } })
}

async fn a_template_begins_it(it: WhatsApp) {
    it.knows(&[template("order_ready", "APPROVED", "UTILITY"), template("sale", "PAUSED", "MARKETING")]).await;
    let ben = it.it.user("Ben Agent", Role::Agent).await;
    it.it.online(&ben).await;
    let good = json!({ "header.1": "77", "1": "Ann" });
    let refused = async |body: Value| {
        let (status, problem) = it.it.call(&ben, Method::POST, "/conversations", Some(body)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["pointer"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(refused(new("4915100", good.clone())).await, ["/to"]);
    assert_eq!(
        refused(new("+4915100", json!({}))).await,
        ["/template/variables/header.1", "/template/variables/1"]
    );
    assert_eq!(
        refused(new("+4915100", json!({ "header.1": "7", "1": "a".repeat(1_100) }))).await,
        ["/template/variables/1"]
    );
    let mut other = new("+4915100", good.clone());
    other["template"]["name"] = json!("sale");
    assert_eq!(refused(other).await, ["/template/name"], "it is paused");
    let mut other = new("+4915100", good.clone());
    other["account_id"] = json!("9");
    assert_eq!(refused(other).await, ["/account_id"]);
    let mut other = new("+4915100", good.clone());
    other["channel"] = json!("messenger");
    assert_eq!(refused(other).await, ["/channel"]);
    assert!(it.meta.sent().is_empty(), "nothing was sent so far");

    let begun = it.it.post(&ben, "/conversations", new("+49 151 00", good.clone())).await;
    assert_eq!((&begun["state"], &begun["channel"]), (&json!("active"), &json!("whatsapp")), "{begun}");
    assert_eq!(begun["contact"]["name"], "+4915100", "their name is not known yet");
    let again = it.it.post(&ben, "/conversations", new("+4915100", good.clone())).await;
    assert_eq!(again["id"], begun["id"], "the same key is the same message");
    let sent = it.it.until("the template at Meta", async || it.meta.sent().first().cloned()).await;
    assert_eq!((&sent["to"], &sent["template"]["name"]), (&json!("+4915100"), &json!("order_ready")));
    assert_eq!(sent["template"]["components"][1]["parameters"][0]["text"], "Ann");
    let thread = it.thread(&begun["id"]).await;
    let message = thread.iter().find(|it| it["direction"] == "out").unwrap();
    assert_eq!(message["text"], "Order 77\nHi Ann, your order is ready.");
    assert_eq!(message["message_template"]["category"], "UTILITY");

    // The customer answers, under their user id: it is the same thread, and the agent's.
    it.writes(BOTH, "wamid.answer", "Thank you").await;
    it.settled().await;
    let all = it.conversations().await;
    let [one] = &all[..] else { panic!("one conversation: {all:?}") };
    assert_eq!((&one["id"], &one["contact"]["identities"][0]["external_id"]), (&begun["id"], &json!(USER)));
    assert_eq!(it.meta.sent().len(), 1);

    // A colleague cannot write into it.
    let ada = it.it.user("Ada Agent", Role::Agent).await;
    it.it.online(&ada).await;
    let mut other = new("+4915100", good.clone());
    other["client_id"] = json!("key-2");
    let (status, problem) = it.it.call(&ada, Method::POST, "/conversations", Some(other)).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");

    // When the window is closed only a template gets through.
    it.it.clock.advance(25 * domain::time::HOUR);
    let path = format!("/conversations/{}/messages", begun["id"].as_str().unwrap());
    let (status, problem) = it.it.call(&ben, Method::POST, &path, Some(json!({ "text": "Hello?" }))).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    let body = json!({ "template": { "name": "order_ready", "language": "en_US", "variables": good } });
    it.it.post(&ben, &path, body).await;
    it.it.until("the second template at Meta", async || (it.meta.sent().len() == 2).then_some(())).await;
    // Once it has ended, the same key is still the same message.
    it.it.post(&ben, &format!("/conversations/{}/close", begun["id"].as_str().unwrap()), json!({})).await;
    let sent = it.meta.sent().len();
    let again = it.it.post(&ben, "/conversations", new("+4915100", good)).await;
    assert_eq!(again["id"], begun["id"], "{again}");
    it.settled().await;
    assert_eq!((it.meta.sent().len(), it.conversations().await.len()), (sent, 1));
    it.it.stop().await;
}
