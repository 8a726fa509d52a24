//! `POST /campaigns/{id}/pause`: nothing more is sent until it is resumed.

use reqwest::StatusCode;
use serde_json::json;

use super::{new, numbers};
use crate::whatsapp::{WhatsApp, on_both_engines};

on_both_engines! {
    nothing_leaves => nothing_leaves_while_it_is_paused_on_sqlite, nothing_leaves_while_it_is_paused_on_postgres;
}

async fn nothing_leaves(it: WhatsApp) {
    it.knows_two().await;
    let mut body = new(&numbers(3));
    body["per_minute"] = json!(1);
    let id = it.begins(body).await;
    it.wrote(1).await;
    let (status, report) = it.does(&id, "pause").await;
    assert_eq!((status, &report["state"]), (StatusCode::OK, &json!("paused")), "{report}");
    assert_eq!(
        report["pause"],
        json!({ "code": "user", "args": { "by": "Anna Admin" },
        "detail": "Anna Admin paused this campaign. Resume it to continue." })
    );
    assert_eq!(report["waiting"], 2);
    let (status, problem) = it.does(&id, "pause").await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(problem["detail"], "This campaign is paused, so it cannot be paused.");
    // The time of the next one comes, and another campaign is served.
    it.it.clock.advance(10 * domain::time::MINUTE);
    let mut other = new(&["+4915100500".to_owned()]);
    other["name"] = json!("Other");
    let other = it.begins(other).await;
    it.campaign_is(&other, "done").await;
    it.wrote(2).await;
    assert_eq!(it.written(), ["+4915100001", "+4915100500"]);
    it.it.stop().await;
}
