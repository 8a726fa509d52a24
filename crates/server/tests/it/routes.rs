//! One file per operation of the API: `routes/NOUN/VERB.rs`. What leads through many operations is a story beside them.

mod agents;
mod channels;
mod checklist;
mod contacts;
mod conversations;
mod flow_schema;
mod flows;
mod me;
mod pause_causes;
mod queues;
mod quick_replies;
mod session;
mod setup;
mod summary;
mod tokens;

use std::path::Path;

use serde_json::Value;

/// Operations that only stories test so far. New ones get a file; a line that has one goes.
const STORIES_ONLY: &[&str] = &[
    "agents/list",
    "audit/list",
    "comments/list",
    "contacts/delete",
    "contacts/erasure",
    "contacts/export",
    "contacts/get",
    "contacts/list",
    "contacts/merge",
    "contacts/split",
    "contacts/update",
    "conversations/accept",
    "conversations/close",
    "conversations/control",
    "conversations/decline",
    "conversations/get",
    "conversations/labels",
    "conversations/list",
    "conversations/messages",
    "conversations/messages_cancel",
    "conversations/messages_reactions",
    "conversations/messages_retry",
    "conversations/notes",
    "conversations/take",
    "conversations/transfer",
    "deliveries/counts",
    "deliveries/dismiss",
    "deliveries/get",
    "deliveries/list",
    "deliveries/retry",
    "events/get",
    "gateways/connect",
    "gateways/create",
    "gateways/delete",
    "gateways/get",
    "gateways/health",
    "gateways/health_check",
    "gateways/health_seen",
    "gateways/list",
    "gateways/pages",
    "gateways/pages_catch_up",
    "gateways/pages_picture",
    "gateways/pages_refresh",
    "gateways/pages_retry_sends",
    "gateways/review",
    "gateways/review_access",
    "gateways/review_archive",
    "gateways/review_documents",
    "gateways/review_films",
    "gateways/review_read",
    "gateways/review_recordings",
    "gateways/update",
    "labels/create",
    "labels/delete",
    "labels/get",
    "labels/list",
    "labels/update",
    "me/get",
    "me/picture",
    "me/status",
    "media/create",
    "media/get",
    "pages/comments",
    "pages/comments_reply",
    "queues/delete",
    "queues/get",
    "queues/update",
    "quick_replies/create",
    "quick_replies/list",
    "settings/get",
    "settings/update",
    "tokens/delete",
    "users/activate",
    "users/create",
    "users/deactivate",
    "users/get",
    "users/list",
    "users/update",
    "webhooks/create",
    "webhooks/delete",
    "webhooks/get",
    "webhooks/list",
    "webhooks/test",
    "webhooks/update",
];

/// Where an operation's tests belong: its noun, and what is done with it.
fn file(method: &str, path: &str, operation: &Value) -> String {
    let path = path.trim_start_matches("/api/v1/").replace('-', "_");
    let words: Vec<_> = path.split('/').filter(|part| !part.starts_with('{')).collect();
    let is_list = operation["responses"]["200"].to_string().contains("schemas/Items_");
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
fn every_operation_has_a_file_of_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = std::fs::read_to_string(root.join("../../openapi.json")).unwrap();
    let document: Value = serde_json::from_str(&document).unwrap();
    let (mut missing, mut done) = (Vec::new(), Vec::new());
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let file = file(method, path, operation);
            let is_there = root.join(format!("tests/it/routes/{file}.rs")).exists();
            match STORIES_ONLY.contains(&file.as_str()) {
                false if !is_there => missing.push(file),
                true if is_there => done.push(file),
                _ => {}
            }
        }
    }
    missing.dedup();
    assert!(missing.is_empty(), "operations without tests/it/routes/FILE.rs: {missing:#?}");
    assert!(done.is_empty(), "these have a file now, take them out of STORIES_ONLY: {done:?}");
}
