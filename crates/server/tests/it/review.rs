//! App Review's kit: the list follows the facts, evidence follows calls, and texts can be one's own.

mod archive;
mod channels;
mod filmed;

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::testing::params;

use crate::app::{ANNA, APP_ID, LAVKA, TestApp};
use crate::fixture::change_row;

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

/// Any page of the server, as someone who is signed in nowhere.
async fn opened(it: &TestApp, path: &str) -> (StatusCode, String) {
    let response = it.http().get(format!("{}{path}", it.url)).send().await.unwrap();
    (response.status(), response.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_writes_decides_whether_a_review_is_needed() {
    let it = TestApp::start().await;
    let gateway = it.gateway_id().await;
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

    // Two simultaneous changes: the second one gets the current state.
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

    // Without the feature Meta returns an empty profile: that is no evidence.
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

    it.clock.advance(31 * DAY);
    let old = review(&it, &gateway).await;
    assert_eq!(permission(&old, "pages_messaging")["evidence"]["fresh"], false);
    assert_eq!(check(&old, "permission_pages_messaging")["state"], "todo");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ones_own_words_are_kept_and_can_be_taken_back() {
    let it = TestApp::start().await;
    let gateway = it.gateway_id().await;
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
        (&text["text"], &text["own"], text["suggested"] != text["text"]),
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn legal_pages_are_public_and_text_in_them_stays_text() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    let answers = json!({ "responsible": "Lavka <b>Ltd</b>", "processors": "no", "contact_email": "privacy@lavka.example", "country": "Ukraine" });
    let view = patched(&it, &gateway, json!({ "answers": answers })).await;
    let page = by_key(&view["legal"], "privacy");
    assert_eq!(page["problems"], json!([]));
    let path = page["url"].as_str().unwrap().strip_prefix(&it.url).unwrap().to_owned();
    let (status, html) = opened(&it, &path).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        html.contains("Lavka &lt;b&gt;Ltd&lt;/b&gt;, Ukraine") && html.contains("mailto:privacy@lavka.example"),
        "{html}"
    );
    assert!(html.contains("Delete my data"), "it says how");

    let own = "# Ours\n<script>alert(1)</script>\n\n[evil](javascript:alert(1)) [good](https://lavka.example)";
    patched(&it, &gateway, json!({ "legal": { "privacy": own } })).await;
    let (_, html) = opened(&it, &path).await;
    assert!(html.contains("&lt;script&gt;alert(1)") && html.contains("<h2 dir=\"auto\">Ours</h2>"), "{html}");
    assert!(
        !html.contains("<script")
            && !html.contains("href=\"javascript")
            && html.contains("href=\"https://lavka.example\"")
    );
    // The other page is still ours.
    let (status, html) = opened(&it, &format!("/legal/{gateway}/data-deletion")).await;
    assert!(status == StatusCode::OK && html.contains("How long it takes"), "{html}");
    patched(&it, &gateway, json!({ "legal": { "privacy": null } })).await;
    assert!(opened(&it, &path).await.1.contains("Who we are"));

    for nothing in [format!("/legal/{gateway}/imprint"), "/legal/1/privacy".into(), "/legal/x/privacy".into()] {
        assert_eq!(opened(&it, &nothing).await.0, StatusCode::NOT_FOUND, "{nothing}");
    }
    let (status, _) = it.call(&it.admin, Method::DELETE, &format!("/gateways/{gateway}"), None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(opened(&it, &path).await.0, StatusCode::NOT_FOUND, "the gateway is gone, and its pages with it");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_leads_to_what_is_to_be_changed() {
    let it = TestApp::start().await;
    let gateway = it.gateway_id().await;
    let audience = json!({ "writers": "public", "connectors": "role" });
    let submitted = json!({ "state": "submitted", "submitted_on": "2026-11-01" });
    let asked = ["pages_messaging", "pages_manage_metadata", "business_asset_user_profile_access"];
    let all: serde_json::Map<_, _> = asked.iter().map(|key| ((*key).to_owned(), submitted.clone())).collect();
    let view = patched(&it, &gateway, json!({ "audience": audience, "status": all })).await;
    assert_eq!(
        (&check(&view, "submitted")["state"], &check(&view, "granted")["state"]),
        (&json!("done"), &json!("todo"))
    );

    let refused = json!({
        "state": "refused", "decided_on": "2026-11-20", "reason": "Unable to Locate Facebook Login", "refusal": "login_not_found",
    });
    let view = patched(&it, &gateway, json!({ "status": { "pages_messaging": refused } })).await;
    let status = &permission(&view, "pages_messaging")["status"];
    assert_eq!((&status["submitted_on"], &status["decided_on"]), (&json!("2026-11-01"), &json!("2026-11-20")));
    assert_eq!(status["advice"]["key"], "login_not_found");
    assert!(
        status["advice"]["place"]["url"]
            .as_str()
            .unwrap()
            .ends_with(&format!("/gateways/{gateway}/review#instructions"))
    );
    let granted = check(&view, "granted");
    assert_eq!(granted["state"], "problem");
    assert!(granted["detail"].as_str().unwrap().contains("Keep the step of the instructions"));
    assert!(view["refusals"].as_array().unwrap().len() > 10);

    let over = json!({ "state": "granted", "refusal": null, "reason": null });
    let all: serde_json::Map<_, _> = asked.iter().map(|key| ((*key).to_owned(), over.clone())).collect();
    let view = patched(&it, &gateway, json!({ "status": all })).await;
    assert_eq!(check(&view, "granted")["state"], "done");
    assert_eq!(permission(&view, "pages_messaging")["status"]["advice"], Value::Null);
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_graph_tells_is_shown_beside_what_the_operator_says() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    let before = review(&it, &gateway).await;
    assert_eq!(
        (&before["read_at"], &permission(&before, "pages_messaging")["meta"]["state"]),
        (&Value::Null, &json!("unknown"))
    );
    patched(&it, &gateway, json!({ "ticks": { "privacy_policy": true, "terms": true } })).await;

    let read = it.post(&it.admin, &format!("/gateways/{gateway}/review/read"), json!({})).await;
    assert!(read["read_at"].is_string());
    let meta = &permission(&read, "pages_messaging")["meta"];
    assert_eq!((&meta["state"], &meta["read_at"]), (&json!("granted"), &read["read_at"]));
    assert!(meta["text"].as_str().unwrap().contains("Anna Admin"), "{meta}");
    // Graph knows of no privacy policy: that counts more than the tick. The sandbox returns no terms: the tick
    // counts.
    let (privacy, terms) = (check(&read, "privacy_policy"), check(&read, "terms"));
    assert_eq!((&privacy["state"], &privacy["source"]), (&json!("todo"), &json!("meta")));
    assert_eq!((&terms["state"], &terms["source"]), (&json!("done"), &json!("operator")));
    let ours = privacy["paste"]["value"].clone();
    it.control(Method::POST, &format!("/apps/{APP_ID}"), json!({ "privacy_policy_url": ours })).await;
    let read = it.post(&it.admin, &format!("/gateways/{gateway}/review/read"), json!({})).await;
    assert_eq!(check(&read, "privacy_policy")["state"], "done");

    // A login that carries less and more than is used.
    assert_eq!((&read["scopes"]["missing"], &read["scopes"]["extra"]), (&json!([]), &json!([])));
    let scopes = json!(["pages_show_list", "pages_messaging", "instagram_basic"]).to_string();
    change_row(&it, "UPDATE connection SET scopes = $1", params![scopes]).await;
    let wrong = review(&it, &gateway).await;
    assert_eq!(wrong["scopes"]["missing"][0]["permission"], "pages_manage_metadata");
    assert_eq!(wrong["scopes"]["extra"][0]["permission"], "instagram_basic");
    assert_eq!(check(&wrong, "scopes")["state"], "problem");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_reads_a_pages_settings_and_says_when_nobody_may_write_to_it() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    let codes = async || {
        let health = it.post(&it.admin, &format!("/gateways/{gateway}/health/check"), json!({})).await;
        health["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["code"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert!(!codes().await.contains(&"messages_off".to_owned()));
    it.control(Method::POST, &format!("/pages/{LAVKA}/settings"), json!({ "takes_messages": false })).await;
    assert!(codes().await.contains(&"messages_off".to_owned()));
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instructions_say_what_is_missing_until_there_is_a_reviewer_account() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    let missing = |review: &Value| review["instructions"]["missing"].as_array().unwrap().len();
    let before = review(&it, &gateway).await;
    assert_eq!(check(&before, "reviewer_account")["state"], "todo");
    assert!(before["instructions"]["text"].as_str().unwrap().contains("Password: (not made yet)"));
    let access = it.post(&it.admin, &format!("/gateways/{gateway}/review/access"), json!({})).await;
    let after = review(&it, &gateway).await;
    assert_eq!(check(&after, "reviewer_account")["state"], "done");
    assert_eq!(missing(&after) + 1, missing(&before));
    assert!(after["instructions"]["text"].as_str().unwrap().contains(access["password"].as_str().unwrap()));
    let path = format!("/gateways/{gateway}/review/access");
    assert_eq!(it.call(&it.admin, Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(check(&review(&it, &gateway).await, "reviewer_account")["state"], "todo");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_administrators_see_and_change_a_review() {
    let it = TestApp::start().await;
    let gateway = it.gateway_id().await;
    let outcome = it.connect(&gateway, ANNA).await;
    assert_eq!(outcome["state"], "done");
    let people = [it.user("Ben", Role::Agent).await, it.user("Sue", Role::Supervisor).await];
    let path = format!("/gateways/{gateway}/review");
    for (method, tail) in [
        (Method::GET, ""),
        (Method::PATCH, ""),
        (Method::POST, "/read"),
        (Method::GET, "/archive"),
        (Method::GET, "/documents/instructions.txt"),
    ] {
        for token in &people {
            let body = (method != Method::GET).then(|| json!({}));
            let (status, _) = it.call(token, method.clone(), &format!("{path}{tail}"), body).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{method} {tail}");
        }
    }
    assert_eq!(it.call("dbk_none", Method::GET, &path, None).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(review(&it, &gateway).await["version"], 0);
    it.stop().await;
}
