//! `POST /flows/{id}/tests/run`

use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

use super::published;

on_both_engines! {
    each_test_passes_or_says_what_did_not_come
}

async fn each_test_passes_or_says_what_did_not_come(it: &TestApp) {
    let path = published(it, &["One"]).await;
    for (name, expected) in
        [("Good", json!(["One", { "kind": "close" }])), ("Bad", json!([{ "kind": "close" }, "One"]))]
    {
        it.post(&it.admin, &format!("{path}/tests"), json!({ "name": name, "expected": expected })).await;
    }
    let run = it.post(&it.admin, &format!("{path}/tests/run"), json!({})).await;
    let passed: Vec<_> =
        run["results"].as_array().unwrap().iter().map(|it| it["passed"].as_bool().unwrap()).collect();
    assert_eq!(passed, [true, false]);
    let detail = run["results"][1]["detail"].as_str().unwrap();
    assert!(detail.starts_with("Number 2 of what is expected, \"One\", did not come"), "{detail}");
    let other = json!({ "body": super::greets("Two") });
    let run = it.post(&it.admin, &format!("{path}/tests/run"), other).await;
    assert_eq!(run["results"][0]["passed"], false);
}
