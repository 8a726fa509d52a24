//! Comments with their private replies, and contacts that were merged.

use std::collections::BTreeMap;

use store::testing;

use super::super::staff::Record;
use super::events::Events;
use super::outbound::number;
use super::{Verdict, count};
use crate::app::TestApp;

/// What must not be, and the question that counts it.
const BROKEN: [(&str, &str); 4] = [
    (
        "identities without a contact",
        "SELECT count(*) FROM identity i LEFT JOIN contact c ON c.id = i.contact_id WHERE c.id IS NULL",
    ),
    (
        "conversations of another contact than their identity's",
        "SELECT count(*) FROM conversation c JOIN identity i ON i.id = c.identity_id WHERE i.contact_id <> c.contact_id",
    ),
    (
        "conversations without an identity",
        "SELECT count(*) FROM conversation c LEFT JOIN identity i ON i.id = c.identity_id WHERE i.id IS NULL",
    ),
    (
        "messages of another customer than their conversation's",
        "SELECT count(*) FROM message m JOIN conversation c ON c.id = m.conversation_id WHERE m.identity_id <> c.identity_id",
    ),
];

pub async fn judge(it: &TestApp, verdict: &mut Verdict, record: &Record, events: &Events) {
    comments(it, verdict, record, events).await;
    verdict.figure("contacts merged", record.merged.len());
    for id in &record.merged {
        let left = count(it, "SELECT count(*) FROM contact WHERE id = $1", testing::params![number(id)]).await;
        if left != 0 {
            verdict.accuse("wrong state", format!("contact {id} was merged into another and is still there"));
        }
    }
    for (what, sql) in BROKEN {
        let found = count(it, sql, vec![]).await;
        if found != 0 {
            verdict.accuse("wrong state", format!("{found} {what}"));
        }
    }
}

async fn comments(it: &TestApp, verdict: &mut Verdict, record: &Record, events: &Events) {
    let sql = "SELECT comment_id, text, reply_message_id FROM comment";
    let rows = testing::query(&it.store, sql, vec![]).await.unwrap();
    let stored: BTreeMap<String, (Option<String>, Option<i64>)> =
        rows.iter().map(|row| (row.text(0), (row.opt_text(1), row.opt_int(2)))).collect();
    if stored.len() != rows.len() {
        verdict.accuse("doubled", format!("{} comments for {} ids", rows.len(), stored.len()));
    }
    for (id, text) in &events.comments {
        match stored.get(id) {
            None => verdict.accuse("missing", format!("comment {id}")),
            Some((found, _)) if found.as_ref() != Some(text) => {
                verdict.accuse("wrong state", format!("comment {id} says {found:?}, not {text:?}"));
            }
            Some(_) => {}
        }
    }
    verdict.figure("private replies", record.replies.len());
    for (id, message) in &record.replies {
        let found = stored.get(id).and_then(|(_, reply)| *reply);
        if found != Some(number(message)) {
            verdict.accuse("wrong state", format!("comment {id} has the reply {found:?}, not {message}"));
        }
    }
}
