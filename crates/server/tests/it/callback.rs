//! Meta's address: what is accepted, what is refused, and that nothing refused changes anything.

use aws_lc_rs::hmac;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{ANNA, APP_ID, APP_SECRET, Engine, LAVKA, TestApp};
use domain::role::Role;

/// Signs as Meta does, by this test's own reading of the reference.
fn signature(body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, APP_SECRET.as_bytes());
    let tag = hmac::sign(&key, body);
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

async fn post(it: &TestApp, url: &str, body: Vec<u8>, header: Option<(&str, String)>) -> StatusCode {
    let mut request = it.http().post(url).header("content-type", "application/json").body(body);
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    request.send().await.unwrap().status()
}

fn text(mid: &str, psid: u64, words: &str) -> Value {
    json!({
        "sender": { "id": psid.to_string() }, "recipient": { "id": LAVKA }, "timestamp": 1_790_000_000_000_u64,
        "message": { "mid": mid, "text": words },
    })
}

fn body(items: Vec<Value>) -> Vec<u8> {
    let entries: Vec<Value> = items
        .into_iter()
        .map(|item| json!({ "id": LAVKA, "time": 1_790_000_000_000_u64, "messaging": [item] }))
        .collect();
    json!({ "object": "page", "entry": entries }).to_string().into_bytes()
}

async fn deliveries(it: &TestApp, state: &str) -> Vec<Value> {
    let list = it.get(&it.admin, &format!("/deliveries?state={state}&limit=200")).await;
    list["items"].as_array().unwrap().clone()
}

