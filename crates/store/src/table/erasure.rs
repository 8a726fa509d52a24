//! Erasing: of one contact on request, and of what has become old. Rows go in small batches, files last.

use domain::id::{ContactId, ConversationId};
use domain::time::Micros;
use serde::{Deserialize, Serialize};

use crate::batch::statements;
use crate::{Batch, Error, Row, Store, values};

macro_rules! columns {
    () => {
        "id, contact_id, subjects, up_to, delivery_id, state, conversations, messages, deliveries, requested_at, done_at, request_code"
    };
}

statements! {
    /// Begins to erase a contact; once for each.
    INSERT = "INSERT INTO erasure (id, contact_id, subjects, up_to, delivery_id, state, conversations, messages, deliveries,
        requested_at, requested_by, request_code) VALUES ($1, $2, $3, $4, 0, 'conversations', 0, 0, 0, $5, $6, $7)";
    /// The erasure of a contact.
    OF_CONTACT = concat!("SELECT ", columns!(), " FROM erasure WHERE contact_id = $1");
    /// Erasures that are not done.
    RUNNING = concat!("SELECT ", columns!(), " FROM erasure WHERE state <> 'done' ORDER BY id LIMIT 20");
    /// It goes on with another step.
    STEP = "UPDATE erasure SET state = $2 WHERE id = $1";
    /// What went so far.
    COUNT = "UPDATE erasure SET conversations = conversations + $2, messages = messages + $3 WHERE id = $1";
    /// Deliveries up to $2 were looked through, $3 of them changed.
    LOOKED = "UPDATE erasure SET delivery_id = $2, deliveries = deliveries + $3 WHERE id = $1";
    /// It is done: what it looked for is forgotten too.
    DONE = "UPDATE erasure SET state = 'done', subjects = '[]', done_at = $2 WHERE id = $1 AND state <> 'done'";
    /// A person's request is done with the last erasure that belongs to it.
    REQUEST_DONE = "UPDATE deletion_request SET done_at = $2 WHERE code = $1
        AND NOT EXISTS (SELECT 1 FROM erasure e WHERE e.request_code = $1 AND e.state <> 'done')";

    /// The contact is gone at once, and with it every way in: who writes again begins anew.
    DELETE_CONTACT = "DELETE FROM contact WHERE id = $1";
    /// The same for how pages know them.
    DELETE_IDENTITIES = "DELETE FROM identity WHERE contact_id = $1";
    /// The same for what must still reach them.
    DELETE_OUTBOX = "DELETE FROM outbox WHERE identity_id IN (SELECT id FROM identity WHERE contact_id = $1)";
    /// Their conversations end, with nothing of them left in the lists. Whoever is playing a turn is too late.
    END_CONVERSATIONS = "UPDATE conversation SET state = 'closed', is_open = NULL, agent_id = NULL, last_agent_id = NULL,
        offered_to = NULL, queued_at = NULL, due_at = NULL, unread = 0, body = '{}', version = version + 1 WHERE contact_id = $1";
    /// Their pictures.
    PICTURES = "SELECT picture, picture_wanted FROM contact WHERE id = $1";
    /// Their conversations.
    CONVERSATIONS = "SELECT id FROM conversation WHERE contact_id = $1 ORDER BY id LIMIT $2";
    /// Events that wait for a customer of a page.
    WAITING = "SELECT delivery_id, n FROM inbox WHERE key = $1 AND delivery_id <= $2 ORDER BY delivery_id, n LIMIT 1000";
    /// The last of the next messages of a conversation that go together.
    NEXT_MESSAGES = "SELECT max(id), count(*) FROM (SELECT id FROM message WHERE conversation_id = $1 ORDER BY id LIMIT $2) m";
    /// The channel's ids of a conversation's messages up to one.
    DELETE_MIDS = "DELETE FROM mid WHERE message_id IN (SELECT id FROM message WHERE conversation_id = $1 AND id <= $2)";
    /// The messages.
    DELETE_MESSAGES = "DELETE FROM message WHERE conversation_id = $1 AND id <= $2";
    /// A conversation's files are to be removed …
    BURY_FILES = "INSERT INTO dead_file (medium_id, at, removed) SELECT id, CAST($2 AS BIGINT), 0 FROM medium
        WHERE conversation_id = $1 ON CONFLICT DO NOTHING";
    /// … and forgotten.
    DELETE_MEDIA = "DELETE FROM medium WHERE conversation_id = $1";
    /// One file is to be removed …
    BURY_FILE = "INSERT INTO dead_file (medium_id, at, removed) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING";
    /// … and forgotten.
    DELETE_MEDIUM = "DELETE FROM medium WHERE id = $1";
    /// What a conversation still had to send.
    DELETE_SENDS = "DELETE FROM outbox WHERE conversation_id = $1";
    /// Its labels.
    DELETE_LABELS = "DELETE FROM conversation_label WHERE conversation_id = $1";
    /// Itself.
    DELETE_CONVERSATION = "DELETE FROM conversation WHERE id = $1";

    /// The next deliveries, whatever became of them: id, gateway, how the body is kept, the body, how many events wait.
    DELIVERIES = "SELECT id, gateway_id, coding, body, pending FROM delivery WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3";
    /// A delivery without one customer's part.
    REWRITE_DELIVERY = "UPDATE delivery SET body = $2, coding = 0, events = $3 WHERE id = $1 AND pending = 0";

    /// Files to be removed now: those that are new, and those that were removed a while ago ($1).
    DEAD_FILES = "SELECT medium_id, removed FROM dead_file WHERE removed = 0 OR at < $1 ORDER BY at LIMIT 100";
    /// A file was removed; it is looked at once more later.
    FILE_REMOVED = "UPDATE dead_file SET removed = 1, at = $2 WHERE medium_id = $1";
    /// And again.
    FILE_FORGOTTEN = "DELETE FROM dead_file WHERE medium_id = $1";
    /// How many files wait to be removed.
    FILES_LEFT = "SELECT count(*) FROM dead_file WHERE removed = 0";

    /// Conversations that ended before $1: with their contact.
    OLD_CONVERSATIONS = "SELECT id FROM conversation WHERE state = 'closed' AND closed_at < $1 ORDER BY last_activity_at LIMIT $2";
    /// A contact whose last conversation went.
    LEFT_ALONE = "SELECT id FROM contact p WHERE p.id = $1 AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.contact_id = p.id)";
    /// It goes, if it is still alone and nobody touched it.
    REMOVE_ALONE = "DELETE FROM contact WHERE id = $1 AND version = $2
        AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.contact_id = $1)";
    /// Files of conversations that ended before $1.
    OLD_MEDIA = "SELECT d.id FROM medium d JOIN conversation c ON c.id = d.conversation_id
        WHERE d.id < $1 AND d.state = 'stored' AND c.state = 'closed' AND c.closed_at < $2 ORDER BY d.id LIMIT $3";
    /// Such a file goes; its place stays, with the reason.
    MEDIUM_EXPIRED = "UPDATE medium SET state = 'failed', size = 0, thumb = 0, source_url = NULL, error = $2 WHERE id = $1 AND state = 'stored'";
    /// Uploads that never became part of a message.
    STRAY_UPLOADS = "SELECT id FROM medium WHERE created_by IS NOT NULL AND conversation_id IS NOT NULL AND message_id IS NULL AND created_at < $1 LIMIT $2";
    /// Deliveries before an id that came to their end, some at a time.
    FORGET_DELIVERIES = "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE id < $1 AND pending = 0
        AND NOT (outcome = 2 AND dismissed = 0) ORDER BY id LIMIT $2)";
    /// The same for those that failed and that nobody put away.
    FORGET_FAILED = "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE id < $1 AND pending = 0
        AND outcome = 2 AND dismissed = 0 ORDER BY id LIMIT $2)";
    /// Audit lines before an id.
    FORGET_AUDIT = "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE id < $1 ORDER BY id LIMIT $2)";
}

