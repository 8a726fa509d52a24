//! The API against its own description: Schemathesis makes requests from openapi.json, good ones and bad ones, and checks
//! each answer. `cargo xtask test` installs it; it makes the same requests each time, so that a failure can be repeated.

use std::path::Path;
use std::process::Command;

use domain::role::Role;
use serde_json::{Value, json};

use crate::app::{LAVKA, TestApp};
use crate::fixture::active;

/// Names the folder in which Schemathesis is installed.
const VARIABLE: &str = "DESKBELL_TEST_SCHEMATHESIS";
/// What is checked of each answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance,unsupported_method";
/// Requests that are made up for each operation, besides those at the bounds of each parameter.
const EXAMPLES: &str = "4";
/// An event stream has no end, a recording starts a browser, and films are not made up.
const LEFT_OUT: [&str; 3] =
    ["get_events", "post_gateways_id_review_recordings", "put_gateways_id_review_recordings_name"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_is_one_that_the_document_declares() {
    let Some(installed) = std::env::var_os(VARIABLE) else {
        assert!(std::env::var_os("CI").is_none(), "{VARIABLE} names no folder: cargo xtask test installs it");
        eprintln!("SKIPPED, NOTHING IS TESTED HERE: {VARIABLE} names no folder (cargo xtask test installs it)");
        return;
    };
    let it = TestApp::start().await;
    let document = with_ids_that_exist(&it).await;
    let folder = tempfile::tempdir().unwrap();
    let schema = folder.path().join("openapi.json");
    std::fs::write(&schema, document.to_string()).unwrap();
    let mut command = Command::new("python3");
    command
        .args(["-m", "schemathesis.cli", "run"])
        .arg(&schema)
        .args(["--url", &it.url, "--header", &format!("Authorization: Bearer {}", it.admin)])
        .args(["--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES])
        .args(["--generation-deterministic", "--no-shrink", "--workers", "1"])
        .args(LEFT_OUT.iter().flat_map(|name| ["--exclude-operation-id", name]))
        .args(["--suppress-health-check", "all", "--continue-on-failure"])
        .args(["--request-timeout", "30", "--warnings", "off", "--no-color"])
        .env("PYTHONPATH", Path::new(&installed).join("site"))
        .current_dir(folder.path());
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
    let output = output.expect("python3 is installed, for it installed Schemathesis");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    it.stop().await;
}

/// The document, with existing ids in its paths, plus one that does not exist. No user among them is the
/// administrator who makes the requests.
async fn with_ids_that_exist(it: &TestApp) -> Value {
    let (ben, conversation, gateway) = active(it).await;
    let id = |value: &Value| value.as_str().unwrap().to_owned();
    let sent = it.post(&ben, &format!("/conversations/{conversation}/messages"), json!({ "text": "Hi" })).await;
    let contact = id(&it.get(&ben, &format!("/conversations/{conversation}")).await["contact"]["id"]);
    let spare = it.user("Spare", Role::Agent).await;
    let user = id(&it.get(&spare, "/me").await["user"]["id"]);
    let first = async |path: &str| id(&it.get(&it.admin, path).await["items"][0]["id"]);
    let made = async |path: &str, body: Value| id(&it.post(&it.admin, path, body).await["id"]);
    let reply = json!({ "shortcut": "hi", "title": "Greeting", "text": "Hello" });
    let hook = json!({ "url": "http://127.0.0.1:9/", "events": ["message.created"] });
    let admin = id(&it.get(&it.admin, "/me").await["user"]["id"]).parse().unwrap();
    engine::tokens::make(&it.store, &it.app().ids, admin, "Spare").await.unwrap();
    let known = [
        ("/conversations/{id}", conversation),
        ("/contacts/{id}", contact),
        ("/gateways/{id}", gateway),
        ("/agents/{id}", user.clone()),
        ("/users/{id}", user),
        ("/flows/{id}", first("/flows").await),
        ("/queues/{id}", first("/queues").await),
        ("/deliveries/{id}", first("/deliveries").await),
        ("/labels/{id}", made("/labels", json!({ "name": "Urgent" })).await),
        ("/calendars/{id}", made("/calendars", json!({ "name": "Office", "time_zone": "UTC" })).await),
        ("/teams/{id}", made("/teams", json!({ "name": "Sales" })).await),
        ("/skills/{id}", made("/skills", json!({ "name": "English" })).await),
        ("/close-reasons/{id}", made("/close-reasons", json!({ "name": "Solved" })).await),
        ("/macros/{id}", made("/macros", crate::routes::macros::thanks()).await),
        ("/roles/{id}", made("/roles", json!({ "name": "Reader", "permissions": ["see_all"] })).await),
        ("/forms/{id}", made("/forms", crate::routes::forms::order_form()).await),
        ("/pause-causes/{id}", made("/pause-causes", json!({ "name": "Dentist" })).await),
        ("/quick-replies/{id}", made("/quick-replies", reply).await),
        ("/tokens/{id}", first("/tokens").await),
        ("/webhooks/{id}", made("/webhooks", hook).await),
    ];
    let url = format!("{}/api/v1/openapi.json", it.url);
    let mut document: Value = it.http().get(url).send().await.unwrap().json().await.unwrap();
    for (path, item) in document["paths"].as_object_mut().unwrap() {
        let id = known.iter().find(|(prefix, _)| path.starts_with(&format!("/api/v1{prefix}"))).map(|(_, id)| id);
        for (method, operation) in item.as_object_mut().unwrap() {
            // What much else hangs on stays for the requests that follow.
            let is_kept = method == "delete" && (path.contains("/gateways/") || path.contains("/contacts/"));
            for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
                let value = match parameter["name"].as_str() {
                    Some("id") => id.cloned(),
                    Some("page_id") => Some(LAVKA.to_owned()),
                    Some("message_id") => sent["id"].as_str().map(str::to_owned),
                    _ => None,
                };
                if let Some(value) = value.filter(|_| !is_kept) {
                    parameter["schema"] = json!({ "type": "string", "enum": [value, "1"] });
                }
            }
        }
    }
    document
}
