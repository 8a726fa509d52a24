//! Labels that people put on conversations.

use domain::decision::LabelChange;
use domain::id::ConversationId;

use super::ids::with_ids;
use crate::batch::statements;
use crate::text::fold;
use crate::words::words;
use crate::{Batch, Error, Row, Store, values};

statements! {
    /// All labels, by name.
    LIST = "SELECT l.id, l.name, l.colour, l.version, (SELECT count(*) FROM conversation_label u WHERE u.label_id = l.id)
        FROM label l ORDER BY l.name_folded, l.id";
    /// One label.
    ONE = "SELECT l.id, l.name, l.colour, l.version, (SELECT count(*) FROM conversation_label u WHERE u.label_id = l.id)
        FROM label l WHERE l.id = $1";
    /// Adds a label.
    INSERT = "INSERT INTO label (id, name, name_folded, colour, version) VALUES ($1, $2, $3, $4, 1)";
    /// Changes one; $5 is the expected version, or 0 for any.
    UPDATE = "UPDATE label SET name = $2, name_folded = $3, colour = $4, version = version + 1
        WHERE id = $1 AND (version = $5 OR $5 = 0)";
    /// Removes one that no conversation carries.
    DELETE_UNUSED = "DELETE FROM label WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM conversation_label u WHERE u.label_id = $1)";
    /// Removes it from every conversation …
    TAKE_OFF_ALL = "DELETE FROM conversation_label WHERE label_id = $1";
    /// … and removes it.
    DELETE = "DELETE FROM label WHERE id = $1";
    /// The labels of a conversation, by name.
    OF_CONVERSATION = "SELECT l.id, l.name, l.colour, l.version, 0 FROM conversation_label u JOIN label l ON l.id = u.label_id
        WHERE u.conversation_id = $1 ORDER BY l.name_folded, l.id";
    /// The labels of some conversations, by name; the last column is the conversation.
    OF_CONVERSATIONS = concat!(with_ids!("$1"), "SELECT l.id, l.name, l.colour, l.version, 0, u.conversation_id FROM ids
        JOIN conversation_label u ON u.conversation_id = ids.id JOIN label l ON l.id = u.label_id ORDER BY l.name_folded, l.id");
    /// Puts a label on a conversation, if that label exists; repeating it changes nothing.
    PUT_ON = "INSERT INTO conversation_label (conversation_id, label_id)
        SELECT c.id, l.id FROM conversation c, label l WHERE c.id = $1 AND l.id = $2 ON CONFLICT DO NOTHING";
    /// Removes a label from a conversation.
    TAKE_OFF = "DELETE FROM conversation_label WHERE conversation_id = $1 AND label_id = $2";
    /// Puts a label on a conversation that is named by its folded name or its id.
    PUT_ON_NAMED = "INSERT INTO conversation_label (conversation_id, label_id)
        SELECT c.id, l.id FROM conversation c, label l WHERE c.id = $1 AND (l.name_folded = $2 OR CAST(l.id AS TEXT) = $2)
        ON CONFLICT DO NOTHING";
    /// Removes one that is named like that.
    TAKE_OFF_NAMED = "DELETE FROM conversation_label WHERE conversation_id = $1 AND label_id IN
        (SELECT l.id FROM label l WHERE l.name_folded = $2 OR CAST(l.id AS TEXT) = $2)";
    /// Conversations that carry a label, some at a time: their screens must be updated.
    CARRIERS = "SELECT conversation_id FROM conversation_label WHERE label_id = $1 ORDER BY conversation_id DESC LIMIT 500";
}

words! {
    /// The colours of labels.
    LabelColour {
        /// Neutral.
        Grey = "grey",
        /// Violet.
        Violet = "violet",
        /// Green.
        Green = "green",
        /// Amber.
        Amber = "amber",
        /// Red.
        Red = "red",
    }
}

/// How many columns a label has.
pub(crate) const COLUMNS: usize = 5;

/// A label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its colour.
    pub colour: LabelColour,
    /// Increases with each edit.
    pub version: i64,
    /// The number of conversations that carry it; 0 where it was not counted.
    pub carried: i64,
}

/// A label from its columns.
pub(crate) fn from_row(row: &Row) -> Label {
    Label {
        id: row.int(0),
        name: row.text(1),
        colour: LabelColour::parse(&row.text(2)).unwrap_or(LabelColour::Grey),
        version: row.int(3),
        carried: row.int(4),
    }
}

/// All labels, by name.
pub async fn list(store: &Store) -> Result<Vec<Label>, Error> {
    Ok(store.rows(LIST, values![]).await?.iter().map(from_row).collect())
}

/// Puts labels on a conversation and takes others off, in the batch of its turn.
pub fn change(batch: &mut Batch, conversation: ConversationId, add: &[i64], remove: &[i64]) {
    for id in remove {
        batch.push(TAKE_OFF, values![conversation, *id]);
    }
    for id in add {
        batch.push(PUT_ON, values![conversation, *id]);
    }
}

/// Puts labels on a conversation and takes others off, by their names or ids. Those that do not exist are left out.
pub(crate) fn change_named(batch: &mut Batch, conversation: ConversationId, change: &LabelChange) {
    for name in &change.remove {
        batch.push(TAKE_OFF_NAMED, values![conversation, fold(name)]);
    }
    for name in &change.add {
        batch.push(PUT_ON_NAMED, values![conversation, fold(name)]);
    }
}

/// One label.
pub async fn by_id(store: &Store, id: i64) -> Result<Option<Label>, Error> {
    Ok(store.row(ONE, values![id]).await?.as_ref().map(from_row))
}

/// The labels of a conversation, by name.
pub async fn of_conversation(store: &Store, id: ConversationId) -> Result<Vec<Label>, Error> {
    Ok(store.rows(OF_CONVERSATION, values![id]).await?.iter().map(from_row).collect())
}

/// Conversations that carry a label, newest first, at most 500.
pub async fn carriers(store: &Store, id: i64) -> Result<Vec<ConversationId>, Error> {
    Ok(store.rows(CARRIERS, values![id]).await?.iter().map(|row| ConversationId(row.int(0))).collect())
}

/// Adds a label. A taken name makes the batch a duplicate.
pub fn insert(batch: &mut Batch, id: i64, name: &str, colour: LabelColour) {
    batch.push(INSERT, values![id, name, fold(name), colour]);
}

/// Changes a label; a conflict unless `version` is the current one.
pub fn update(batch: &mut Batch, id: i64, name: &str, colour: LabelColour, version: Option<i64>) {
    batch.must(UPDATE, values![id, name, fold(name), colour, version.unwrap_or(0)]);
}

/// Deletes a label; a conflict if a conversation carries it.
pub fn delete_unused(batch: &mut Batch, id: i64) {
    batch.must(DELETE_UNUSED, values![id]);
}

/// Removes a label from every conversation and deletes it.
pub fn delete(batch: &mut Batch, id: i64) {
    batch.push(TAKE_OFF_ALL, values![id]);
    batch.must(DELETE, values![id]);
}