/// What a customer's data in deliveries is found by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The gateway.
    pub gateway: i64,
    /// Meta's Page id.
    pub page: String,
    /// The page's id for the person (PSID).
    pub external: String,
}

/// A contact that is being erased, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// Its id.
    pub id: i64,
    /// Whom.
    pub contact: ContactId,
    /// How pages knew them; empty once it is done.
    pub subjects: Vec<Subject>,
    /// Deliveries beyond this id came later.
    pub up_to: i64,
    /// Deliveries up to this id were looked through.
    pub delivery: i64,
    /// `conversations`, `deliveries`, `files` or `done`.
    pub state: String,
    /// Conversations that went.
    pub conversations: i64,
    /// Messages that went.
    pub messages: i64,
    /// Deliveries that were changed.
    pub deliveries: i64,
    /// When it was asked for.
    pub requested_at: Micros,
    /// When it was done.
    pub done_at: Option<Micros>,
    /// The code of a person's own request to Meta, if it came so.
    pub request_code: Option<String>,
}

/// An erasure from its columns.
pub fn from_row(row: &Row) -> Erasure {
    Erasure {
        id: row.int(0),
        contact: ContactId(row.int(1)),
        subjects: row.json(2),
        up_to: row.int(3),
        delivery: row.int(4),
        state: row.text(5),
        conversations: row.int(6),
        messages: row.int(7),
        deliveries: row.int(8),
        requested_at: Micros(row.int(9)),
        done_at: row.opt_int(10).map(Micros),
        request_code: row.opt_text(11),
    }
}

/// The erasure of a contact, if there is one.
pub async fn of_contact(store: &Store, contact: ContactId) -> Result<Option<Erasure>, Error> {
    Ok(store.row(OF_CONTACT, values![contact]).await?.as_ref().map(from_row))
}

/// Marks a file as dead and forgets its row.
pub fn bury(batch: &mut Batch, medium: i64, at: Micros) {
    batch.push(BURY_FILE, values![medium, at]);
    batch.push(DELETE_MEDIUM, values![medium]);
}

/// Everything of a conversation but its messages, which went before.
pub fn delete_conversation(batch: &mut Batch, id: ConversationId, at: Micros) {
    batch.push(BURY_FILES, values![id, at]);
    batch.push(DELETE_MEDIA, values![id]);
    batch.push(DELETE_SENDS, values![id]);
    batch.push(DELETE_LABELS, values![id]);
    batch.push(DELETE_CONVERSATION, values![id]);
}
