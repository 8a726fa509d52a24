//! The watch over gateways: problems are found, reported once, and fixed automatically or by one click; and no
//! message is lost because of an invalid token.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{ANNA, APP_ID, LAVKA, TestApp};
use channels::meta::error::GraphError;
use domain::id::GatewayId;
use domain::role::Role;
use engine::{account_tokens, health};
use store::table::{account_access, connection};

async fn check(it: &TestApp, gateway: &str) -> Value {
    it.post(&it.admin, &format!("/gateways/{gateway}/health/check"), json!({})).await
}

fn codes(health: &Value) -> Vec<&str> {
    health["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

fn finding<'h>(health: &'h Value, code: &str) -> &'h Value {
    health["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["code"] == code)
        .unwrap_or_else(|| panic!("no finding {code}: {health}"))
}

async fn kill_tokens(it: &TestApp, subcode: i64) {
    let killed = it.control(Method::POST, "/tokens/expire", json!({ "app_id": APP_ID, "subcode": subcode })).await;
    assert!(killed["killed"].as_u64().unwrap() > 0, "{killed}");
}

/// The texts of a thread that came from, or went to, the customer after its `from`-th.
fn texts(thread: &Value, direction: &str) -> Vec<String> {
    let items = thread["items"].as_array().unwrap().iter();
    let ours = items.filter(|message| message["direction"] == direction);
    ours.map(|message| message["text"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_token_is_reconnected_and_everything_arrives_once_and_in_order() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    let agent = it.user("Ben Agent", Role::Agent).await;
    it.online(&agent).await;
    it.asks_for_an_agent("olena").await;
    let offer = it.offered(&agent).await;
    let conversation = offer["id"].as_str().unwrap().to_owned();
    it.post(&agent, &format!("/conversations/{conversation}/accept"), json!({})).await;
    let messages = format!("/conversations/{conversation}/messages");
    it.post(&agent, &messages, json!({ "text": "before" })).await;
    it.phone_shows("olena", "before").await;

    kill_tokens(&it, 460).await;
    for n in 1..=3 {
        it.post(&agent, &messages, json!({ "text": format!("out {n}"), "client_id": format!("o{n}") })).await;
        it.writes("olena", json!({ "text": format!("in {n}") })).await;
    }
    // A customer's message needs no token and is there immediately; the agent's message waits and shows why.
    let waiting = it
        .until("the customer's words", async || {
            let thread = it.get(&agent, &format!("{messages}?limit=200")).await;
            let queued = thread["items"].as_array()?.iter().any(|message| {
                message["text"] == "out 1" && message["status"] == "queued" && message["error"]["code"] == 190
            });
            let received = texts(&thread, "in").iter().filter(|text| text.starts_with("in ")).count();
            (queued && received == 3).then_some(thread)
        })
        .await;
    assert!(waiting.to_string().contains("password"), "the reason is told");
    let health = it.get(&it.admin, &format!("/gateways/{gateway}/health")).await;
    let dead = finding(&health, "token_dead");
    assert_eq!((dead["account_id"].as_str(), dead["action"]["kind"].as_str()), (Some(LAVKA), Some("reconnect")));
    assert_eq!(health["ok"], false);

    let outcome = it.connect(&gateway, ANNA).await;
    assert_eq!(outcome["state"], "done", "{outcome}");
    it.phone_shows("olena", "out 3").await;
    let phone = it.phone("olena").await;
    let arrived: Vec<&str> = phone["messages"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|message| message["text"].as_str().filter(|text| text.starts_with("out ")))
        .collect();
    assert_eq!(arrived, ["out 1", "out 2", "out 3"], "once and in order");
    let thread = it.get(&agent, &format!("{messages}?limit=200")).await;
    let received: Vec<String> = texts(&thread, "in").into_iter().filter(|text| text.starts_with("in ")).collect();
    assert_eq!(received, ["in 1", "in 2", "in 3"]);
    let health = check(&it, &gateway).await;
    assert!(!codes(&health).contains(&"token_dead"), "{health}");
    let pages = it.get(&it.admin, &format!("/gateways/{gateway}/pages")).await;
    let lavka = pages["items"].as_array().unwrap().iter().find(|page| page["id"] == LAVKA).unwrap();
    assert_eq!((lavka["subscribed"].as_bool(), lavka["usable"].as_bool()), (Some(true), Some(true)));
    it.stop().await;
}

/// A request that was on its way while its account was connected again comes back with a refusal of the token before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_of_the_token_before_does_not_end_the_new_one() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    let id = GatewayId(gateway.parse().unwrap());
    let token = account_tokens::account_token(it.app(), id, LAVKA).await.unwrap().unwrap();
    let connection = connection::by_person(&it.store, id, ANNA).await.unwrap().unwrap();
    kill_tokens(&it, 460).await;
    let outcome = it.connect(&gateway, ANNA).await;
    assert_eq!(outcome["state"], "done", "{outcome}");

    let refusal = GraphError { code: 190, subcode: 460, ..GraphError::default() };
    account_tokens::died(it.app(), &token, &refusal).await.unwrap();
    health::account_died(it.app(), id, &connection, &refusal).await.unwrap();
    let ways = account_access::of_account(&it.store, id, LAVKA).await.unwrap();
    assert!(ways.iter().any(account_access::Access::is_alive), "{ways:?}");
    let health = check(&it, &gateway).await;
    assert!(!codes(&health).contains(&"token_dead"), "{health}");
    // The token that it has now can still end.
    let token = account_tokens::account_token(it.app(), id, LAVKA).await.unwrap().unwrap();
    account_tokens::died(it.app(), &token, &refusal).await.unwrap();
    let ways = account_access::of_account(&it.store, id, LAVKA).await.unwrap();
    assert!(!ways.iter().any(account_access::Access::is_alive), "{ways:?}");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_that_meta_took_away_is_renewed_by_itself() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    it.control(Method::POST, &format!("/apps/{APP_ID}/deauthorize"), json!({ "page_id": LAVKA })).await;
    let outcome = it.connect(&gateway, ANNA).await;
    assert_eq!(outcome["state"], "done", "{outcome}");
    let health = check(&it, &gateway).await;
    assert!(!codes(&health).contains(&"page_not_subscribed"), "{health}");
    let page = health["pages"].as_array().unwrap().iter().find(|page| page["id"] == LAVKA).unwrap();
    assert!(page["renewed_at"].is_string(), "{page}");
    it.writes("olena", json!({ "text": "Anybody there?" })).await;
    it.until("the message", async || {
        let list = it.get(&it.admin, "/conversations").await;
        (!list["items"].as_array()?.is_empty()).then_some(())
    })
    .await;
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_task_and_a_lost_scope_are_found_with_who_mends_them() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    let good = check(&it, &gateway).await;
    assert!(!codes(&good).contains(&"task_missing") && !codes(&good).contains(&"scope_missing"), "{good}");
    it.control(
        Method::POST,
        &format!("/pages/{LAVKA}/roles"),
        json!({ "person_id": ANNA, "tasks": ["PROFILE_PLUS_MODERATE"] }),
    )
    .await;
    let health = check(&it, &gateway).await;
    let task = finding(&health, "task_missing");
    assert!(task["message"].as_str().unwrap().contains("MESSAGING"), "{task}");
    assert_eq!((task["severity"].as_str(), task["account_id"].as_str()), (Some("error"), Some(LAVKA)));
    it.control(
        Method::POST,
        &format!("/pages/{LAVKA}/roles"),
        json!({ "person_id": ANNA, "tasks": ["MESSAGING", "MODERATE"] }),
    )
    .await;
    assert!(!codes(&check(&it, &gateway).await).contains(&"task_missing"));
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failing_sends_are_one_finding_and_go_out_again_by_one_click() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    let agent = it.user("Ben Agent", Role::Agent).await;
    it.online(&agent).await;
    it.asks_for_an_agent("olena").await;
    let offer = it.offered(&agent).await;
    let conversation = offer["id"].as_str().unwrap().to_owned();
    it.post(&agent, &format!("/conversations/{conversation}/accept"), json!({})).await;
    let fault = json!({ "kind": "graph_error", "path": "/*/messages", "method": "POST", "status": 400, "code": 100, "subcode": 2534015, "message": "x" });
    let fault = it.control(Method::POST, "/faults", fault).await;
    let messages = format!("/conversations/{conversation}/messages");
    for n in 1..=4 {
        it.post(&agent, &messages, json!({ "text": format!("try {n}") })).await;
    }
    let path = format!("/gateways/{gateway}/health");
    let health = it
        .until("the finding", async || {
            let health = it.get(&it.admin, &path).await;
            let thread = it.get(&agent, &format!("{messages}?limit=200")).await;
            let failed = thread["items"].as_array()?.iter().filter(|message| {
                message["status"] == "failed"
                    && message["text"].as_str().is_some_and(|text| text.starts_with("try "))
            });
            (failed.count() == 4 && codes(&health).contains(&"sends_failing")).then_some(health)
        })
        .await;
    let failing = finding(&health, "sends_failing");
    assert!(failing["message"].as_str().unwrap().contains("subcode 2534015"), "{failing}");
    assert_eq!(failing["action"]["kind"], "retry_sends");
    it.control(Method::DELETE, &format!("/faults/{}", fault["id"]), json!({})).await;
    let retried = it.post(&it.admin, &format!("/gateways/{gateway}/pages/{LAVKA}/retry-sends"), json!({})).await;
    assert!(retried["messages"].as_u64().unwrap() >= 4, "{retried}");
    it.phone_shows("olena", "try 4").await;
    let phone = it.phone("olena").await;
    let arrived: Vec<&str> = phone["messages"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|message| message["text"].as_str().filter(|text| text.starts_with("try ")))
        .collect();
    assert_eq!(arrived, ["try 1", "try 2", "try 3", "try 4"]);
    assert!(!codes(&it.get(&it.admin, &path).await).contains(&"sends_failing"));
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_signatures_a_denied_login_and_too_many_checks_are_told() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    let health = it.get(&it.admin, &format!("/gateways/{gateway}/health")).await;
    assert!(!codes(&health).contains(&"signature_failures"));
    let url = it.get(&it.admin, &format!("/gateways/{gateway}")).await["webhook_url"].as_str().unwrap().to_owned();
    for _ in 0..3 {
        let answer = it.http().post(&url).body("{}").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    }
    let begun = it.post(&it.admin, &format!("/gateways/{gateway}/connect"), json!({})).await;
    let state =
        begun["url"].as_str().unwrap().split("state=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    it.http()
        .get(format!("{url}?error=access_denied&error_reason=user_denied&state={state}"))
        .send()
        .await
        .unwrap();
    let health = it
        .until("both findings", async || {
            let health = it.get(&it.admin, &format!("/gateways/{gateway}/health")).await;
            let found = codes(&health);
            (found.contains(&"signature_failures") && found.contains(&"login_denied")).then_some(health)
        })
        .await;
    assert!(finding(&health, "signature_failures")["message"].as_str().unwrap().contains("minute"), "{health}");
    assert!(finding(&health, "login_denied")["message"].as_str().unwrap().contains("not live"));
    let path = format!("/gateways/{gateway}/health/check");
    let mut statuses = Vec::new();
    for _ in 0..11 {
        statuses.push(it.call(&it.admin, Method::POST, &path, Some(json!({}))).await.0);
    }
    assert_eq!(statuses[0], StatusCode::OK);
    assert_eq!(statuses[10], StatusCode::TOO_MANY_REQUESTS);
    let agent = it.user("Ben Agent", Role::Agent).await;
    assert_eq!(it.call(&agent, Method::GET, &path, None).await.0, StatusCode::METHOD_NOT_ALLOWED);
    let (status, _) = it.call(&agent, Method::POST, &path, Some(json!({}))).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_a_portfolio_are_found_when_business_management_was_granted() {
    let it = TestApp::start().await;
    let gateway = it.gateway_id().await;
    let page =
        json!({ "name": "Chain store", "business_id": "770001", "roles": { ANNA: ["MESSAGING", "MODERATE"] } });
    let page = it.control(Method::POST, "/pages", page).await["id"].as_str().unwrap().to_owned();
    let pages = async || it.get(&it.admin, &format!("/gateways/{gateway}/pages?limit=200")).await.to_string();
    assert_eq!(it.connect_choosing(&gateway, ANNA, "future").await["state"], "done");
    assert!(!pages().await.contains(&page), "Meta leaves it out without a word");

    let permissions = ["pages_show_list", "pages_messaging", "pages_manage_metadata", "business_management"];
    let config = json!({ "login_configs": [{ "id": "5150", "permissions": permissions }] });
    it.control(Method::POST, &format!("/apps/{APP_ID}"), config).await;
    let change = json!({ "login_config_id": "5150" });
    let (status, _) = it.call(&it.admin, Method::PATCH, &format!("/gateways/{gateway}"), Some(change)).await;
    assert_eq!(status, StatusCode::OK);
    let outcome = it.connect_choosing(&gateway, ANNA, "future").await;
    assert_eq!(outcome["state"], "done", "{outcome}");
    assert!(pages().await.contains(&page), "{}", pages().await);
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_deletion_says_what_was_deleted_and_what_could_not_be_found() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    let ask = async |person: &str| {
        let path = format!("/apps/{APP_ID}/data-deletion");
        it.control(Method::POST, &path, json!({ "person_id": person })).await["json"].clone()
    };
    let status = async |answer: &Value| {
        let page = it.http().get(answer["url"].as_str().unwrap()).send().await.unwrap();
        assert_eq!(
            (page.status(), page.headers()["cache-control"].to_str().unwrap()),
            (StatusCode::OK, "no-store")
        );
        page.text().await.unwrap()
    };
    let stranger = ask("4705").await;
    assert!(
        status(&stranger).await.contains("no data of this person was stored"),
        "a customer's id matches nothing"
    );
    let anna = ask(ANNA).await;
    assert!(status(&anna).await.contains("It was carried out"));
    assert_eq!(ask(ANNA).await["confirmation_code"], anna["confirmation_code"], "the same code again");
    assert!(status(&anna).await.contains("It was carried out"), "and it stays deleted");
    let pages = it.get(&it.admin, &format!("/gateways/{gateway}/pages")).await;
    assert!(!pages.to_string().contains(ANNA), "neither name nor id is kept: {pages}");
    let health = it.get(&it.admin, &format!("/gateways/{gateway}/health")).await;
    assert!(codes(&health).contains(&"token_dead"), "what she connected is dead");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_says_the_same_and_fails_when_something_does_not_work() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    let command = async |words: &[&str]| it.command(words, &[]).await;
    let (code, out, error) = command(&["gateway", "check"]).await;
    assert_eq!(code, Some(0), "{out}{error}");
    assert!(out.contains("public_url_insecure"), "{out}");
    kill_tokens(&it, 463).await;
    let (code, out, error) = command(&["gateway", "check", "--gateway", &gateway, "--json"]).await;
    assert_eq!(code, Some(1), "{out}{error}");
    let list: Value = serde_json::from_str(&out).unwrap();
    assert!(codes(&list[0]["health"]).contains(&"token_dead"), "{list}");
    assert_eq!(error.lines().count(), 1, "{error}");
    let (code, _, error) = command(&["gateway", "check", "--gateway", "1"]).await;
    assert_eq!((code, error.contains("no gateway 1")), (Some(1), true), "{error}");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_wrong_and_a_version_that_is_over_are_found_and_go_when_they_are_mended() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    it.control(Method::POST, "/settings", json!({ "clock_ahead_seconds": 600 })).await;
    crate::fixture::change_row(&it, "UPDATE gateway SET api_version = 'v18.0'", vec![]).await;
    // Any response of Meta shows it: here those to the bot's messages.
    let health = async || {
        it.writes("olena", json!({ "text": "Hello?" })).await;
        it.get(&it.admin, &format!("/gateways/{gateway}/health")).await
    };
    let found = it
        .until("both findings", async || {
            let health = health().await;
            ["clock_skew", "version_answered"].iter().all(|code| codes(&health).contains(code)).then_some(health)
        })
        .await;
    let skew = finding(&found, "clock_skew");
    assert_eq!(skew["severity"], "error");
    assert!(skew["message"].as_str().unwrap().contains("slow compared with Meta's"), "{skew}");
    let version = finding(&found, "version_answered");
    assert_eq!((&version["severity"], &version["action"]["kind"]), (&json!("warning"), &json!("open_setup")));
    let words = version["message"].as_str().unwrap();
    assert!(words.contains("v21.0") && words.contains("v18.0"), "{words}");

    it.control(Method::POST, "/settings", json!({ "clock_ahead_seconds": 0 })).await;
    crate::fixture::change_row(&it, "UPDATE gateway SET api_version = 'v25.0'", vec![]).await;
    it.until("both to go", async || {
        let health = health().await;
        (!["clock_skew", "version_answered"].iter().any(|code| codes(&health).contains(code))).then_some(())
    })
    .await;
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_their_host_refuses_are_counted_and_one_alone_is_no_finding() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    it.control(Method::POST, "/faults", json!({ "kind": "cdn", "status": 403 })).await;
    let refused = async || {
        let sql = "SELECT count(*) FROM medium WHERE state = 'failed' AND conversation_id IS NOT NULL";
        store::testing::number(&it.store, sql, vec![]).await.unwrap()
    };
    for n in 1..=3 {
        it.writes("olena", json!({ "attachment": { "type": "image" } })).await;
        it.until("the refusal", async || (refused().await == n).then_some(())).await;
        let health = it.get(&it.admin, &format!("/gateways/{gateway}/health")).await;
        assert_eq!(codes(&health).contains(&"media_refused"), n == 3, "after {n}: {health}");
    }
    let health = it.get(&it.admin, &format!("/gateways/{gateway}/health")).await;
    let found = finding(&health, "media_refused");
    assert_eq!((&found["severity"], &found["account_id"]), (&json!("warning"), &json!(LAVKA)));
    let words = found["message"].as_str().unwrap();
    assert!(words.contains("3 files") && words.contains("DESKBELL_META_MEDIA_HOSTS"), "{words}");
    // A day without another one, and it is over.
    it.clock.advance(domain::time::DAY);
    let health = it.get(&it.admin, &format!("/gateways/{gateway}/health")).await;
    assert!(!codes(&health).contains(&"media_refused"), "{health}");
    it.stop().await;
}
