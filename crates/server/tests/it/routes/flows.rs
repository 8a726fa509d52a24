//! Routes of `/flows`.

mod compare;
mod create;
mod customers;
mod delete;
mod export;
mod failures;
mod get;
mod import;
mod list;
mod publish;
mod rollback;
mod simulate;
mod tests;
mod tests_run;
mod update;
mod versions;

use serde_json::{Value, json};

use crate::app::TestApp;

/// A flow that greets with these words and closes, published so often: its path.
async fn published(it: &TestApp, texts: &[&str]) -> String {
    let flow = it.post(&it.admin, "/flows", json!({ "name": "Night", "body": greets(texts[0]) })).await;
    let path = format!("/flows/{}", flow["id"].as_str().unwrap());
    for text in texts {
        it.call(&it.admin, reqwest::Method::PUT, &path, Some(json!({ "body": greets(text) }))).await;
        it.post(&it.admin, &format!("{path}/publish"), json!({ "note": format!("Says {text}") })).await;
    }
    path
}

fn greets(text: &str) -> Value {
    json!({ "schema": 2, "start": "hi", "nodes": {
        "hi": { "type": "send", "text": text, "next": "end", "position": { "x": 1, "y": 2 } },
        "end": { "type": "close" },
    } })
}
