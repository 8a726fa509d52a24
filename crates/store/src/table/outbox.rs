//! What must reach Meta: one row a request, in order per identity, gone once it is settled.

use domain::id::{ConversationId, GatewayId, IdentityId, MessageId, OutboxId};
use domain::outbound::{Part, Speaker};

use crate::batch::statements;
use crate::{Error, Row, Store, values};

macro_rules! columns {
    () => {
        "o.id, o.message_id, o.part_no, o.conversation_id, o.identity_id, o.gateway_id, o.page_id, o.part, o.speaker, \
         o.reply_to, o.state, o.tries, o.next_at"
    };
}

statements! {
    /// Puts a request into the outbox.
    INSERT = "INSERT INTO outbox (id, message_id, part_no, conversation_id, identity_id, gateway_id, page_id, part, speaker,
        reply_to, state, tries, next_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'queued', 0, $11)";
    /// Requests that may leave now: due, and the first of their identity. What is on its way or held before them holds them.
    DUE = concat!("SELECT ", columns!(), " FROM outbox o WHERE o.state = 'queued' AND o.next_at <= $1
        AND NOT EXISTS (SELECT 1 FROM outbox b WHERE b.identity_id = o.identity_id AND b.id < o.id)
        ORDER BY o.id LIMIT $2");
    /// When the next one is due that is not.
    NEXT_DUE = "SELECT min(next_at) FROM outbox WHERE state IN ('queued', 'uncertain')";
    /// All parts of a message.
    OF_MESSAGE = concat!("SELECT ", columns!(), " FROM outbox o WHERE o.message_id = $1 ORDER BY o.id");
    /// Takes a request for sending. Who comes second changes nothing.
    CLAIM = "UPDATE outbox SET state = 'sending', owner = $2, tries = tries + 1 WHERE id = $1 AND state = 'queued'";
    /// It is settled: sent, failed for good, cancelled.
    REMOVE = "DELETE FROM outbox WHERE id = $1";
    /// It is withdrawn, if it has not begun to leave.
    WITHDRAW = "DELETE FROM outbox WHERE id = $1 AND state = 'queued'";
    /// One part of a message is settled.
    REMOVE_PART = "DELETE FROM outbox WHERE message_id = $1 AND part_no = $2";
    /// All parts of a message that have not left are withdrawn.
    REMOVE_QUEUED = "DELETE FROM outbox WHERE message_id = $1 AND state IN ('queued', 'uncertain')";
    /// It is tried again later.
    LATER = "UPDATE outbox SET state = 'queued', owner = NULL, next_at = $2, error = $3 WHERE id = $1";
    /// Nobody knows whether it left. It holds those behind it until $2.
    UNCERTAIN = "UPDATE outbox SET state = 'uncertain', owner = NULL, next_at = $2 WHERE id = $1 AND state = 'sending'";
    /// Requests whose sender died on the way.
    ABANDONED = concat!("SELECT ", columns!(), " FROM outbox o WHERE o.state = 'sending' AND o.owner <> $1");
    /// Uncertain ones that have held long enough.
    HELD_ENOUGH = concat!("SELECT ", columns!(), " FROM outbox o WHERE o.state = 'uncertain' AND o.next_at <= $1 LIMIT 200");
    /// What waits for a page is due at once: its token lives again.
    WAKE_PAGE = "UPDATE outbox SET next_at = $3 WHERE gateway_id = $1 AND page_id = $2 AND state = 'queued'";
    /// What waits for a page waits longer.
    HOLD_PAGE = "UPDATE outbox SET next_at = $3 WHERE gateway_id = $1 AND page_id = $2 AND state = 'queued' AND next_at < $3";
    /// How many wait.
    COUNT = "SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending')";
}

/// A request that must reach Meta.
#[derive(Debug, Clone, PartialEq)]
pub struct Queued {
    /// Its place in the order.
    pub id: OutboxId,
    /// The message that it is a part of.
    pub message: Option<MessageId>,
    /// Which part.
    pub part_no: i64,
    /// The conversation.
    pub conversation: ConversationId,
    /// Which customer of which page.
    pub identity: IdentityId,
    /// The gateway.
    pub gateway: GatewayId,
    /// Meta's Page id.
    pub page: String,
    /// What is sent; None if it is of a shape this program does not know.
    pub part: Option<Part>,
    /// Who speaks.
    pub speaker: Speaker,
    /// The message that it answers.
    pub reply_to: Option<MessageId>,
    /// `queued`, `sending` or `uncertain`.
    pub state: String,
    /// How often it was tried.
    pub tries: i64,
}

/// A request from its columns.
pub fn from_row(row: &Row) -> Queued {
    Queued {
        id: OutboxId(row.int(0)),
        message: row.opt_int(1).map(MessageId),
        part_no: row.int(2),
        conversation: ConversationId(row.int(3)),
        identity: IdentityId(row.int(4)),
        gateway: GatewayId(row.int(5)),
        page: row.text(6),
        part: row.json(7),
        speaker: if row.text(8) == "agent" { Speaker::Agent } else { Speaker::Bot },
        reply_to: row.opt_text(9).and_then(|id| id.parse().ok()),
        state: row.text(10),
        tries: row.int(11),
    }
}

/// Requests by one of the texts above.
pub async fn list(store: &Store, sql: crate::Sql, params: Vec<crate::Value>) -> Result<Vec<Queued>, Error> {
    Ok(store.rows(sql, params).await?.iter().map(from_row).collect())
}

/// All parts of a message that are still here.
pub async fn of_message(store: &Store, message: MessageId) -> Result<Vec<Queued>, Error> {
    list(store, OF_MESSAGE, values![message]).await
}
