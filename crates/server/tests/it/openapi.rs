//! The OpenAPI document: complete in what every operation may answer, and the same as the committed one.

use serde_json::Value;

use crate::app::TestApp;

/// Each operation with its name.
fn operations(document: &Value) -> Vec<(String, &Value)> {
    document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            item.as_object()
                .unwrap()
                .iter()
                .map(move |(method, operation)| (format!("{} {path}", method.to_uppercase()), operation))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_declares_its_problems_and_how_one_signs_in() {
    let it = TestApp::start().await;
    let url = format!("{}/api/v1/openapi.json", it.url);
    let document: Value = it.http().get(url).send().await.unwrap().json().await.unwrap();
    it.stop().await;
    for (name, operation) in operations(&document) {
        let answers = operation["responses"].as_object().unwrap();
        for (status, answer) in answers {
            assert!(status.bytes().all(|digit| digit.is_ascii_digit()), "{name}: {status} says too little");
            if status.as_str() >= "400" {
                let shared = answer["$ref"].as_str().unwrap_or_else(|| panic!("{name}: {status} {answer}"));
                let shared = &document["components"]["responses"][shared.rsplit('/').next().unwrap()];
                assert!(shared["content"]["application/problem+json"].is_object(), "{name}: {status}");
            } else {
                assert!(answer["description"].as_str().is_some_and(|text| !text.is_empty()), "{name}: {status}");
            }
        }
        let declares = |status: &str| answers.contains_key(status);
        assert!(declares("500") && declares("503"), "{name}");
        assert!(!name.contains('{') || declares("404"), "{name}");
        if operation["requestBody"].is_object() {
            assert!(["400", "413", "415", "422"].into_iter().all(declares), "{name}");
        }
        let is_open = operation["security"][0].as_object().is_some_and(serde_json::Map::is_empty);
        assert!(is_open || declares("401"), "{name}");
        assert!(answers.keys().any(|status| status.starts_with('2')), "{name}");
    }
}

#[test]
fn fields_of_known_words_are_enums() {
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi.json");
    let document: Value = serde_json::from_str(&std::fs::read_to_string(committed).unwrap()).unwrap();
    let schemas = &document["components"]["schemas"];
    for (schema, field) in [
        ("ConversationView", "state"),
        ("ConversationView", "channel"),
        ("MessageView", "kind"),
        ("MessageView", "direction"),
        ("MessageView", "status"),
        ("SenderView", "kind"),
        ("AttachmentView", "type"),
        ("AttachmentView", "status"),
        ("FormField", "kind"),
        ("StatusView", "status"),
        ("Delivery", "state"),
        ("Label", "colour"),
        ("Gateway", "secret"),
        ("Comment", "state"),
        ("Webhook", "state"),
    ] {
        let to = schemas[schema]["properties"][field]["$ref"].as_str();
        let to = to.unwrap_or_else(|| panic!("{schema}.{field} is no enum"));
        assert!(schemas[to.rsplit('/').next().unwrap()]["enum"].is_array(), "{schema}.{field}");
    }
}
