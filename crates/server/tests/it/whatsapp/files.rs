//! Files in both directions: uploaded before they are sent, downloaded in two steps, and checked.

use aws_lc_rs::digest;
use serde_json::{Value, json};

use super::{BOTH, Hosted, WhatsApp, on_both_engines};
use crate::routes::media::upload;

on_both_engines! {
    an_agent_sends_a_file => a_file_is_uploaded_once_and_sent_by_its_id_on_sqlite, a_file_is_uploaded_once_and_sent_by_its_id_on_postgres;
    a_customer_sends_a_picture => a_picture_is_fetched_in_two_steps_and_checked_on_sqlite, a_picture_is_fetched_in_two_steps_and_checked_on_postgres;
}

/// A PNG of one point.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\
    \0\0\0\rIDATx\x9cb\0\x01\0\0\x05\0\x01\r\n-\xb4\0\0\0\0IEND\xaeB`\x82";

/// A file is uploaded with its type, once, and sent by its id with its text.
async fn an_agent_sends_a_file(it: WhatsApp) {
    let (ben, id) = it.held().await;
    let path = format!("/conversations/{id}/messages");
    for (n, text) in [(0, "The bill"), (1, "The bill again")] {
        let (status, uploaded) = upload(&it.it, &ben, &id, "bill.png", PICTURE).await;
        assert_eq!(status, reqwest::StatusCode::CREATED, "{uploaded}");
        it.it.post(&ben, &path, json!({ "text": text, "attachment_ids": [uploaded["id"]] })).await;
        let sent = it
            .it
            .until("the picture at Meta", async || {
                it.meta.sent().into_iter().filter(|sent| sent["type"] == "image").nth(n)
            })
            .await;
        assert_eq!(sent["image"], json!({ "id": "55501", "caption": text }));
    }
    assert_eq!(it.meta.uploads(), [("image/png".to_owned(), PICTURE.to_vec())], "Meta has it already");
    it.it.stop().await;
}

fn hex(bytes: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, bytes);
    hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn a_customer_sends_a_picture(it: WhatsApp) {
    // Its first address has expired by the time that it is used.
    it.meta.host(Hosted { id: "9001", bytes: PICTURE, sha256: hex(PICTURE), dead: 1 });
    let image = json!({ "id": "9001", "mime_type": "image/png", "sha256": hex(PICTURE), "caption": "Look" });
    it.deliver(&it.message(BOTH, "wamid.1", json!({ "type": "image", "image": image }))).await;
    it.settled().await;
    let id = it.conversations().await[0]["id"].clone();
    let file = async |at: &str, status: &str| -> Value {
        it.it
            .until(&format!("a file that is {status}"), async || {
                it.it.clock.advance(60 * domain::time::SECOND);
                let thread = it.thread(&id).await;
                let message = thread.into_iter().find(|message| message["text"] == at)?;
                let file = message["attachments"][0].clone();
                (file["status"] == status).then_some(file)
            })
            .await
    };
    let stored = file("Look", "stored").await;
    assert_eq!(stored["size"], PICTURE.len());
    assert_eq!(it.meta.asked("9001"), 2, "the address was asked for again");

    // Bytes that are not what Meta announced are never shown.
    it.meta.host(Hosted { id: "9002", bytes: PICTURE, sha256: hex(b"other"), dead: 0 });
    let image = json!({ "id": "9002", "mime_type": "image/png", "sha256": hex(b"other"), "caption": "Damaged" });
    it.deliver(&it.message(BOTH, "wamid.2", json!({ "type": "image", "image": image }))).await;
    it.settled().await;
    let waiting = it
        .it
        .until("a second try", async || {
            it.it.clock.advance(60 * domain::time::SECOND);
            let thread = it.thread(&id).await;
            let message = thread.into_iter().find(|message| message["text"] == "Damaged")?;
            (it.meta.asked("9002") > 1).then(|| message["attachments"][0].clone())
        })
        .await;
    assert_ne!(waiting["status"], "stored");
    assert!(waiting["error"].as_str().unwrap().contains("checksum"), "{waiting}");
    // The right bytes come in the end.
    it.meta.host(Hosted { id: "9002", bytes: b"other", sha256: hex(b"other"), dead: 0 });
    file("Damaged", "stored").await;
    it.it.stop().await;
}
