//! Quick replies: texts that agents send often.

use crate::batch::statements;
use crate::{Batch, Error, Row, Store, values};

statements! {
    /// Every quick reply.
    REPLIES = "SELECT id, shortcut, title, text, version FROM quick_reply ORDER BY shortcut, id";
    /// Adds a quick reply.
    INSERT_REPLY = "INSERT INTO quick_reply (id, shortcut, title, text, version) VALUES ($1, $2, $3, $4, 1)";
    /// Changes one.
    UPDATE_REPLY = "UPDATE quick_reply SET shortcut = $2, title = $3, text = $4, version = version + 1
        WHERE id = $1 AND (version = $5 OR $5 = 0)";
    /// Removes one.
    DELETE_REPLY = "DELETE FROM quick_reply WHERE id = $1";
}

/// A quick reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuickReply {
    /// Its id.
    pub id: i64,
    /// What an agent types to find it.
    pub shortcut: String,
    /// Its title.
    pub title: String,
    /// The text that is sent.
    pub text: String,
    /// Increases with each edit.
    pub version: i64,
}

fn from_row(row: &Row) -> QuickReply {
    QuickReply {
        id: row.int(0),
        shortcut: row.text(1),
        title: row.text(2),
        text: row.text(3),
        version: row.int(4),
    }
}

/// All quick replies, by shortcut.
pub async fn list(store: &Store) -> Result<Vec<QuickReply>, Error> {
    Ok(store.rows(REPLIES, values![]).await?.iter().map(from_row).collect())
}

/// Adds a quick reply. A taken shortcut makes the batch a duplicate.
pub fn insert(batch: &mut Batch, id: i64, shortcut: &str, title: &str, text: &str) {
    batch.push(INSERT_REPLY, values![id, shortcut, title, text]);
}

/// Changes a quick reply; a conflict unless `version` is the current one.
pub fn update(batch: &mut Batch, id: i64, shortcut: &str, title: &str, text: &str, version: Option<i64>) {
    batch.must(UPDATE_REPLY, values![id, shortcut, title, text, version.unwrap_or(0)]);
}

/// Deletes a quick reply.
pub fn delete(batch: &mut Batch, id: i64) {
    batch.push(DELETE_REPLY, values![id]);
}
