//! What every answer has in common: request ids, problems, and a document that describes both.

use std::io::Read as _;
use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{Engine, TestApp};
use crate::fixture::{active, user_id};

const ID: &str = "x-request-id";
/// How long something may take that must come; nothing is asserted about how long it takes.
const PATIENCE: Duration = Duration::from_secs(40);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_has_an_id_that_only_a_trusted_proxy_may_choose() {
    let it = TestApp::start().await;
    let ask = async |path: &str, id: &str| {
        let response = it.http().get(format!("{}{path}", it.url)).header(ID, id).send().await.unwrap();
        response.headers()[ID].to_str().unwrap().to_owned()
    };
    let mut seen = Vec::new();
    for path in ["/healthz", "/api/v1/me", "/api/v1/nothing", "/chat/nothing", "/", "/assets/nothing.js"] {
        let id = ask(path, "chosen-by-a-stranger").await;
        assert_ne!(id, "chosen-by-a-stranger", "{path}");
        assert!(!seen.contains(&id), "{path}: {id}");
        seen.push(id);
    }
    it.stop().await;

    let it = TestApp::start_with(&[("trusted_proxies", "127.0.0.1")]).await;
    let ask = async |id: &str| {
        let response = it.http().get(format!("{}/healthz", it.url)).header(ID, id).send().await.unwrap();
        response.headers()[ID].to_str().unwrap().to_owned()
    };
    assert_eq!(ask("proxy-7f.3").await, "proxy-7f.3");
    for bad in ["a b", "\"", &"x".repeat(65)] {
        assert_ne!(ask(bad).await, *bad);
    }
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_are_counted_by_route_and_never_by_address() {
    server::web::api::probes::record();
    let it = TestApp::start().await;
    it.get(&it.admin, "/users?limit=7").await;
    it.call(&it.admin, Method::GET, "/users/123456789", None).await;
    it.http().get(format!("{}/chat/secretaddress?hub.verify_token=secretword", it.url)).send().await.unwrap();
    let figures = it.http().get(format!("{}/metrics", it.url)).send().await.unwrap().text().await.unwrap();
    for line in [
        r#"deskbell_http_requests_total{method="GET",route="/api/v1/users",status="2xx"}"#,
        r#"deskbell_http_requests_total{method="GET",route="/api/v1/users/{id}",status="4xx"}"#,
        r#"deskbell_http_request_seconds_count{method="GET",route="/chat/{uri}"}"#,
    ] {
        assert!(figures.contains(line), "{line} in {figures}");
    }
    for secret in ["123456789", "secretaddress", "secretword", "limit=7"] {
        assert!(!figures.contains(secret), "{secret}");
    }
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn log_lines_of_a_request_hold_its_id_and_nothing_of_its_query() {
    let it = TestApp::start_process_on(Engine::Sqlite, "debug").await.unwrap();
    let url = format!("{}/api/v1/users?cursor=secretword", it.url);
    let response = it.http().get(url).bearer_auth("dbk_secrettoken").send().await.unwrap();
    let id = response.headers()[ID].to_str().unwrap().to_owned();
    let log = it
        .until("the line in the log", async || {
            let log = std::fs::read_to_string(it.config.data_dir.join("server.log")).unwrap_or_default();
            log.lines().any(|line| line.contains(&id) && line.contains("answered")).then_some(log)
        })
        .await;
    let line = log.lines().find(|line| line.contains(&id) && line.contains("answered")).unwrap();
    assert!(line.contains("/api/v1/users") && line.contains("401"), "{line}");
    assert!(!log.contains("secretword") && !log.contains("secrettoken"));
    it.stop().await;
}

/// Asserts that an answer is a problem of this status.
async fn is_problem(response: reqwest::Response, status: StatusCode, what: &str) -> Value {
    assert_eq!(response.status(), status, "{what}");
    assert_eq!(response.headers()["content-type"], "application/problem+json", "{what}");
    let problem: Value = response.json().await.unwrap();
    for field in ["type", "title", "detail"] {
        assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "{what}: {problem}");
    }
    assert_eq!(problem["status"], status.as_u16(), "{what}");
    problem
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_cannot_be_read_is_a_problem() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let request = |method: Method, path: &str| {
        it.http().request(method, format!("{}/api/v1{path}", it.url)).bearer_auth(&ben)
    };
    let form = |kind: &'static str, body: &'static str| {
        request(Method::POST, "/media").header("content-type", kind).body(body).send()
    };
    let unreadable = StatusCode::BAD_REQUEST;
    for (kind, body) in [
        ("multipart/form-data", "x"),
        ("multipart/form-data; boundary=b", "no form at all"),
        ("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nhalf"),
    ] {
        is_problem(form(kind, body).await.unwrap(), unreadable, body).await;
    }
    is_problem(form("text/plain", "x").await.unwrap(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "no form").await;
    let picture = request(Method::PUT, "/me/picture").header("content-type", "multipart/form-data; boundary=b");
    is_problem(picture.body("--b").send().await.unwrap(), unreadable, "a picture").await;

    let note = format!("/conversations/{id}/notes");
    let note_of = |body: &'static str| {
        request(Method::POST, &note).header("content-type", "application/json").body(body).send()
    };
    is_problem(note_of("{").await.unwrap(), unreadable, "half an object").await;
    let status = request(Method::PUT, "/me/status").json(&json!({ "status": 7 })).send().await.unwrap();
    let bad = is_problem(status, StatusCode::UNPROCESSABLE_ENTITY, "a number for a word").await;
    assert_eq!(bad["errors"][0]["pointer"], "/status");
    let bad =
        is_problem(note_of("{\"text\":7}").await.unwrap(), StatusCode::UNPROCESSABLE_ENTITY, "a number").await;
    assert_eq!(bad["errors"][0], json!({ "pointer": "/text", "detail": "This must be text." }));
    let bad = is_problem(note_of("[]").await.unwrap(), StatusCode::UNPROCESSABLE_ENTITY, "a list").await;
    assert!(!bad.to_string().contains("NoteIn"), "{bad}");
    let nothing = request(Method::POST, &note).send().await.unwrap();
    is_problem(nothing, StatusCode::UNSUPPORTED_MEDIA_TYPE, "nothing").await;

    let close = request(Method::POST, &format!("/conversations/{id}/close"));
    let large = close.body("x".repeat(2 * 1024 * 1024)).send().await.unwrap();
    is_problem(large, StatusCode::PAYLOAD_TOO_LARGE, "a large optional body").await;
    let query = request(Method::GET, "/conversations?limit=many").send().await.unwrap();
    let bad = is_problem(query, unreadable, "a query").await;
    assert_eq!(bad["detail"], "limit: This must be a whole number.");
    let method = request(Method::DELETE, "/me").send().await.unwrap();
    is_problem(method, StatusCode::METHOD_NOT_ALLOWED, "a method").await;
    is_problem(request(Method::GET, "/nothing").send().await.unwrap(), StatusCode::NOT_FOUND, "a route").await;
    // Meant for people, so it is a page.
    let page = it.http().get(format!("{}/data-deletion/%ff", it.url)).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::NOT_FOUND);
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_last_event_id_of_any_bytes_gets_exactly_one_reset_on_sqlite() {
    a_last_event_id_of_any_bytes_gets_exactly_one_reset(TestApp::start().await, b"3-0").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_last_event_id_of_any_bytes_gets_exactly_one_reset_on_postgres() {
    let Some(it) = TestApp::start_on(Engine::Postgres).await else { return };
    a_last_event_id_of_any_bytes_gets_exactly_one_reset(it, b"0-0").await;
}

/// `foreign` is an id that the other database could have given.
async fn a_last_event_id_of_any_bytes_gets_exactly_one_reset(it: TestApp, foreign: &[u8]) {
    // An event that an id could be mistaken for.
    it.online(&it.admin).await;
    let ids: [&[u8]; 12] = [
        b"",
        b"no id",
        b"\xff\xfe",
        "\u{43d}\u{456}".as_bytes(),
        b"-1--1",
        b"0-9223372036854775807",
        b"0-999999999",
        b"1-1",
        foreign,
        b"9223372036854775807-1",
        b"99999999999999999999-1",
        b"1-2-3",
    ];
    let mut online = true;
    for id in ids {
        let id_text = String::from_utf8_lossy(id).into_owned();
        let request = it.http().get(format!("{}/api/v1/events", it.url)).bearer_auth(&it.admin);
        let response = request.header("last-event-id", id).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{id_text}");
        let (mut stream, mut text) = (response.bytes_stream(), String::new());
        let mut read_until = async |words: &str| {
            // Comments come all the time: what counts is when the words come.
            let deadline = tokio::time::Instant::now() + PATIENCE;
            while !text.contains(words) {
                let chunk = tokio::time::timeout_at(deadline, stream.next()).await;
                let chunk = chunk.unwrap_or_else(|_| panic!("waited in vain for {words} after {id_text}: {text}"));
                text.push_str(&String::from_utf8_lossy(&chunk.unwrap().unwrap()));
            }
            text.clone()
        };
        read_until("event: reset").await;
        // Something that certainly comes after what the stream begins with.
        online = !online;
        let status = json!({ "status": if online { "online" } else { "offline" } });
        assert_eq!(it.call(&it.admin, Method::PUT, "/me/status", Some(status)).await.0, StatusCode::OK);
        let text = read_until("event: status").await;
        assert_eq!(text.matches("event: reset").count(), 1, "{id_text}: {text}");
        assert!(text.contains("id: "), "{id_text}: {text}");
    }
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_and_threads_say_which_user_wrote() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let me = it.get(&ben, "/me").await["user"]["id"].clone();
    let sent = it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": "Good morning" })).await;
    assert_eq!(sent["sender"]["id"], me);
    let list = it.get(&ben, "/conversations").await;
    assert_eq!(list["items"][0]["last_message"]["sender"]["id"], me);
    it.writes("olena", json!({ "text": "Morning" })).await;
    it.until("the customer's words in the list", async || {
        let list = it.get(&ben, "/conversations").await;
        let sender = list["items"][0]["last_message"]["sender"].clone();
        (sender["kind"] == "contact").then(|| assert!(sender.get("id").is_none(), "{sender}"))
    })
    .await;
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_compressed_and_streams_files_and_secrets_are_not() {
    let it = TestApp::start().await;
    let admin = user_id(&it, &it.admin).await.parse().unwrap();
    for n in 0..20 {
        it.post(&it.admin, "/labels", json!({ "name": format!("A label of some length, number {n}") })).await;
        let name = format!("A token of some length, number {n}");
        engine::tokens::make(&it.store, &it.app().ids, admin, &name).await.unwrap();
    }
    let ask = async |path: &str, encodings: &str| {
        let request = it.http().get(format!("{}/api/v1{path}", it.url)).bearer_auth(&it.admin);
        request.header("accept-encoding", encodings).send().await.unwrap()
    };
    let plain = ask("/labels", "identity").await;
    assert!(!plain.headers().contains_key("content-encoding"));
    assert_eq!(plain.headers()["vary"], "accept-encoding");
    let plain = plain.bytes().await.unwrap();
    let small = ask("/labels", "gzip").await;
    assert_eq!((&small.headers()["content-encoding"], small.status()), (&"gzip".parse().unwrap(), StatusCode::OK));
    let small = small.bytes().await.unwrap();
    assert!(small.len() < plain.len() / 3, "{} of {}", small.len(), plain.len());
    let (plain, small) = (ask("/openapi.json", "br").await, ask("/openapi.json", "gzip").await);
    assert!(!plain.headers().contains_key("content-encoding"), "it is compressed once, in one way");
    assert_eq!(
        (&small.headers()["content-encoding"], &small.headers()["vary"]),
        (&"gzip".parse().unwrap(), &"accept-encoding".parse().unwrap())
    );
    let (plain, small) = (plain.bytes().await.unwrap(), small.bytes().await.unwrap());
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(&*small).read_to_end(&mut text).unwrap();
    assert_eq!(text, plain);
    for path in ["/tokens", "/events", "/labels?limit=1"] {
        let answer = ask(path, "gzip").await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert!(!answer.headers().contains_key("content-encoding"), "{path}");
    }
    it.stop().await;
}
