//! Colleagues who were mentioned in a note and have not read it yet.

use domain::id::{ConversationId, MessageId, UserId};
use domain::message::Message;

use crate::batch::statements;
use crate::{Batch, Error, Store, values};

statements! {
    /// Someone is mentioned.
    INSERT = "INSERT INTO mention (user_id, message_id, conversation_id) VALUES ($1, $2, $3)";
    /// What a user has not read, the newest first.
    UNREAD = "SELECT conversation_id, message_id FROM mention WHERE user_id = $1 ORDER BY message_id DESC LIMIT $2";
    /// A user has read what a conversation holds.
    READ = "DELETE FROM mention WHERE user_id = $1 AND conversation_id = $2";
    /// Those of a conversation that is deleted.
    DELETE = "DELETE FROM mention WHERE conversation_id = $1";
}

/// Those who are mentioned in a new note.
pub(crate) fn record(batch: &mut Batch, note: &Message) {
    for user in &note.data.mentions {
        batch.push(INSERT, values![*user, note.id, note.conversation]);
    }
}

/// The notes in which a user is mentioned and which they have not read, the newest first.
pub async fn unread(store: &Store, user: UserId, most: i64) -> Result<Vec<(ConversationId, MessageId)>, Error> {
    let rows = store.rows(UNREAD, values![user, most]).await?;
    Ok(rows.iter().map(|row| (ConversationId(row.int(0)), MessageId(row.int(1)))).collect())
}

/// A user has read the notes of a conversation.
pub fn read(batch: &mut Batch, user: UserId, conversation: ConversationId) {
    batch.push(READ, values![user, conversation]);
}
