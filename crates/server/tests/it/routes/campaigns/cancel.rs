//! `POST /campaigns/{id}/cancel`: it ends for good.

use reqwest::StatusCode;
use serde_json::json;

use super::{new, numbers};
use crate::whatsapp::{WhatsApp, on_both_engines};

on_both_engines! {
    ends => who_waits_gets_no_message_on_sqlite, who_waits_gets_no_message_on_postgres;
}

async fn ends(it: WhatsApp) {
    it.knows_two().await;
    let mut body = new(&numbers(3));
    body["per_minute"] = json!(1);
    let id = it.begins(body).await;
    it.wrote(1).await;
    let (status, report) = it.does(&id, "cancel").await;
    assert_eq!((status, &report["state"], &report["waiting"]), (StatusCode::OK, &json!("cancelled"), &json!(0)));
    assert_eq!(
        (&report["skipped"][0]["reason"], &report["skipped"][0]["count"]),
        (&json!("cancelled"), &json!(2))
    );
    for verb in ["pause", "resume", "cancel"] {
        let (status, problem) = it.does(&id, verb).await;
        assert_eq!(status, StatusCode::CONFLICT, "{verb}: {problem}");
    }
    it.it.clock.advance(10 * domain::time::MINUTE);
    let other = it.begins(new(&["+4915100500".to_owned()])).await;
    it.campaign_is(&other, "done").await;
    it.wrote(2).await;
    assert_eq!(it.written(), ["+4915100001", "+4915100500"]);
    it.it.stop().await;
}
