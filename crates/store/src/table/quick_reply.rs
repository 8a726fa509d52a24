//! Quick replies: texts that agents send often.

use domain::id::{MediumId, UserId};
use domain::quick_reply::Audience;

use super::medium::{self, Medium};
use crate::batch::statements;
use crate::json::json;
use crate::{Batch, Error, Row, Store, values};

statements! {
    /// Every quick reply.
    REPLIES = "SELECT id, shortcut, title, text, folder, owner_id, teams, queues, version FROM quick_reply ORDER BY shortcut, id";
    /// Adds a quick reply.
    INSERT_REPLY = "INSERT INTO quick_reply (id, shortcut, title, text, folder, owner_id, teams, queues, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)";
    /// Changes one; its owner stays.
    UPDATE_REPLY = "UPDATE quick_reply SET shortcut = $2, title = $3, text = $4, folder = $5, teams = $6, queues = $7,
        version = version + 1 WHERE id = $1 AND (version = $8 OR $8 = 0)";
    /// Removes one.
    DELETE_REPLY = "DELETE FROM quick_reply WHERE id = $1";
}

/// A quick reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuickReply {
    /// Its id.
    pub id: i64,
    /// What it says, and whom it is for.
    pub content: Content,
    /// What is sent with the text, in the order in which it was uploaded.
    pub files: Vec<Medium>,
    /// Increases with each edit.
    pub version: i64,
}

/// What a quick reply says, and whom it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// What an agent types to find it.
    pub shortcut: String,
    /// Its title.
    pub title: String,
    /// The text that is sent.
    pub text: String,
    /// The folder that it is listed in; empty for none.
    pub folder: String,
    /// Whom it is for.
    pub audience: Audience,
}

impl Content {
    /// One for everyone, in no folder.
    pub fn of(shortcut: &str, title: &str, text: &str) -> Self {
        let (shortcut, title, text) = (shortcut.to_owned(), title.to_owned(), text.to_owned());
        Self { shortcut, title, text, folder: String::new(), audience: Audience::EVERYONE }
    }

    /// The columns teams and queues.
    fn lists(&self) -> (String, String) {
        match &self.audience {
            Audience::Personal(_) => ("[]".into(), "[]".into()),
            Audience::Shared { teams, queues } => (json(teams), json(queues)),
        }
    }
}

fn from_row(row: &Row) -> QuickReply {
    let audience = match row.opt_int(5) {
        Some(owner) => Audience::Personal(UserId(owner)),
        None => Audience::Shared { teams: row.json(6), queues: row.json(7) },
    };
    let (shortcut, title, text, folder) = (row.text(1), row.text(2), row.text(3), row.text(4));
    QuickReply {
        id: row.int(0),
        content: Content { shortcut, title, text, folder, audience },
        files: Vec::new(),
        version: row.int(8),
    }
}

/// All quick replies, by shortcut.
pub async fn list(store: &Store) -> Result<Vec<QuickReply>, Error> {
    let mut replies: Vec<_> = store.rows(REPLIES, values![]).await?.iter().map(from_row).collect();
    for file in medium::of_quick_replies(store).await? {
        if let Some(reply) = replies.iter_mut().find(|reply| Some(reply.id) == file.quick_reply) {
            reply.files.push(file);
        }
    }
    Ok(replies)
}

/// Adds a quick reply. A taken shortcut makes the batch a duplicate.
pub fn insert(batch: &mut Batch, id: i64, content: &Content) {
    let Content { shortcut, title, text, folder, audience } = content;
    let (teams, queues) = content.lists();
    batch.push(INSERT_REPLY, values![id, shortcut, title, text, folder, audience.owner(), teams, queues]);
}

/// Changes a quick reply; a conflict unless `version` is the current one.
pub fn update(batch: &mut Batch, id: i64, content: &Content, version: Option<i64>) {
    let Content { shortcut, title, text, folder, .. } = content;
    let (teams, queues) = content.lists();
    batch.must(UPDATE_REPLY, values![id, shortcut, title, text, folder, teams, queues, version.unwrap_or(0)]);
}

/// Its files are these from now on.
pub fn set_files(batch: &mut Batch, id: i64, files: &[MediumId]) {
    medium::set_files_of_quick_reply(batch, id, files);
}

/// Deletes a quick reply.
pub fn delete(batch: &mut Batch, id: i64) {
    batch.push(DELETE_REPLY, values![id]);
    set_files(batch, id, &[]);
}
