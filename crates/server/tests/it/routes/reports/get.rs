//! `GET /reports/{name}`

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::table::report;

use super::a_day_of_work;
use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    figures_follow_what_happens_and_a_recount_makes_the_same
}

async fn figures_follow_what_happens_and_a_recount_makes_the_same(it: &TestApp) {
    let (ben, id, volume) = a_day_of_work(it).await;
    let queue = it.get(&it.admin, "/queues").await["items"][0].clone();
    let row = &volume["rows"][0];
    assert_eq!((&row["key"], &row["label"]), (&queue["id"], &queue["name"]), "{volume}");
    assert_eq!((&row["started"], &row["answered"], &row["abandoned"]), (&json!(2), &json!(1), &json!(0)));
    let read = async |path: &str| it.get(&it.admin, &format!("/reports/{path}")).await;
    let response = read("response?by=agent").await;
    let his = it.get(&ben, "/me").await["user"]["id"].clone();
    let bens = response["rows"].as_array().unwrap().iter().find(|row| row["key"] == his).unwrap();
    assert_eq!(bens["label"], "Ben");
    let first = bens["first_response_median_seconds"].as_i64().unwrap();
    assert!((30..90).contains(&first), "from the queue: {first}");
    let handling = read("handling?by=channel").await;
    assert_eq!(handling["rows"][0]["label"], "Messenger", "{handling}");
    let handled = handling["total"]["handling_total_seconds"].as_i64().unwrap();
    assert!((90..150).contains(&handled), "from the acceptance: {handled}");
    for name in ["sla", "csat", "agents", "abandoned"] {
        for by in ["hour", "day", "week", "queue", "agent", "account", "label", "channel"] {
            let report = read(&format!("{name}?by={by}&time_zone=Europe/Kyiv")).await;
            assert_eq!((&report["complete"], &report["by"]), (&json!(true), &json!(by)), "{report}");
            assert!(report["rows"].is_array() && report["total"].is_object(), "{report}");
        }
    }
    // Each day has its row, also those on which nothing happened; the seven last are the usual range.
    let days = read("volume").await;
    assert!((7..=8).contains(&days["rows"].as_array().unwrap().len()), "{days}");
    let sum: i64 = days["rows"].as_array().unwrap().iter().map(|row| row["started"].as_i64().unwrap()).sum();
    assert_eq!((sum, &days["total"]["started"]), (2, &json!(2)));
    let past = read("volume?from=2020-01-01&to=2020-01-02&by=hour&time_zone=Asia/Kolkata").await;
    assert_eq!(
        (past["rows"].as_array().unwrap().len(), &past["rows"][0]["key"]),
        (48, &json!("2020-01-01T00:00+05:30"))
    );

    // A label that is put on later counts for what is past, too; and a name is no formula in a spreadsheet.
    let label = it.post(&it.admin, "/labels", json!({ "name": "=1+1,\"x\"", "colour": "green" })).await;
    it.post(&ben, &format!("/conversations/{id}/labels"), json!({ "add": [label["id"]] })).await;
    it.until("the label is counted", async || {
        let report = read("volume?by=label").await;
        report["rows"].as_array()?.iter().any(|row| row["key"] == label["id"] && row["closed"] == 1).then_some(())
    })
    .await;
    let answer = it
        .http()
        .get(format!("{}/api/v1/reports/volume?by=label", it.url))
        .bearer_auth(&it.admin)
        .header("accept", "text/csv")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8");
    let text = answer.text().await.unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("key,label,started,queued,answered,abandoned,closed"));
    assert!(text.contains("\"'=1+1,\"\"x\"\"\",1,1,1,0,1\r\n"), "{text}");
    assert!(text.ends_with("total,Total,2,2,1,0,1\r\n"), "{text}");

    for (path, status, pointer) in [
        ("cost", StatusCode::NOT_FOUND, None),
        ("volume?by=colour", StatusCode::UNPROCESSABLE_ENTITY, Some("/by")),
        ("volume?time_zone=Mars/Base", StatusCode::UNPROCESSABLE_ENTITY, Some("/time_zone")),
        ("volume?from=yesterday", StatusCode::UNPROCESSABLE_ENTITY, Some("/from")),
        ("volume?from=2026-02-02&to=2026-02-01", StatusCode::UNPROCESSABLE_ENTITY, Some("/to")),
        ("volume?from=1990-01-01", StatusCode::UNPROCESSABLE_ENTITY, Some("/from")),
        ("volume?from=2020-01-01&to=2025-01-01&by=hour", StatusCode::UNPROCESSABLE_ENTITY, Some("/by")),
        ("volume?colour=red", StatusCode::BAD_REQUEST, None),
    ] {
        let (found, problem) = it.call(&it.admin, Method::GET, &format!("/reports/{path}"), None).await;
        assert_eq!(found, status, "{path}: {problem}");
        assert_eq!(problem["errors"][0]["pointer"].as_str(), pointer, "{path}: {problem}");
        assert!(problem["detail"].as_str().unwrap().ends_with('.'), "{problem}");
    }
    assert_eq!(it.call(&ben, Method::GET, "/reports/volume", None).await.0, StatusCode::FORBIDDEN);

    // Everything is counted again, and the same comes out; also after an update that counts something else.
    let before = report::all(&it.store).await.unwrap();
    assert!(before.len() > 10);
    for earlier in [None, Some(0)] {
        let progress = report::progress(&it.store).await.unwrap().unwrap();
        let stale = match earlier {
            None => report::Progress { rebuilt: Some(0), ..progress },
            Some(version) => report::Progress { version, ..progress },
        };
        let mut batch = store::Batch::new();
        report::clear(&mut batch);
        report::advance(&mut batch, Some(&progress), &stale);
        batch.notify(store::Signal::Events);
        it.store.commit(batch).await.unwrap();
        it.until("everything is counted again", async || {
            let now = report::progress(&it.store).await.unwrap()?;
            (now.rebuilt.is_none() && now.version == progress.version).then_some(())
        })
        .await;
        assert_eq!(report::all(&it.store).await.unwrap(), before);
    }
    assert_eq!(read("volume?by=queue").await["total"]["queued"], Value::from(2));
}
