//! One file per operation of the API: `routes/NOUN/VERB.rs`. Tests that use many operations are in separate files
//! next to them.

mod accounts;
mod agents;
mod audit;
mod calendars;
pub mod campaigns;
mod channels;
mod checklist;
mod close_reasons;
mod comments;
pub mod contacts;
mod conversations;
mod deliveries;
mod entry_points;
mod events;
mod flow_schema;
mod flow_secrets;
mod flow_starters;
mod flows;
pub mod forms;
mod gateways;
mod labels;
pub mod macros;
mod me;
pub mod media;
mod pages;
mod pause_causes;
mod permissions;
mod queues;
mod quick_replies;
mod reports;
mod roles;
mod search;
mod session;
mod settings;
mod setup;
mod skills;
mod summary;
mod teams;
mod tokens;
mod users;
mod wallboard;
mod webhooks;

use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{LAVKA, TestApp};

/// Runs tests of operations on SQLite and, where there is one, on PostgreSQL.
macro_rules! on_both_engines {
    ($($name:ident)*) => {$(
        mod $name {
            use crate::app::{Engine, TestApp};

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                let it = TestApp::start().await;
                super::$name(&it).await;
                it.stop().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                let Some(it) = TestApp::start_on(Engine::Postgres).await else { return };
                super::$name(&it).await;
                it.stop().await;
            }
        }
    )*};
}
pub(crate) use on_both_engines;

/// A comment of Olena's on a post of Lavka's; its id in the API.
async fn comment(it: &TestApp, id: &str) -> String {
    let value = json!({ "item": "comment", "verb": "add", "comment_id": id, "post_id": format!("{LAVKA}_5"),
        "parent_id": format!("{LAVKA}_5"), "from": { "id": "300400500", "name": "Olena K." },
        "message": "How much is the jam?", "created_time": it.clock.now().0 / 1_000_000 });
    let item = json!({ "kind": "comment", "item": { "field": "feed", "value": value } });
    it.control(Method::POST, &format!("/pages/{LAVKA}/customers/olena/event"), item).await;
    it.until("the comment", async || {
        let list = it.get(&it.admin, &format!("/pages/{LAVKA}/comments")).await;
        let found = list["items"].as_array()?.iter().find(|comment| comment["comment_id"] == id)?.clone();
        found["id"].as_str().map(str::to_owned)
    })
    .await
}

/// Where an operation's tests belong: its noun, and what is done with it.
fn file(method: &str, path: &str, operation: &Value) -> String {
    let path = path.trim_start_matches("/api/v1/").replace('-', "_");
    let words: Vec<_> = path.split('/').filter(|part| !part.starts_with('{')).collect();
    let answer = operation["responses"]["200"].to_string();
    let is_list = answer.contains("schemas/Items_") || answer.contains("schemas/ConversationList");
    let verb = match (method, words.as_slice()) {
        (_, [_, rest @ ..]) if !rest.is_empty() => rest.join("_"),
        ("get", _) if is_list => "list".into(),
        ("get", _) => "get".into(),
        ("post", _) => "create".into(),
        ("delete", _) => "delete".into(),
        _ => "update".into(),
    };
    format!("{}/{verb}", words[0])
}

#[test]
fn every_operation_has_a_file_of_tests_that_names_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = std::fs::read_to_string(root.join("../../openapi.json")).unwrap();
    let document: Value = serde_json::from_str(&document).unwrap();
    let mut missing = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let file = format!("tests/it/routes/{}.rs", file(method, path, operation));
            let tests = std::fs::read_to_string(root.join(&file)).unwrap_or_default();
            let name = format!("{} {}", method.to_uppercase(), path.trim_start_matches("/api/v1"));
            let is_tested = tests.contains("#[tokio::test") || tests.contains("on_both_engines!");
            if !is_tested || !tests.contains(&format!("`{name}`")) {
                missing.push(format!("{name}: {file}"));
            }
        }
    }
    assert!(
        missing.is_empty(),
        "operations whose file has no test, or does not begin with their name: {missing:#?}"
    );
}
