//! App Review's kit: the list follows the facts, evidence follows calls, texts can be one's own, and all of it is one
//! archive without a secret in it.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::values;

use crate::app::{APP_ID, TestApp};
use crate::scene::later;

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

async fn review(it: &TestApp, gateway: &str) -> Value {
    it.get(&it.admin, &format!("/gateways/{gateway}/review")).await
}

async fn patch(it: &TestApp, gateway: &str, change: Value) -> (StatusCode, Value) {
    it.call(&it.admin, Method::PATCH, &format!("/gateways/{gateway}/review"), Some(change)).await
}

async fn patched(it: &TestApp, gateway: &str, change: Value) -> Value {
    let (status, body) = patch(it, gateway, change).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body
}

fn by_key<'v>(list: &'v Value, key: &str) -> &'v Value {
    list.as_array().unwrap().iter().find(|it| it["key"] == key).unwrap_or_else(|| panic!("no {key} in {list}"))
}

fn permission<'v>(review: &'v Value, key: &str) -> &'v Value {
    by_key(&review["permissions"], key)
}

fn check<'v>(review: &'v Value, key: &str) -> &'v Value {
    let mut checks =
        review["steps"].as_array().unwrap().iter().flat_map(|step| step["checks"].as_array().unwrap());
    checks.find(|check| check["key"] == key).unwrap_or_else(|| panic!("no check {key}"))
}

