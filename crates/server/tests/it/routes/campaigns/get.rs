//! `GET /campaigns/{id}`: the report, with what became of the recipients.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{new, numbers};
use crate::whatsapp::{WhatsApp, on_both_engines};

on_both_engines! {
    counts => the_report_counts_every_outcome_with_its_reason_on_sqlite, the_report_counts_every_outcome_with_its_reason_on_postgres;
}

async fn counts(it: WhatsApp) {
    it.knows_two().await;
    // The first is not on WhatsApp.
    it.meta.refuse(131_026);
    let id = it.begins(new(&numbers(4))).await;
    it.campaign_is(&id, "done").await;
    it.wrote(3).await;
    let status = |n: usize, status: &str| {
        let seconds = (it.it.clock.now().0 / 1_000_000).to_string();
        it.value(json!({ "statuses": [{ "id": format!("wamid.out.{n}"), "status": status, "timestamp": seconds,
            "recipient_id": format!("491510000{}", n + 1) }] }))
    };
    it.deliver(&status(1, "delivered")).await;
    it.deliver(&status(2, "delivered")).await;
    it.deliver(&status(2, "read")).await;
    it.settled().await;
    let report = it
        .it
        .until("all outcomes", async || {
            let report = it.report(&id).await;
            (report["counts"]["sent"] == 1).then_some(report)
        })
        .await;
    assert_eq!(
        report["counts"],
        json!({ "waiting": 0, "sent": 1, "delivered": 1, "read": 1, "uncertain": 0, "failed": 1, "skipped": 0 })
    );
    let failed = &report["failed"][0];
    assert_eq!((&failed["error"]["code"], &failed["count"]), (&json!(131_026), &json!(1)), "{report}");
    assert!(failed["error"]["reason"].as_str().unwrap().ends_with('.'));
    assert_eq!((&report["state"], &report["pause"]), (&json!("done"), &json!(null)));
    assert!(report["consent"]["at"].is_string() && report["ended_at"].is_string(), "{report}");
    let (status, _) = it.it.call(&it.it.admin, Method::GET, "/campaigns/77", None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    it.it.stop().await;
}
