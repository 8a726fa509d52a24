//! Clients that are slow, silent or too many: they do not take the place of others.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::app::{Engine, TestApp};

async fn connection(it: &TestApp, words: &str) -> TcpStream {
    let mut stream = TcpStream::connect(it.url.trim_start_matches("http://")).await.unwrap();
    let _ = stream.write_all(words.as_bytes()).await;
    stream
}

/// The head of a sign-in from our own page, up to the header with the length of its body.
fn head(it: &TestApp) -> String {
    format!(
        "POST /api/v1/session HTTP/1.1\r\nHost: desk\r\nOrigin: {}\r\nContent-Type: application/json\r\n",
        it.url
    )
}

/// The list of conversations, over a new connection: an idle one may be closed for others just when it is used again.
async fn conversations(it: &TestApp) -> String {
    let client =
        reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let list = client.get(format!("{}/api/v1/conversations", it.url));
    list.bearer_auth(&it.admin).send().await.unwrap().text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_silent_clients_than_file_descriptors_keep_no_webhook_out() {
    let mut it = TestApp::start_process_on(Engine::Sqlite, "info").await.unwrap();
    it.connected().await;
    it.kill();
    it.restart_after("ulimit -n 256").await;

    let mut silent = Vec::new();
    for n in 0..400 {
        let words = if n % 2 == 0 { "" } else { "POST /chat/shop HTTP/1.1\r\nHost: desk\r\nX-Half: " };
        silent.push(connection(&it, words).await);
    }
    let healthy =
        it.http().get(format!("{}/healthz", it.url)).timeout(Duration::from_secs(20)).send().await.unwrap();
    assert_eq!(healthy.status(), StatusCode::OK);
    it.writes("olena", json!({ "text": "Is there anybody?" })).await;
    it.until("the customer's words", async || {
        conversations(&it).await.contains("Is there anybody?").then_some(())
    })
    .await;
    drop(silent);

    // The same with requests that have begun.
    let mut half = Vec::new();
    for _ in 0..200 {
        half.push(connection(&it, &format!("{}Content-Length: 10000\r\n\r\n{{", head(&it))).await);
    }
    it.writes("olena", json!({ "text": "Are you still there?" })).await;
    it.until("the customer's next words", async || {
        conversations(&it).await.contains("Are you still there?").then_some(())
    })
    .await;
    drop(half);
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_request_is_given_up() {
    let it = TestApp::start_impatient().await;
    let read = async |mut stream: TcpStream| {
        let mut answer = Vec::new();
        // A connection that is closed with something unread in it may end in an error.
        let _ = tokio::time::timeout(Duration::from_secs(40), stream.read_to_end(&mut answer)).await.unwrap();
        String::from_utf8(answer).unwrap()
    };
    let half_a_head = connection(&it, "GET /healthz HTTP/1.1\r\nHost: de").await;
    let silent = connection(&it, "").await;
    let half_a_body = connection(&it, &format!("{}Content-Length: 10000\r\n\r\n{{", head(&it))).await;
    let mut trickle = connection(&it, &format!("{}Transfer-Encoding: chunked\r\n\r\n", head(&it))).await;
    let idle = connection(&it, "GET /healthz HTTP/1.1\r\nHost: desk\r\n\r\n").await;
    assert_eq!(read(half_a_head).await, "");
    assert_eq!(read(silent).await, "");
    let answer = read(half_a_body).await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("application/problem+json"), "{answer}");
    // A byte now and then does not help.
    let mut answer = [0; 12];
    it.until("the end of a body that trickles", async || {
        let _ = trickle.write_all(b"1\r\n \r\n").await;
        let read = tokio::time::timeout(Duration::from_millis(50), trickle.read_exact(&mut answer)).await;
        read.is_ok().then_some(())
    })
    .await;
    assert_eq!(&answer, b"HTTP/1.1 408");
    let answer = read(idle).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok\n"), "{answer}");
    it.stop().await;
}
