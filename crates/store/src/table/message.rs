//! Messages and the channel's ids for them.

use std::collections::HashMap;

use domain::channel::Account;
use domain::id::{ConversationId, IdentityId, MessageId, UserId};
use domain::message::{Direction, Kind, Message, Sender, SenderKind, Status};
use domain::search::indexed;
use domain::time::Micros;

use super::ids::{self, with_ids};
use crate::batch::statements;
use crate::json::{name, word};
use crate::{Error, Row, Store, Value, values};

pub use crate::json::json;
pub use crate::text::{contains as pattern, fold};

macro_rules! columns {
    () => {
        "m.id, m.conversation_id, m.identity_id, m.kind, m.direction, m.sender_kind, m.sender_name, m.sender_id, \
         m.text, m.data, m.status, m.error, m.at, m.client_id, m.sent_at, m.delivered_at, m.read_at, m.edited_at, \
         m.unsent_at, m.edit_no"
    };
}
pub(crate) use columns;

statements! {
    /// One message.
    BY_ID = concat!("SELECT ", columns!(), " FROM message m WHERE m.id = $1");
    /// For each of some conversations, the last message that contains words (a LIKE pattern).
    LAST_WITH_WORDS = concat!(with_ids!("$1"), "SELECT m.conversation_id, m.id, m.text FROM ids JOIN message m ON m.id =
        (SELECT x.id FROM message x WHERE x.conversation_id = ids.id AND x.folded LIKE $2 ESCAPE '!' ORDER BY x.at DESC, x.id DESC LIMIT 1)");
    /// The message with a sender's own key.
    BY_CLIENT_ID = concat!("SELECT ", columns!(), " FROM message m WHERE m.conversation_id = $1 AND m.client_id = $2");
    /// The same in any conversation of a customer.
    TO_CUSTOMER_BY_CLIENT_ID = concat!("SELECT ", columns!(), " FROM message m
        WHERE m.identity_id = $1 AND m.direction = 'out' AND m.client_id = $2 ORDER BY m.id DESC LIMIT 1");
    /// The message with an id of the channel.
    BY_MID = concat!("SELECT ", columns!(), " FROM message m JOIN mid i ON i.message_id = m.id WHERE i.channel = $3 AND i.account_id = $1 AND i.mid = $2");
    /// The author and text of the private reply to the author of a comment.
    LAST_REPLY_TO = "SELECT m.sender_name, substr(m.text, 1, 160) FROM message m WHERE m.identity_id = $1
        AND m.direction = 'out' AND m.sender_kind = 'agent' ORDER BY m.id DESC LIMIT 1";
    /// Messages of one side of a customer's conversations around a time: written until $4, sent since $3.
    NEAR = concat!("SELECT ", columns!(), " FROM message m WHERE m.conversation_id IN (SELECT c.id FROM conversation c WHERE c.identity_id = $1)
        AND m.direction = $2 AND coalesce(m.sent_at, m.at) >= $3 AND m.at <= $4 AND m.at >= $3 - 600000000 ORDER BY m.id DESC LIMIT 20");
    /// A thread forward from a place.
    AFTER = concat!("SELECT ", columns!(), " FROM message m WHERE m.conversation_id = $1
        AND (m.at > $2 OR (m.at = $2 AND m.id > $3)) ORDER BY m.at, m.id LIMIT $4");
    /// A thread backward from a place.
    BEFORE = concat!("SELECT ", columns!(), " FROM message m WHERE m.conversation_id = $1
        AND (m.at < $2 OR (m.at = $2 AND m.id < $3)) ORDER BY m.at DESC, m.id DESC LIMIT $4");
    /// Our messages that a receipt may be about: sent up to $2, with an earlier status.
    UNDELIVERED = "SELECT id, conversation_id FROM message WHERE identity_id = $1 AND direction = 'out' AND status = 'sent'
        AND at <= $2 ORDER BY id DESC LIMIT 500";
    /// The same for the seen mark.
    UNREAD = "SELECT id, conversation_id FROM message WHERE identity_id = $1 AND direction = 'out'
        AND status IN ('sent', 'delivered') AND at <= $2 ORDER BY id DESC LIMIT 500";
    /// Our messages with some ids of the channel: for a receipt that lists them.
    BY_OUR_MID = "SELECT m.id, m.conversation_id FROM message m JOIN mid i ON i.message_id = m.id
        WHERE i.channel = $3 AND i.account_id = $1 AND i.mid = $2 AND m.direction = 'out'";
    /// The status of some messages.
    STATUS = concat!(with_ids!("$1"), "SELECT m.id, m.status FROM ids JOIN message m ON m.id = ids.id");
    /// Whether one of our messages is being sent to a customer.
    ON_ITS_WAY = "SELECT id FROM message WHERE identity_id = $1 AND direction = 'out' AND status IN ('queued', 'uncertain') LIMIT 1";
    /// Adds a message.
    INSERT = "INSERT INTO message (id, conversation_id, identity_id, kind, direction, sender_kind, sender_name, sender_id,
        text, folded, data, status, at, client_id, words)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    /// Sets a new text, unless that of a later edit is stored ($5 is the edit's number, 0 where there is none).
    EDIT = "UPDATE message SET text = $2, folded = $3, words = $6, edited_at = $4, edit_no = $5 WHERE id = $1 AND unsent_at IS NULL
        AND (edit_no < $5 OR (edit_no = $5 AND (edited_at IS NULL OR edited_at <= $4)))";
    /// Unsent: deletes the text, the message stays.
    UNSEND = "UPDATE message SET text = NULL, folded = '', words = '', data = '{}', unsent_at = $2 WHERE id = $1";
    /// Replaces an event.
    SET_EVENT = "UPDATE message SET data = $2, folded = $3, words = $4 WHERE id = $1";
    /// What only some messages have.
    SET_DATA = "UPDATE message SET data = $2 WHERE id = $1";
    /// The same, if it still is what was read ($3).
    SWAP_DATA = "UPDATE message SET data = $2 WHERE id = $1 AND data = $3";
    /// It was delivered; never goes backward.
    DELIVERED = "UPDATE message SET status = 'delivered', delivered_at = coalesce(delivered_at, $2) WHERE id = $1 AND status = 'sent'";
    /// It was read.
    READ = "UPDATE message SET status = 'read', read_at = coalesce(read_at, $2), delivered_at = coalesce(delivered_at, $2)
        WHERE id = $1 AND status IN ('sent', 'delivered')";
    /// The customer had read up to a later moment than Meta's time of it ($4) when its echo arrived: page, customer,
    /// now.
    READ_BEFORE_ECHO = "UPDATE message SET status = 'read', read_at = coalesce(read_at, $5), delivered_at = coalesce(delivered_at, $5)
        WHERE id = $1 AND status IN ('sent', 'delivered') AND EXISTS (SELECT 1 FROM pending_update e
            WHERE e.channel = $6 AND e.account_id = $2 AND e.mid = $3 AND e.kind = 'read_up_to' AND e.rank >= $4)";
    /// The channel reports on a message by its id: it was delivered. If $3 is 1, this overrides failed.
    REPORTED_DELIVERED = "UPDATE message SET status = 'delivered', delivered_at = coalesce(delivered_at, $2), error = NULL
        WHERE id = $1 AND (status = 'sent' OR (status = 'failed' AND CAST($3 AS BIGINT) = 1))";
    /// The same: it was read.
    REPORTED_READ = "UPDATE message SET status = 'read', read_at = coalesce(read_at, $2), delivered_at = coalesce(delivered_at, $2),
        error = NULL WHERE id = $1 AND (status IN ('sent', 'delivered') OR (status = 'failed' AND CAST($3 AS BIGINT) = 1))";
    /// The same: it will not be delivered. If $3 is 1, a delivered message stays delivered.
    REPORTED_FAILED = "UPDATE message SET status = 'failed', error = $2
        WHERE id = $1 AND (status IN ('queued', 'uncertain', 'sent') OR (status IN ('delivered', 'read') AND CAST($3 AS BIGINT) = 0))";
    /// A part of it is known to have been sent: with the last one the message is sent, else it has the status of its
    /// other parts.
    SETTLED = "UPDATE message SET error = NULL,
        status = CASE WHEN NOT EXISTS (SELECT 1 FROM outbox o WHERE o.message_id = $1) THEN 'sent'
            WHEN EXISTS (SELECT 1 FROM outbox o WHERE o.message_id = $1 AND o.state IN ('uncertain', 'released')) THEN 'uncertain'
            ELSE 'queued' END,
        sent_at = CASE WHEN EXISTS (SELECT 1 FROM outbox o WHERE o.message_id = $1) THEN sent_at ELSE coalesce(sent_at, $2) END
        WHERE id = $1 AND status IN ('queued', 'uncertain')";
    /// It counted as failed, but each of its $3 parts is now known to have been sent.
    LEFT_AFTER_ALL = "UPDATE message SET status = 'sent', sent_at = coalesce(sent_at, $2), error = NULL
        WHERE id = $1 AND status = 'failed' AND (SELECT count(DISTINCT part_no) FROM mid WHERE message_id = $1 AND part_no >= 0) >= $3";
    /// Sets its status, with or without a reason.
    SET_STATUS = "UPDATE message SET status = $2, error = $3 WHERE id = $1 AND status NOT IN ('sent', 'delivered', 'read')";
    /// Sends it again, if it still has the status that was read ($2) and no part of it is being sent.
    AGAIN = "UPDATE message SET status = 'queued', error = NULL WHERE id = $1 AND status = $2
        AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.message_id = $1 AND o.state = 'sending')";
    /// A scheduled message is sent, fails, is withdrawn or changes. A conflict if it is no longer queued.
    SCHEDULED = "UPDATE message SET text = $2, folded = $3, at = $4, data = $5, status = $6, error = $7 WHERE id = $1 AND status = 'queued'";
    /// Withdraws it.
    CANCEL = "UPDATE message SET status = 'cancelled', error = NULL WHERE id = $1 AND status = 'queued'";
    /// Sets what is known about an uncertain message.
    SET_DOUBT = "UPDATE message SET error = $2 WHERE id = $1 AND status = 'uncertain'";
    /// Sets why a queued message is waiting.
    SET_ERROR = "UPDATE message SET error = $2 WHERE id = $1 AND status = 'queued'";
}

/// A message with the times that only the store has.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// The message.
    pub message: Message,
    /// When the channel accepted it.
    pub sent_at: Option<Micros>,
    /// When it arrived.
    pub delivered_at: Option<Micros>,
    /// When it was seen.
    pub read_at: Option<Micros>,
    /// When its text was changed.
    pub edited_at: Option<Micros>,
    /// When it was unsent.
    pub unsent_at: Option<Micros>,
    /// The number of the edit whose text it shows; 0 if the channel did not count, or there was none.
    pub edit_no: i64,
    /// [`Message::extra`] exactly as stored.
    pub raw_data: String,
}

impl Stored {
    /// A message as just stored by a commit.
    pub fn fresh(message: Message) -> Self {
        let raw_data = json(&message.data);
        let (sent_at, delivered_at, read_at, edited_at, unsent_at) = (None, None, None, None, None);
        Self { message, sent_at, delivered_at, read_at, edited_at, unsent_at, edit_no: 0, raw_data }
    }

    /// Whether an edit with this number and time is newer than the stored text.
    pub fn takes_edit(&self, number: i64, at: Micros) -> bool {
        let later = self.edited_at.is_none_or(|edited| edited <= at);
        self.unsent_at.is_none() && (self.edit_no < number || (self.edit_no == number && later))
    }
}

/// A message from its columns.
pub(crate) fn from_row(row: &Row) -> Stored {
    Stored {
        message: Message {
            id: MessageId(row.int(0)),
            conversation: ConversationId(row.int(1)),
            identity: IdentityId(row.int(2)),
            kind: word(&row.text(3)).unwrap_or(Kind::Unsupported),
            direction: word(&row.text(4)).unwrap_or(Direction::Internal),
            sender: Sender {
                kind: word(&row.text(5)).unwrap_or(SenderKind::System),
                name: row.text(6),
                user: row.opt_int(7).map(UserId),
            },
            text: row.opt_text(8),
            data: row.json(9),
            status: Status::from_word(&row.text(10)).unwrap_or(Status::Received),
            error: row.json(11),
            at: Micros(row.int(12)),
            client_id: row.opt_text(13),
        },
        sent_at: row.opt_int(14).map(Micros),
        delivered_at: row.opt_int(15).map(Micros),
        read_at: row.opt_int(16).map(Micros),
        edited_at: row.opt_int(17).map(Micros),
        unsent_at: row.opt_int(18).map(Micros),
        edit_no: row.int(19),
        raw_data: row.text(9),
    }
}

/// A message that contains the searched words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The message.
    pub id: MessageId,
    /// Its text; empty if the words are in another part of it, such as the name of a place.
    pub text: String,
}

/// For each of some conversations, the last message that contains these words, if there is one.
pub async fn last_with_words(
    store: &Store,
    conversations: &[ConversationId],
    words: &str,
) -> Result<HashMap<ConversationId, Found>, Error> {
    let pattern = pattern(words);
    if pattern.is_empty() || conversations.is_empty() {
        return Ok(HashMap::new());
    }
    let ids = ids::param(conversations.iter().map(|id| id.0));
    let rows = store.rows(LAST_WITH_WORDS, values![ids, pattern]).await?;
    let found = |row: &Row| Found { id: MessageId(row.int(1)), text: row.opt_text(2).unwrap_or_default() };
    Ok(rows.iter().map(|row| (ConversationId(row.int(0)), found(row))).collect())
}

pub async fn by_id(store: &Store, id: MessageId) -> Result<Option<Stored>, Error> {
    Ok(store.row(BY_ID, values![id]).await?.as_ref().map(from_row))
}

/// The message to a customer with the sender's own key, in any conversation.
pub async fn to_customer_by_client_id(
    store: &Store,
    customer: IdentityId,
    key: &str,
) -> Result<Option<Stored>, Error> {
    Ok(store.row(TO_CUSTOMER_BY_CLIENT_ID, values![customer, key]).await?.as_ref().map(from_row))
}

/// The message with an id of the account.
pub async fn by_mid(store: &Store, account: &Account, mid: &str) -> Result<Option<Stored>, Error> {
    Ok(store.row(BY_MID, values![&account.id, mid, account.channel]).await?.as_ref().map(from_row))
}

/// The messages with some ids of the account, in the same order.
pub async fn by_mids(store: &Store, account: &Account, mids: &[&str]) -> Result<Vec<Option<Stored>>, Error> {
    let questions = mids.iter().map(|mid| (BY_MID, values![&account.id, *mid, account.channel])).collect();
    let answers = store.ask(questions).await?;
    Ok(answers.iter().map(|rows| rows.first().map(from_row)).collect())
}

/// A place in a thread: when a message was written, and its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When it was written.
    pub at: i64,
    /// The message's id.
    pub id: i64,
}

