//! A full disk: nothing is acknowledged that is not durable, the server reports the problem, and continues on its own
//! when there is space again. The limit on the size of files (RLIMIT_FSIZE) simulates the full disk: it can be set
//! from outside, without root.

use std::process::Command;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{Engine, TestApp};
use crate::fixture::active;
use crate::routes::media::upload;

/// Lets no file of the process grow beyond this many bytes; "unlimited" lets them again.
fn limit_files(process: u32, bytes: &str) {
    let limit = format!("--fsize={bytes}:unlimited");
    let status = Command::new("prlimit").args(["--pid", &process.to_string(), &limit]).status();
    assert!(status.unwrap().success(), "prlimit (of util-linux) sets limits of other processes");
}

async fn attempts(it: &TestApp, words: &str) -> Vec<Value> {
    let log = it.control(Method::GET, "/deliveries?kind=webhook&limit=2000", json!({})).await;
    let items = log["items"].as_array().unwrap().clone();
    let of_ours = |entry: &Value| {
        let text = &entry["body"]["entry"][0]["messaging"][0]["message"]["text"];
        text.as_str().is_some_and(|text| text.starts_with(words))
    };
    items.into_iter().filter(of_ours).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_means_503_and_not_a_lie_and_passes_without_a_restart() {
    let it = TestApp::start_process().await;
    it.connected().await;
    it.asks_for_an_agent("olena").await;
    let conversation = it
        .until("the conversation", async || {
            let list = it.get(&it.admin, "/conversations?state=queued,offered").await;
            list["items"].as_array()?.first().cloned()
        })
        .await;

    limit_files(it.process(), "1");
    for n in 0..5 {
        it.writes("olena", json!({ "text": format!("While full {n}") })).await;
    }
    for n in 0..3 {
        it.writes("ahmed", json!({ "text": format!("While full too {n}") })).await;
    }
    it.until("several refusals", async || (attempts(&it, "While full").await.len() >= 6).then_some(())).await;
    for attempt in attempts(&it, "While full").await {
        assert_eq!(attempt["status"], 503, "nothing durable, no 200: {attempt}");
    }
    let probe = it.http().get(format!("{}/readyz", it.url)).send().await.unwrap();
    assert_eq!(probe.status(), StatusCode::SERVICE_UNAVAILABLE);
    let probe: Value = probe.json().await.unwrap();
    assert!(probe["detail"].as_str().unwrap().contains("does not take writes"), "{probe}");
    let (status, refused) = it
        .call(
            &it.admin,
            Method::POST,
            "/quick-replies",
            Some(json!({ "shortcut": "t", "title": "T", "text": "T" })),
        )
        .await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{refused}");
    assert!(refused["request_id"].is_string(), "an error of ours can be found in the log: {refused}");
    assert!(it.http().get(format!("{}/healthz", it.url)).send().await.unwrap().status().is_success());

    limit_files(it.process(), "unlimited");
    it.until("readiness", async || {
        let probe = it.http().get(format!("{}/readyz", it.url)).send().await.unwrap();
        probe.status().is_success().then_some(())
    })
    .await;
    let path = format!("/conversations/{}/messages?limit=200", conversation["id"].as_str().unwrap());
    let texts = async || {
        let thread = it.get(&it.admin, &path).await;
        let words = thread["items"].as_array().unwrap().iter().filter(|m| m["direction"] == "in");
        words.filter_map(|m| m["text"].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    it.until("what was said meanwhile", async || (texts().await.len() >= 7).then_some(())).await;
    let expected: Vec<String> = (0..5).map(|n| format!("While full {n}")).collect();
    assert_eq!(texts().await[2..], expected, "each once, in order");
    it.phone_shows("ahmed", "").await;
    let count = async |sql| store::testing::number(&it.store, sql, vec![]).await.unwrap();
    it.until("rest", async || {
        let waiting = count(crate::chaos::UNSETTLED).await + count("SELECT count(*) FROM inbox").await;
        (waiting == 0).then_some(())
    })
    .await;
    assert_eq!(count("SELECT count(*) FROM message WHERE direction = 'in'").await, 10);
    it.stop().await;
}

/// Whether the database takes writes from now on, for connections that are there and for new ones.
async fn let_write(database: &str, yes: bool) {
    let (base, name) = database.rsplit_once('/').unwrap();
    let (client, connection) =
        tokio_postgres::connect(&format!("{base}/postgres"), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let on = if yes { "off" } else { "on" };
    client
        .batch_execute(&format!("ALTER DATABASE {name} SET default_transaction_read_only = {on}"))
        .await
        .unwrap();
    // Connections keep the old setting, so they end. A terminated one may finish a statement first: it is waited for, up to
    // ten seconds.
    let ended = format!("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{name}'");
    client.batch_execute(&ended).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_that_answers_but_takes_no_writes_means_503_and_not_a_lie_and_passes_without_a_restart() {
    let Some(it) = TestApp::start_on(Engine::Postgres).await else { return };
    it.connected().await;
    it.asks_for_an_agent("olena").await;

    let_write(&it.config.database_url, false).await;
    for n in 0..3 {
        it.writes("olena", json!({ "text": format!("While full {n}") })).await;
    }
    it.until("several refusals", async || {
        (attempts(&it, "While full").await.iter().filter(|one| one["status"] == 503).count() >= 3).then_some(())
    })
    .await;
    assert!(attempts(&it, "While full").await.iter().all(|one| one["status"] != 200), "nothing durable, no 200");
    it.until("the probe", async || {
        let probe = it.http().get(format!("{}/readyz", it.url)).send().await.unwrap();
        (probe.status() == StatusCode::SERVICE_UNAVAILABLE).then_some(())
    })
    .await;

    let_write(&it.config.database_url, true).await;
    let count = async |sql| store::testing::number(&it.store, sql, vec![]).await.ok();
    it.until("what was said meanwhile", async || {
        (count("SELECT count(*) FROM message WHERE text LIKE 'While full%'").await? == 3).then_some(())
    })
    .await;
    it.until("readiness", async || {
        let probe = it.http().get(format!("{}/readyz", it.url)).send().await.unwrap();
        probe.status().is_success().then_some(())
    })
    .await;
    it.stop().await;
}

/// A customer's files and an agent's upload while the disk is low, and what becomes of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_stop_before_the_disk_is_full_and_continue_by_themselves() {
    let it = TestApp::start().await;
    let (ben, id, gateway) = active(&it).await;
    let findings = async || {
        let health = it.get(&it.admin, &format!("/gateways/{gateway}/health")).await;
        let findings = health["findings"].as_array().unwrap().clone();
        findings.into_iter().filter(|finding| finding["code"] == "disk_low").collect::<Vec<_>>()
    };
    assert!(findings().await.is_empty());
    it.app().blobs.room.pretend(Some(10 * 1024 * 1024));
    let (status, problem) = upload(&it, &ben, &id, "prices.pdf", b"%PDF-1.4 prices").await;
    assert_eq!(status, StatusCode::INSUFFICIENT_STORAGE, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("disk"), "{problem}");
    let record = format!("/gateways/{gateway}/review/recordings");
    let (status, problem) = it.call(&it.admin, Method::POST, &record, Some(json!({}))).await;
    assert_eq!(status, StatusCode::INSUFFICIENT_STORAGE, "{problem}");
    let found = findings().await;
    assert!(
        found[0]["severity"] == "error" && found[0]["message"].as_str().unwrap().contains("10 MB"),
        "{found:?}"
    );

    it.writes("olena", json!({ "attachments": [{ "type": "image" }, { "type": "file" }] })).await;
    it.writes("olena", json!({ "text": "Did you get them?" })).await;
    let files = async || {
        let thread = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
        let message = thread["items"].as_array()?.iter().find(|message| message["kind"] == "attachment")?.clone();
        Some(message["attachments"].as_array()?.clone())
    };
    it.until("the reason at both files", async || {
        let files = files().await?;
        files.iter().all(|file| file["error"].as_str().is_some_and(|why| why.contains("disk"))).then_some(())
    })
    .await;
    assert!(files().await.unwrap().iter().all(|file| file["status"] == "pending"));
    it.until("the text behind them", async || {
        let thread = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
        thread["items"].as_array()?.iter().any(|message| message["text"] == "Did you get them?").then_some(())
    })
    .await;
    // However long it lasts, it is no reason to give up.
    let tries = store::testing::number(&it.store, "SELECT coalesce(max(tries), 0) FROM medium", vec![]).await;
    assert_eq!(tries.unwrap(), 0);

    it.app().blobs.room.pretend(None);
    it.clock.advance(domain::time::MINUTE);
    it.until("both files", async || {
        files().await?.iter().all(|file| file["status"] == "stored" && file["error"].is_null()).then_some(())
    })
    .await;
    assert!(findings().await.is_empty());
    assert_eq!(upload(&it, &ben, &id, "prices.pdf", b"%PDF-1.4 prices").await.0, StatusCode::CREATED);
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_a_crash_left_behind_are_removed_and_others_stay() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(it) = TestApp::start_on(engine).await else { continue };
        let (ben, id, _) = active(&it).await;
        let (_, document) = upload(&it, &ben, &id, "prices.pdf", b"%PDF-1.4 prices").await;
        let document = it.app().blobs.path(document["id"].as_str().unwrap().parse().unwrap());
        let orphan = domain::id::MediumId(it.app().ids.next());
        it.app().blobs.write(orphan, b"its row was never stored").await.unwrap();
        it.app().blobs.write_thumb(orphan, b"small").await.unwrap();
        let left = [it.app().blobs.path(orphan), it.app().blobs.thumb_path(orphan)];
        let part = it.app().blobs.path(orphan).with_file_name("7.part");
        std::fs::write(&part, b"half").unwrap();
        it.clock.advance(2 * domain::time::HOUR);
        it.until("the folder to be looked through", async || {
            (!part.exists() && left.iter().all(|file| !file.exists())).then_some(())
        })
        .await;
        assert!(document.exists());
        it.stop().await;
    }
}