async fn address(it: &TestApp, gateway: &str) -> String {
    it.get(&it.admin, &format!("/gateways/{gateway}")).await["webhook_url"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_is_rightly_signed_comes_in() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    let url = address(&it, &gateway).await;
    let good = body(vec![text("m_1", 7_000_000_000_000_000_001, "Hi")]);

    assert_eq!(post(&it, &url, good.clone(), None).await, StatusCode::UNAUTHORIZED);
    let wrong = ("x-hub-signature-256", format!("sha256={}", "0".repeat(64)));
    assert_eq!(post(&it, &url, good.clone(), Some(wrong)).await, StatusCode::UNAUTHORIZED);
    let old = ("x-hub-signature", "sha1=0000000000000000000000000000000000000000".to_owned());
    assert_eq!(post(&it, &url, good.clone(), Some(old)).await, StatusCode::UNAUTHORIZED);
    let large = vec![b' '; 4 * 1024 * 1024 + 1];
    let signed = signature(&large);
    let status = post(&it, &url, large, Some(("x-hub-signature-256", signed))).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(deliveries(&it, "").await.is_empty(), "nothing refused is kept");

    let upper = signature(&good).to_uppercase().replace("SHA256", "sha256");
    assert_eq!(post(&it, &url, good, Some(("x-hub-signature-256", upper))).await, StatusCode::OK);
    for bad in [b"not json".to_vec(), vec![0xff, 0xfe, b'{'], b"[1]".to_vec()] {
        let signed = signature(&bad);
        assert_eq!(post(&it, &url, bad, Some(("x-hub-signature-256", signed))).await, StatusCode::OK);
    }
    let failed = it
        .until("the unreadable ones", async || {
            let failed = deliveries(&it, "failed").await;
            (failed.len() == 3).then_some(failed)
        })
        .await;
    let one = it.get(&it.admin, &format!("/deliveries/{}", failed[0]["id"].as_str().unwrap())).await;
    assert!(one["body"].is_string() && one["error"].is_string(), "{one}");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_events_in_one_post_and_the_same_message_twice_at_once() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    let url = address(&it, &gateway).await;
    let items =
        (0..1_000).map(|n| text(&format!("m_{n}"), 7_000_000_000_000_000_000 + n % 20, &format!("No {n}")));
    let many = body(items.collect());
    let signed = signature(&many);
    let (first, second) = futures_util::future::join(
        post(&it, &url, many.clone(), Some(("x-hub-signature-256", signed.clone()))),
        post(&it, &url, many, Some(("x-hub-signature-256", signed))),
    )
    .await;
    assert_eq!((first, second), (StatusCode::OK, StatusCode::OK));
    it.until("both deliveries", async || (deliveries(&it, "done").await.len() == 2).then_some(())).await;
    let list = it.get(&it.admin, "/conversations?limit=200").await;
    let conversations = list["items"].as_array().unwrap();
    assert_eq!(conversations.len(), 20, "one conversation a customer");
    for conversation in conversations {
        let path = format!("/conversations/{}/messages?limit=200", conversation["id"].as_str().unwrap());
        let thread = it.get(&it.admin, &path).await;
        let numbers: Vec<u32> = thread["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|message| message["direction"] == "in")
            .map(|message| message["text"].as_str().unwrap().trim_start_matches("No ").parse().unwrap())
            .collect();
        assert_eq!(numbers.len(), 50, "each message once");
        assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "in order of arrival: {numbers:?}");
    }
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_for_us_is_kept_and_ignored() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    let url = address(&it, &gateway).await;
    let send = async |value: Value| {
        let bytes = value.to_string().into_bytes();
        let signed = signature(&bytes);
        post(&it, &url, bytes, Some(("x-hub-signature-256", signed))).await
    };
    let stranger = json!({ "object": "page", "entry": [{ "id": "999", "time": 1, "messaging": [
        { "sender": { "id": 5 }, "recipient": { "id": 999 }, "timestamp": "1790000000000", "message": { "mid": "m", "text": "x" } }] }] });
    assert_eq!(send(stranger).await, StatusCode::OK);
    assert_eq!(send(json!({ "object": "planet", "entry": [] })).await, StatusCode::OK);
    let unknown = json!({ "object": "page", "entry": [{ "id": LAVKA, "time": 1, "messaging": [
        { "sender": { "id": "5" }, "recipient": { "id": LAVKA }, "timestamp": 1, "sparkles": {} }] }] });
    assert_eq!(send(unknown).await, StatusCode::OK);
    it.until("three ignored ones", async || (deliveries(&it, "ignored").await.len() == 3).then_some(())).await;

    let (status, _) = it
        .call(&it.admin, Method::PATCH, &format!("/gateways/{gateway}"), Some(json!({ "enabled": false })))
        .await;
    assert_eq!(status, StatusCode::OK);
    let bytes = body(vec![text("m_off", 7, "Anybody?")]);
    let signed = signature(&bytes);
    assert_eq!(post(&it, &url, bytes, Some(("x-hub-signature-256", signed))).await, StatusCode::OK);
    it.until("the fourth", async || (deliveries(&it, "ignored").await.len() == 4).then_some(())).await;
    let (status, _) =
        it.call(&it.admin, Method::POST, &format!("/gateways/{gateway}/connect"), Some(json!({}))).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(it.get(&it.admin, "/conversations").await["items"], json!([]));
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_door_answers_meta_and_nobody_else() {
    let it = TestApp::start().await;
    let gateway = it.gateway().await;
    let url = gateway["webhook_url"].as_str().unwrap();
    let token = gateway["verify_token"].as_str().unwrap();
    let ask = async |token: &str| {
        let query = format!("{url}?hub.mode=subscribe&hub.verify_token={token}&hub.challenge=%3Cb%3E42");
        let response = it.http().get(query).send().await.unwrap();
        let kind = response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
        (response.status(), kind, response.text().await.unwrap())
    };
    let (status, kind, text) = ask(token).await;
    assert_eq!((status, text.as_str()), (StatusCode::OK, "<b>42"));
    assert!(kind.unwrap().starts_with("text/plain"));
    assert_eq!(ask("wrong").await.0, StatusCode::FORBIDDEN);

    let nowhere = format!("{}/chat/{}", it.url, "a".repeat(32));
    let get = it.http().get(&nowhere).send().await.unwrap();
    let post = it.http().post(&nowhere).body("x").send().await.unwrap();
    assert_eq!((get.status(), post.status()), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    assert_eq!(get.text().await.unwrap(), post.text().await.unwrap());
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_ends_in_a_sentence_and_its_state_works_once() {
    let it = TestApp::start().await;
    let gateway = it.gateway().await;
    let id = gateway["id"].as_str().unwrap().to_owned();
    let begun = it.post(&it.admin, &format!("/gateways/{id}/connect"), json!({})).await;
    let location = it.dialog(begun["url"].as_str().unwrap(), ANNA).await;
    let first = it.http().get(&location).send().await.unwrap();
    assert_eq!(first.headers()["cache-control"], "no-store");
    let again = it.http().get(&location).send().await.unwrap().text().await.unwrap();
    assert!(!again.contains("EAA"), "no token is shown");
    let attempt = begun["attempt_id"].as_str().unwrap();
    let path = format!("/gateways/{id}/connect/{attempt}");
    assert_eq!(it.get(&it.admin, &path).await["state"], "done", "the second visit changes nothing");

    let begun = it.post(&it.admin, &format!("/gateways/{id}/connect"), json!({})).await;
    let state =
        begun["url"].as_str().unwrap().split("state=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let url = gateway["webhook_url"].as_str().unwrap();
    let denied = format!(
        "{url}?error=access_denied&error_code=200&error_description=%3Cscript%3E&error_reason=user_denied&state={state}"
    );
    let page = it.http().get(denied).send().await.unwrap().text().await.unwrap();
    assert!(!page.contains("<script>&lt;") && !page.contains("%3Cscript"), "Meta's own words are never shown");
    let attempt = begun["attempt_id"].as_str().unwrap();
    let ended = it.get(&it.admin, &format!("/gateways/{id}/connect/{attempt}")).await;
    assert_eq!(ended["state"], "failed");
    assert!(ended["message"].as_str().unwrap().len() > 20, "{ended}");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_gateways_are_refused_with_the_field_that_is_wrong() {
    let it = TestApp::start().await;
    let make = async |body: Value| it.call(&it.admin, Method::POST, "/gateways", Some(body)).await;
    let base = json!({ "kind": "meta", "name": "Lavka", "app_id": APP_ID, "app_secret": APP_SECRET });
    let with = |key: &str, value: &str| {
        let mut body = base.clone();
        body[key] = json!(value);
        body
    };
    for (key, value) in [
        ("app_secret", "ffffffffffffffffffffffffffffffff"),
        ("api_version", "v99.0"),
        ("colour", "red"),
        ("app_id", "abc"),
    ] {
        let (status, body) = make(with(key, value)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{key}: {body}");
        if key != "colour" {
            assert_eq!(body["errors"][0]["pointer"], format!("/{key}"), "{body}");
        }
        assert!(!body.to_string().contains("ffffffff"), "no secret comes back");
    }
    assert_eq!(it.get(&it.admin, "/gateways").await["items"], json!([]), "bad input changes nothing");
    let (status, gateway) = make(base.clone()).await;
    assert_eq!(status, StatusCode::CREATED, "{gateway}");
    assert!(!gateway.to_string().contains(APP_SECRET));
    assert_eq!(make(base).await.0, StatusCode::CONFLICT, "a second gateway with the same App ID");

    let path = format!("/gateways/{}", gateway["id"].as_str().unwrap());
    let rename = json!({ "name": "Shop", "version": gateway["version"] });
    let (status, _) = it.call(&it.admin, Method::PATCH, &path, Some(rename.clone())).await;
    assert_eq!(status, StatusCode::OK);
    let (status, stale) = it.call(&it.admin, Method::PATCH, &path, Some(rename)).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(stale["current"]["name"], "Shop", "{stale}");
    let agent = it.user("Ben", Role::Agent).await;
    assert_eq!(it.call(&agent, Method::GET, "/gateways", None).await.0, StatusCode::FORBIDDEN);
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deauthorize_marks_what_died_and_data_deletion_answers_one_code() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    // Seconds of Meta's clock: events before the last connect change nothing.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let asked = json!({ "person_id": ANNA });
    let first = it.control(Method::POST, &format!("/apps/{APP_ID}/data-deletion"), asked.clone()).await;
    let again = it.control(Method::POST, &format!("/apps/{APP_ID}/data-deletion"), asked.clone()).await;
    assert_eq!(first["json"]["confirmation_code"], again["json"]["confirmation_code"], "{first}");
    let status = it.http().get(first["json"]["url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(status.status(), StatusCode::OK);

    it.connect(&gateway, ANNA).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let answer = it.control(Method::POST, &format!("/apps/{APP_ID}/deauthorize"), asked).await;
    assert_eq!(answer["status"], 200, "{answer}");
    let pages = it.get(&it.admin, &format!("/gateways/{gateway}/pages")).await;
    let page = pages["items"].as_array().unwrap().iter().find(|page| page["id"] == LAVKA).unwrap().clone();
    assert_eq!(page["accounts"][0]["alive"], false, "{page}");
    it.connect(&gateway, ANNA).await;
    let pages = it.get(&it.admin, &format!("/gateways/{gateway}/pages")).await;
    let page = pages["items"].as_array().unwrap().iter().find(|page| page["id"] == LAVKA).unwrap().clone();
    assert_eq!(page["accounts"][0]["alive"], true, "Reconnect revives: {page}");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_database_can_hold_fails_alone_on_sqlite() {
    let it = TestApp::start().await;
    what_no_database_can_hold_fails_alone(it).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_database_can_hold_fails_alone_on_postgres() {
    let Some(it) = TestApp::start_on(Engine::Postgres).await else { return };
    what_no_database_can_hold_fails_alone(it).await;
}

/// Ids that are too long for an index of PostgreSQL, each followed by a message of the same customer.
async fn what_no_database_can_hold_fails_alone(it: TestApp) {
    let gateway = it.connected().await;
    let url = address(&it, &gateway).await;
    // Letters that do not repeat: PostgreSQL compresses what it indexes.
    let mut seed = 7_u64;
    let mut letters = |count: usize| -> String {
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b'a' + u8::try_from((seed >> 33) % 26).unwrap())
        };
        (0..count).map(|_| next()).collect()
    };
    let customer = 7_000_000_000_000_000_001_u64;
    let from = |message: Value| {
        json!({ "sender": { "id": customer.to_string() }, "recipient": { "id": LAVKA },
            "timestamp": 1_790_000_000_000_u64, "message": message })
    };
    let mut stranger = from(json!({ "mid": "m_stranger", "text": "From someone with a long id" }));
    stranger["sender"]["id"] = letters(5_000).into();
    let reaction = json!({ "sender": { "id": customer.to_string() }, "recipient": { "id": LAVKA },
        "timestamp": 1_790_000_000_000_u64, "reaction": { "mid": letters(5_000), "action": "react", "emoji": "❤" } });
    let too_long = [
        from(json!({ "mid": letters(5_000), "text": "Never shown" })),
        from(json!({ "mid": letters(1_001), "text": "Never shown either" })),
        reaction,
        stranger,
    ];
    for item in [&too_long[..], &[text("m_after", customer, "Shown")]].concat() {
        let event = body(vec![item]);
        let signed = signature(&event);
        assert_eq!(post(&it, &url, event, Some(("x-hub-signature-256", signed))).await, StatusCode::OK);
    }
    it.until("the message behind them", async || (deliveries(&it, "done").await.len() == 1).then_some(())).await;
    let failed = deliveries(&it, "failed").await;
    assert_eq!(failed.len(), too_long.len(), "{failed:?}");
    for delivery in failed {
        assert!(delivery["error"].as_str().unwrap().contains("longer than 1000"), "{delivery}");
    }
    let list = it.get(&it.admin, "/conversations").await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
    let path = format!("/conversations/{}/messages", list["items"][0]["id"].as_str().unwrap());
    let thread = it.get(&it.admin, &path).await;
    let texts: Vec<_> = thread["items"].as_array().unwrap().iter().filter(|m| m["direction"] == "in").collect();
    assert_eq!((texts.len(), &texts[0]["text"]), (1, &json!("Shown")));
    it.stop().await;
}
