//! `POST /campaigns/{id}/resume`: it continues where it was.

use reqwest::StatusCode;
use serde_json::json;

use super::{new, numbers};
use crate::whatsapp::{WhatsApp, on_both_engines};

on_both_engines! {
    goes_on => it_continues_with_who_is_next_on_sqlite, it_continues_with_who_is_next_on_postgres;
}

async fn goes_on(it: WhatsApp) {
    it.knows_two().await;
    let mut body = new(&numbers(3));
    body["per_minute"] = json!(1);
    let id = it.begins(body).await;
    it.wrote(1).await;
    let (status, problem) = it.does(&id, "resume").await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_eq!(it.does(&id, "pause").await.0, StatusCode::OK);

    // As long as the number's quality is low it stays paused.
    it.quality("FLAGGED", "RED").await;
    let (status, problem) = it.does(&id, "resume").await;
    assert_eq!((status, &problem["reason"]["code"]), (StatusCode::CONFLICT, &json!("quality_low")), "{problem}");
    it.quality("UNFLAGGED", "GREEN").await;
    let (status, report) = it.does(&id, "resume").await;
    assert_eq!(status, StatusCode::OK, "{report}");
    assert_eq!((&report["state"], &report["pause"]), (&json!("running"), &json!(null)));
    it.wrote(2).await;
    it.it.clock.advance(2 * domain::time::MINUTE);
    it.campaign_is(&id, "done").await;
    it.wrote(3).await;
    assert_eq!(it.written(), numbers(3));
    it.it.stop().await;
}
