//! The private reply: one message to the author of a comment, only once, within seven days, from the comment's Page.

use crate::support::{Bench, LAVKA};
use serde_json::{Value, json};

async fn commented(bench: &Bench, id: &str, age_seconds: u64) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let value = json!({"item": "comment", "verb": "add", "comment_id": id, "post_id": "1_1", "message": "How much?",
        "from": {"id": "300400500", "name": "Olena"}, "created_time": now - age_seconds});
    let order = json!({"kind": "comment", "item": {"field": "feed", "value": value}});
    bench.control(&format!("pages/{LAVKA}/customers/olena/event"), order).await;
}

fn used(answer: &(u16, Value)) -> bool {
    let error = &answer.1["error"];
    answer.0 == 400 && error["code"] == 100 && error["error_subcode"] == 2534025
}

#[tokio::test]
async fn a_comment_has_one_private_reply_within_seven_days_and_needs_no_window() {
    let bench = Bench::start().await;
    let token = bench.connect(LAVKA).await;
    let reply = async |id: &str, key: &str| {
        let order = json!({"recipient": {key: id}, "messaging_type": "RESPONSE", "message": {"text": "20"}});
        bench.graph_post(&format!("/{LAVKA}/messages"), &token, order).await
    };
    commented(&bench, "5_1", 6 * 86_400).await;
    assert!(used(&reply("5_1", "post_id").await), "it is no post");
    let (status, answer) = reply("5_1", "comment_id").await;
    assert_eq!(status, 200, "{answer}");
    assert!(answer["message_id"].is_string() && answer.get("recipient_id").is_none(), "{answer}");
    assert!(used(&reply("5_1", "comment_id").await), "once ever");
    assert!(used(&reply("5_77", "comment_id").await), "there is no such comment");
    commented(&bench, "5_2", 7 * 86_400 + 60).await;
    assert!(used(&reply("5_2", "comment_id").await), "too late");
    commented(&bench, "5_3", 0).await;
    let clock = json!({"page_id": LAVKA, "customer_id": "olena", "shift_hours": 24 * 7 + 1});
    bench.control("clock", clock).await;
    assert!(used(&reply("5_3", "comment_id").await), "too late by the thread's clock");
    let thread = bench.thread("olena").await;
    let out = thread["messages"].as_array().unwrap().iter().filter(|m| m["direction"] == "out").count();
    assert_eq!(out, 1, "{thread}");
    let both = json!({"recipient": {"comment_id": "5_3", "id": "7"}, "message": {"text": "20"}});
    assert_eq!(bench.graph_post(&format!("/{LAVKA}/messages"), &token, both).await.0, 400);
    bench.stop().await;
}
