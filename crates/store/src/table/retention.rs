//! Finds old data and deletes it in small batches.

use domain::file_error::FileError;
use domain::id::{ContactId, ConversationId, MediumId};
use domain::time::Micros;

use super::audit;
use super::campaign_recipient;
use super::contact::{self, Person};
use super::dead_file;
use super::erasure::{self, DELETE_IDENTITIES};
use crate::batch::statements;
use crate::json::json;
use crate::{Batch, Error, Store, values};

statements! {
    /// Conversations that ended before $1: with their contact.
    OLD_CONVERSATIONS = "SELECT id FROM conversation WHERE state = 'closed' AND closed_at < $1 ORDER BY last_activity_at LIMIT $2";
    /// A contact whose last conversation was deleted.
    LEFT_ALONE = "SELECT id FROM contact p WHERE p.id = $1 AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.contact_id = p.id)";
    /// Deletes it, if it still has none and was not changed.
    REMOVE_ALONE = "DELETE FROM contact WHERE id = $1 AND version = $2
        AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.contact_id = $1)";
    /// Files of conversations that ended before $1.
    OLD_MEDIA = "SELECT d.id FROM medium d JOIN conversation c ON c.id = d.conversation_id
        WHERE d.id < $1 AND d.state = 'stored' AND c.state = 'closed' AND c.closed_at < $2 ORDER BY d.id LIMIT $3";
    /// Deletes such a file; its row stays, with the reason.
    MEDIUM_EXPIRED = "UPDATE medium SET state = 'failed', size = 0, thumbnail = 0, source_url = NULL, error = $2 WHERE id = $1 AND state = 'stored'";
    /// Uploads that never became part of a message.
    STRAY_UPLOADS = "SELECT id FROM medium WHERE created_by IS NOT NULL AND message_id IS NULL AND quick_reply_id IS NULL AND created_at < $1 LIMIT $2";
    /// Deletes finished deliveries before an id, some at a time.
    FORGET_DELIVERIES = "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE id < $1 AND pending = 0
        AND NOT (outcome = 2 AND dismissed = 0) ORDER BY id LIMIT $2)";
    /// The same for those that failed and were not dismissed.
    FORGET_FAILED = "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE id < $1 AND pending = 0
        AND outcome = 2 AND dismissed = 0 ORDER BY id LIMIT $2)";
    /// Deletes audit entries before an id.
    FORGET_AUDIT = "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE id < $1 ORDER BY id LIMIT $2)";
}

/// Rows that are deleted by their age alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aged {
    /// Finished deliveries.
    Deliveries,
    /// Deliveries that failed and were not dismissed.
    FailedDeliveries,
    /// Audit entries.
    Audit,
}

/// Deletes rows with ids below `below`, at most `limit`: ids are ordered by time. It is the first statement of its
/// batch, so the first count that the commit returns belongs to it.
pub fn delete_aged(rows: Aged, below: i64, limit: i64) -> Batch {
    let sql = match rows {
        Aged::Deliveries => FORGET_DELIVERIES,
        Aged::FailedDeliveries => FORGET_FAILED,
        Aged::Audit => FORGET_AUDIT,
    };
    let mut batch = Batch::new();
    batch.push(sql, values![below, limit]);
    batch
}

/// Conversations that closed before a moment, the oldest activity first.
pub async fn old_conversations(
    store: &Store,
    closed_before: Micros,
    limit: i64,
) -> Result<Vec<ConversationId>, Error> {
    let rows = store.rows(OLD_CONVERSATIONS, values![closed_before, limit]).await?;
    Ok(rows.iter().map(|row| ConversationId(row.int(0))).collect())
}

/// A contact, if they have no conversation left.
pub async fn contact_without_conversations(store: &Store, id: ContactId) -> Result<Option<Person>, Error> {
    let answers = store.ask(vec![(LEFT_ALONE, values![id]), (contact::CONTACT, values![id])]).await?;
    Ok(answers[0].first().and(answers[1].first()).map(contact::person))
}

/// Deletes a contact without conversations; a conflict if they have one again, or changed since they were read.
pub fn delete_contact(batch: &mut Batch, person: &Person, at: Micros) {
    batch.must(REMOVE_ALONE, values![person.id, person.version]);
    audit::forget_contact(batch, person.id);
    batch.push(campaign_recipient::ERASE, values![person.id]);
    batch.push(DELETE_IDENTITIES, values![person.id]);
    erasure::delete_pictures(batch, person, at);
}

/// Files with ids below `below` of conversations that closed before a moment.
pub async fn old_media(
    store: &Store,
    below: i64,
    closed_before: Micros,
    limit: i64,
) -> Result<Vec<MediumId>, Error> {
    let rows = store.rows(OLD_MEDIA, values![below, closed_before, limit]).await?;
    Ok(rows.iter().map(|row| MediumId(row.int(0))).collect())
}

/// Deletes the bytes of a file; its row stays, with the reason.
pub fn expire_medium(batch: &mut Batch, id: MediumId, at: Micros) {
    batch.push(dead_file::BURY_FILE, values![id, at]);
    batch.push(MEDIUM_EXPIRED, values![id, json(&FileError::Removed {})]);
}

/// Uploads from before a moment that are part of no message and of no quick reply.
pub async fn unused_uploads(store: &Store, before: Micros, limit: i64) -> Result<Vec<MediumId>, Error> {
    let rows = store.rows(STRAY_UPLOADS, values![before, limit]).await?;
    Ok(rows.iter().map(|row| MediumId(row.int(0))).collect())
}