impl Place {
    /// Before every message.
    pub const START: Self = Self { at: i64::MIN, id: 0 };
}

impl Stored {
    /// Its place in its thread.
    pub fn place(&self) -> Place {
        Place { at: self.message.at.0, id: self.message.id.0 }
    }
}

/// A thread forward from a place.
pub async fn after(
    store: &Store,
    conversation: ConversationId,
    place: Place,
    limit: i64,
) -> Result<Vec<Stored>, Error> {
    let params = values![conversation, place.at, place.id, limit];
    Ok(store.rows(AFTER, params).await?.iter().map(from_row).collect())
}

/// A thread backward from a place: the latest message first.
pub async fn before(
    store: &Store,
    conversation: ConversationId,
    place: Place,
    limit: i64,
) -> Result<Vec<Stored>, Error> {
    let params = values![conversation, place.at, place.id, limit];
    Ok(store.rows(BEFORE, params).await?.iter().map(from_row).collect())
}

/// Messages of one side of a customer's conversations, written until `until` and sent since `since`, at most 20.
pub async fn near(
    store: &Store,
    identity: IdentityId,
    direction: Direction,
    since: Micros,
    until: Micros,
) -> Result<Vec<Message>, Error> {
    let rows = store.rows(NEAR, values![identity, name(&direction), since, until]).await?;
    Ok(rows.iter().map(|row| from_row(row).message).collect())
}

/// The author of the last private reply to the author of a comment, and the beginning of its text, if it has one.
pub async fn last_reply_to(store: &Store, writer: IdentityId) -> Result<Option<(String, Option<String>)>, Error> {
    Ok(store.row(LAST_REPLY_TO, values![writer]).await?.map(|row| (row.text(0), row.opt_text(1))))
}

/// The parameters of [`INSERT`].
pub(crate) fn insert_params(message: &Message) -> Vec<Value> {
    let searchable = message.searchable();
    crate::values![
        message.id,
        message.conversation,
        message.identity,
        name(&message.kind),
        name(&message.direction),
        name(&message.sender.kind),
        &message.sender.name,
        message.sender.user,
        message.text.clone(),
        fold(&searchable),
        json(&message.data),
        message.status.word(),
        message.at,
        message.client_id.clone(),
        indexed(&searchable)
    ]
}
