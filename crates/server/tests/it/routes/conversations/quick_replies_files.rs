//! `POST /conversations/{id}/quick-replies/{reply_id}/files`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::media::upload_for_reply;
use crate::routes::on_both_engines;

on_both_engines! {
    files_leave_with_a_message_and_only_where_the_channel_takes_them
}

async fn files_leave_with_a_message_and_only_where_the_channel_takes_them(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let file = upload_for_reply(it, &ben, "prices.pdf", b"%PDF-1.4 prices").await;
    let new = json!({ "shortcut": "prices", "title": "Prices", "text": "Here", "personal": true, "file_ids": [file["id"]] });
    let reply = it.post(&ben, "/quick-replies", new).await;
    let path = format!("/conversations/{id}/quick-replies/{}/files", reply["id"].as_str().unwrap());
    let copies = it.post(&ben, &path, json!({})).await;
    let ids = [&copies["items"][0]["id"]];
    assert_ne!(ids[0], &file["id"]);
    let sent = it
        .post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": "Here", "attachment_ids": ids }))
        .await;
    assert_eq!(sent["attachments"][0]["name"], "prices.pdf");
    // The same again: each use has files of its own.
    assert_ne!(&it.post(&ben, &path, json!({})).await["items"][0]["id"], ids[0]);
    let carla = it.user("Carla", Role::Agent).await;
    assert_eq!(it.call(&carla, Method::POST, &path, None).await.0, StatusCode::NOT_FOUND);
}