fn pointers(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_writes_decides_whether_a_review_is_needed() {
    let it = TestApp::start().await;
    let gateway = it.gateway().await["id"].as_str().unwrap().to_owned();
    let before = review(&it, &gateway).await;
    assert_eq!((&before["version"], &before["audience"]["needed"]), (&json!(0), &Value::Null));
    assert_eq!(before["steps"][0]["key"], "audience");
    assert_eq!(check(&before, "business_verified")["state"], "todo");

    let own =
        patched(&it, &gateway, json!({ "version": 0, "audience": { "writers": "role", "connectors": "role" } }))
            .await;
    assert_eq!((&own["version"], &own["audience"]["needed"]), (&json!(1), &json!(false)));
    assert_eq!(check(&own, "business_verified")["state"], "not_needed");
    assert_eq!(permission(&own, "pages_messaging")["access"], "standard");

    let public = patched(&it, &gateway, json!({ "audience": { "writers": "public" } })).await;
    assert_eq!(public["audience"]["needed"], true);
    assert_eq!(permission(&public, "pages_messaging")["access"], "advanced");
    assert_eq!(permission(&public, "pages_show_list")["access"], "standard");
    assert_eq!(permission(&public, "human_agent")["access"], "none");
    assert!(public["total"].as_u64().unwrap() > own["total"].as_u64().unwrap());

    // Two at once: the second one learns what there is now.
    let (status, stale) = patch(&it, &gateway, json!({ "version": 1, "audience": { "writers": null } })).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(stale["current"]["audience"]["writers"], "public");
    let (status, gone) = patch(&it, "1", json!({})).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{gone}");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_is_there_after_a_real_call_and_counts_for_thirty_days() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    let connected = it
        .until("evidence of the login", async || {
            let review = review(&it, &gateway).await;
            permission(&review, "pages_manage_metadata")["evidence"].is_object().then_some(review)
        })
        .await;
    assert_eq!(permission(&connected, "pages_show_list")["evidence"]["fresh"], true);
    for unused in ["pages_messaging", "business_asset_user_profile_access", "human_agent"] {
        assert_eq!(permission(&connected, unused)["evidence"], Value::Null, "{unused} was not called yet");
    }
    assert_eq!(check(&connected, "permission_pages_messaging")["state"], "todo");

    // Without the feature Meta answers a profile with nothing: that is no evidence.
    it.control(Method::POST, &format!("/apps/{APP_ID}"), json!({ "profile_access": false })).await;
    it.writes("olena", json!({ "text": "Hello" })).await;
    let messaging = it
        .until("evidence of an answer", async || {
            let review = review(&it, &gateway).await;
            permission(&review, "pages_messaging")["evidence"].is_object().then_some(review)
        })
        .await;
    assert_eq!(check(&messaging, "permission_pages_messaging")["state"], "done");
    let read = it.post(&it.admin, &format!("/gateways/{gateway}/review/read"), json!({})).await;
    let profile = permission(&read, "business_asset_user_profile_access");
    assert_eq!((&profile["evidence"], &profile["meta"]["state"]), (&Value::Null, &json!("not_granted")));
    it.control(Method::POST, &format!("/apps/{APP_ID}"), json!({ "profile_access": true })).await;
    it.post(&it.admin, &format!("/gateways/{gateway}/review/read"), json!({})).await;
    it.until("evidence of a profile", async || {
        let review = review(&it, &gateway).await;
        permission(&review, "business_asset_user_profile_access")["evidence"].is_object().then_some(())
    })
    .await;

    later(&it, "UPDATE permission_use SET at = at - $1", values![31 * DAY]).await;
    let old = review(&it, &gateway).await;
    assert_eq!(permission(&old, "pages_messaging")["evidence"]["fresh"], false);
    assert_eq!(check(&old, "permission_pages_messaging")["state"], "todo");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ones_own_words_are_kept_and_can_be_taken_back() {
    let it = TestApp::start().await;
    let gateway = it.gateway().await["id"].as_str().unwrap().to_owned();
    let before = review(&it, &gateway).await;
    let ours = permission(&before, "pages_messaging")["text"].clone();
    let change = json!({
        "texts": { "pages_messaging": "Our own words.\r\nTwo lines." },
        "answers": {
            "responsible": "Lavka Ltd", "processors": "yes", "processors_names": "Cloud Ltd, Germany: hosting",
            "authority_policies": ["legality", "document"], "contact_email": "privacy@lavka.example",
        },
        "notes": "Ask for Ann.", "ticks": { "business_verified": true },
    });
    let after = patched(&it, &gateway, change).await;
    let text = permission(&after, "pages_messaging");
    assert_eq!(
        (&text["text"], &text["own"], &text["suggested"] != &text["text"]),
        (&json!("Our own words.\nTwo lines."), &json!(true), true)
    );
    assert_eq!(by_key(&after["data"], "authority_policies")["answer"], json!(["legality", "document"]));
    assert_eq!(check(&after, "business_verified")["state"], "done");
    assert!(check(&after, "business_verified")["ticked_at"].is_string());
    assert!(after["instructions"]["text"].as_str().unwrap().contains("Ask for Ann."));
    assert!(permission(&after, "pages_show_list")["text"].as_str().unwrap().starts_with("Lavka Ltd answers"));
    // The business's name is in ours too.
    let back = patched(
        &it,
        &gateway,
        json!({ "texts": { "pages_messaging": null }, "answers": { "responsible": null }, "notes": null, "ticks": { "business_verified": false } }),
    )
    .await;
    assert_eq!(permission(&back, "pages_messaging")["text"], ours);
    assert_eq!(check(&back, "business_verified")["state"], "todo");
    assert_eq!(by_key(&back["data"], "responsible")["answer"], Value::Null);

    let bad = json!({
        "texts": { "pages_read_engagement": "x", "pages_messaging": " " }, "ticks": { "secret": true, "nothing": true },
        "answers": { "processors": "perhaps", "authority_policies": ["none", "legality"], "contact_email": "ann", "country": ["x"] },
        "legal": { "imprint": "x" },
        "status": { "pages_messaging": { "submitted_on": "2026-11-22", "decided_on": "2026-11-21", "refusal": "mood" } },
    });
    let (status, problem) = patch(&it, &gateway, bad).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut found = pointers(&problem);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "/answers/authority_policies",
            "/answers/contact_email",
            "/answers/country",
            "/answers/processors",
            "/legal/imprint",
            "/status/pages_messaging/decided_on",
            "/status/pages_messaging/refusal",
            "/texts/pages_messaging",
            "/texts/pages_read_engagement",
            "/ticks/nothing",
            "/ticks/secret",
        ]
    );
    let (status, problem) = patch(&it, &gateway, json!({ "colour": 1 })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert_eq!(review(&it, &gateway).await["version"], back["version"], "bad input changes nothing");
    it.stop().await;
}
