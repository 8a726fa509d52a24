//! Every event of the platform on request: it is sent, signed, with its placeholders filled in, and arrives.

mod replies;

use crate::support::{APP, Bench, LAVKA, SECRET};
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[tokio::test]
async fn every_kind_of_event_arrives_with_its_words_filled_in() {
    let bench = Bench::start().await;
    let token = bench.connect(LAVKA).await;
    let kinds = bench.get("/control/kinds").await.1["items"].as_array().unwrap().clone();
    let fields: BTreeSet<&str> = kinds.iter().map(|kind| kind["field"].as_str().unwrap()).collect();
    let fields = fields.into_iter().collect::<Vec<_>>().join(",");
    let order = json!({"object": "page", "callback_url": bench.receiver.url, "verify_token": "verify-me", "fields": fields});
    let (_, app) = bench.app_post(&format!("/v26.0/{APP}/subscriptions"), &format!("{APP}|{SECRET}"), order).await;
    assert_eq!(app["success"], true, "{app}");
    let order = json!({"subscribed_fields": fields});
    let (_, page) = bench.graph_post(&format!("/{LAVKA}/subscribed_apps"), &token, order).await;
    assert_eq!(page["success"], true, "{page}");
    bench.say("olena", json!({"text": "Something to edit"})).await;
    for kind in &kinds {
        let order = json!({"kind": kind["name"]});
        let sent = bench.control(&format!("pages/{LAVKA}/customers/olena/event"), order).await;
        assert_eq!(sent["receivers"], 1, "{kind}");
        assert!(!sent["item"].to_string().contains('$'), "a word was left: {}", sent["item"]);
    }
    let delivered = async || -> Vec<Value> {
        let log = bench.get("/control/deliveries?kind=webhook&limit=2000").await.1;
        log["items"].as_array().unwrap().iter().filter(|entry| entry["status"] == 200).cloned().collect()
    };
    for _ in 0..500 {
        if delivered().await.len() > kinds.len() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let delivered = delivered().await;
    assert_eq!(delivered.len(), kinds.len() + 1, "each once, and the message before them");
    let has = |carrier: &str| delivered.iter().any(|entry| entry["body"]["entry"][0][carrier].is_array());
    assert!(has("messaging") && has("standby") && has("changes"));
    let unknown = json!({"kind": "telepathy"}).to_string();
    let path = bench.url(&format!("/control/pages/{LAVKA}/customers/olena/event"));
    assert_eq!(bench.http.post(path).body(unknown).send().await.unwrap().status(), 400);
    bench.stop().await;
}

#[tokio::test]
async fn edits_are_counted_and_an_unsent_message_leaves_no_content() {
    let bench = Bench::start().await;
    let token = bench.connect(LAVKA).await;
    let order = json!({"object": "page", "callback_url": bench.receiver.url, "verify_token": "verify-me",
        "fields": "messages,message_edits"});
    bench.app_post(&format!("/v26.0/{APP}/subscriptions"), &format!("{APP}|{SECRET}"), order).await;
    let order = json!({"subscribed_fields": "messages,message_edits"});
    bench.graph_post(&format!("/{LAVKA}/subscribed_apps"), &token, order).await;
    let act = |what: &str| format!("pages/{LAVKA}/customers/olena/{what}");
    let mid = bench.say("olena", json!({"text": "Frist"})).await["mid"].clone();
    bench.receiver.next("message").await;
    for (number, text) in [(1, "Fist"), (2, "First")] {
        bench.control(&act("edit"), json!({"mid": mid, "text": text})).await;
        let edit = bench.receiver.next("message_edit").await.item["message_edit"].clone();
        assert_eq!((&edit["text"], &edit["num_edit"]), (&json!(text), &json!(number)));
    }
    bench.control(&act("unsend"), json!({"mid": mid})).await;
    let unsent = bench.receiver.next("message").await.item["message"].clone();
    assert_eq!(unsent, json!({"mid": mid, "is_deleted": true}));
    let message = bench.thread("olena").await["messages"][0].clone();
    assert_eq!((&message["unsent"], &message["text"]), (&json!(true), &serde_json::Value::Null));
    let (status, gone) = bench.graph_get(&format!("/{}", mid.as_str().unwrap()), &token).await;
    assert_eq!((status, &gone["error"]["code"]), (400, &json!(9_000_001)), "{gone}");
    let path = bench.url(&format!("/control/{}", act("edit")));
    let again = bench.http.post(path).body(json!({"mid": mid, "text": "Again"}).to_string()).send().await.unwrap();
    assert_eq!(again.status(), 404, "what was unsent cannot be edited");
    let mut waiting = serde_json::Value::Null;
    for _ in 0..500 {
        waiting = bench.get("/control/waiting").await.1["deliveries"].clone();
        if waiting == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(waiting, 0);
    bench.stop().await;
}
