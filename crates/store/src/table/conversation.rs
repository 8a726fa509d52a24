//! Conversations: read by id, by identity, by list; written only by a turn (`record.rs`).

use domain::conversation::{Conversation, State};
use domain::id::{ContactId, ConversationId, GatewayId, IdentityId, QueueId, UserId};
use domain::time::Micros;

use crate::batch::statements;
use crate::{Error, Row, Store, Value, values};

macro_rules! columns {
    () => {
        "c.id, c.identity_id, c.contact_id, c.gateway_id, c.page_id, c.state, c.queue_id, c.agent_id, \
         c.last_agent_id, c.priority, c.created_at, c.last_activity_at, c.queued_at, c.closed_at, c.unread, \
         c.body, c.version, c.reviewer_id"
    };
}

/// Whether the agent of a parameter (`"$9"`; 0 for those who see all, negative for a reviewer) may see conversation `c`: the
/// rule of `domain::role::Viewer::sees` in SQL, so that pages are full. No id is negative: of a reviewer's only one line holds.
macro_rules! seen_by {
    ($who:literal) => {
        concat!(
            "((c.state IN ('active', 'wrap_up') AND c.agent_id = ", $who, ") OR ", $who, " = 0 OR -c.reviewer_id = ", $who, " OR (c.state = 'closed' AND c.last_agent_id = ", $who, ")
             OR c.offered_to = ", $who, "
             OR (c.state IN ('queued', 'offered') AND EXISTS (SELECT 1 FROM queue q WHERE q.id = c.queue_id AND (q.all_agents = 1
                 OR EXISTS (SELECT 1 FROM queue_agent s WHERE s.queue_id = q.id AND s.user_id = ", $who, "))))
             OR c.contact_id IN (SELECT h.contact_id FROM conversation h WHERE h.agent_id = ", $who, " AND h.state = 'active'))"
        )
    };
}
pub(crate) use seen_by;

statements! {
    /// One conversation.
    BY_ID = concat!("SELECT ", columns!(), " FROM conversation c WHERE c.id = $1");
    /// The open conversation of a customer as a page knows them.
    OPEN_BY_EXTERNAL = concat!("SELECT ", columns!(), " FROM identity i JOIN conversation c ON c.identity_id = i.id AND c.is_open = 1
        WHERE i.page_id = $1 AND i.external_id = $2");
    /// The open conversation of a customer, else their last one.
    LAST_BY_EXTERNAL = concat!("SELECT ", columns!(), " FROM identity i JOIN conversation c ON c.identity_id = i.id
        WHERE i.page_id = $1 AND i.external_id = $2 ORDER BY coalesce(c.is_open, 0) DESC, c.id DESC LIMIT 1");
    /// The last conversation of a customer that belongs to no review.
    LAST_OF_CUSTOMER = concat!("SELECT ", columns!(), " FROM identity i JOIN conversation c ON c.identity_id = i.id
        WHERE i.page_id = $1 AND i.external_id = $2 AND c.reviewer_id IS NULL ORDER BY coalesce(c.is_open, 0) DESC, c.id DESC LIMIT 1");
    /// What is not closed of a review.
    OPEN_OF_REVIEW = concat!("SELECT ", columns!(), " FROM conversation c WHERE c.reviewer_id = $1 AND c.state <> 'closed'");
    /// Those whose timer is due.
    DUE = "SELECT id FROM conversation WHERE due_at <= $1 ORDER BY due_at LIMIT 200";
    /// When the next timer is due.
    NEXT_DUE = "SELECT min(due_at) FROM conversation WHERE due_at IS NOT NULL";
    /// Those that wait in a queue, in the order of their turn.
    WAITING = concat!("SELECT ", columns!(), " FROM conversation c WHERE c.is_open = 1 AND c.state = 'queued'
        ORDER BY c.priority DESC, c.queued_at, c.id LIMIT $1");
    /// How many each agent has in hand: held, in wrap-up or offered.
    LOADS = "SELECT agent_id, count(*) FROM conversation
        WHERE agent_id IS NOT NULL AND state IN ('active', 'wrap_up') GROUP BY agent_id";
    /// Those that are shown to somebody.
    OFFERED = concat!("SELECT ", columns!(), " FROM conversation c WHERE c.is_open = 1 AND c.state = 'offered'");
    /// Those that an agent holds.
    HELD_BY = concat!("SELECT ", columns!(), " FROM conversation c WHERE c.agent_id = $1 AND c.state IN ('active', 'wrap_up')");
    /// How many wait in each queue, and since when the first of them.
    WAITING_COUNTS = "SELECT queue_id, count(*), min(queued_at) FROM conversation
        WHERE is_open = 1 AND state IN ('queued', 'offered') AND queue_id IS NOT NULL GROUP BY queue_id";
    /// Open conversations of a gateway; of one page of it if `$2` is not empty.
    OPEN_OF_PAGE = concat!("SELECT ", columns!(), " FROM conversation c
        WHERE c.gateway_id = $1 AND ($2 = '' OR c.page_id = $2) AND c.state <> 'closed'");
    /// A list, newest activity first. $1 states (`,a,b,` or empty), $2 queue (0 for all), $3 agent or last agent
    /// (0 for all), $4 contact (0 for all), $5 words (a LIKE pattern or empty), $6 and $7 the place to go on
    /// from, $8 how many, $9 the agent whose sight bounds it (0 for those who see all; the caller asks the domain as
    /// well), $10 a label (0 for all).
    LIST = concat!("SELECT ", columns!(), " FROM conversation c
        WHERE ($1 = '' OR $1 LIKE '%,' || c.state || ',%') AND (c.queue_id = $2 OR $2 = 0)
        AND (c.agent_id = $3 OR $3 = 0 OR c.offered_to = $3 OR (c.state IN ('closed', 'wrap_up') AND c.last_agent_id = $3))
        AND (c.contact_id = $4 OR $4 = 0)
        AND ($5 = '' OR EXISTS (SELECT 1 FROM contact p WHERE p.id = c.contact_id AND p.name_folded LIKE $5 ESCAPE '!')
             OR EXISTS (SELECT 1 FROM message m WHERE m.conversation_id = c.id AND m.folded LIKE $5 ESCAPE '!'))
        AND (c.last_activity_at < $6 OR (c.last_activity_at = $6 AND c.id < $7))
        AND (EXISTS (SELECT 1 FROM conversation_label u WHERE u.conversation_id = c.id AND u.label_id = $10) OR $10 = 0)
        AND ", seen_by!("$9"), "
        ORDER BY c.last_activity_at DESC, c.id DESC LIMIT $8");
    /// Whether there is a conversation of a page ($1) that an agent ($2) may see.
    SEEN_OF_PAGE = concat!("SELECT c.id FROM conversation c WHERE c.page_id = $1 AND ", seen_by!("$2"), " LIMIT 1");
    /// The contacts that an agent talks with now.
    HELD_CONTACTS = "SELECT DISTINCT contact_id FROM conversation WHERE agent_id = $1 AND state = 'active'";
    /// What an agent closed since $2: how many, and how long they took together in microseconds.
    HANDLED = "SELECT count(*), CAST(coalesce(sum(closed_at - created_at), 0) AS BIGINT) FROM conversation
        WHERE last_agent_id = $1 AND closed_at >= $2";
    /// How many conversations a contact has had.
    COUNT_OF_CONTACT = "SELECT count(*) FROM conversation WHERE contact_id = $1";
    /// How many conversations an agent has ever finished or held, for the first-run checklist.
    ANSWERED = "SELECT count(*) FROM conversation WHERE last_agent_id IS NOT NULL";
}

/// A conversation from its columns.
pub fn from_row(row: &Row) -> Conversation {
    Conversation {
        id: ConversationId(row.int(0)),
        identity: IdentityId(row.int(1)),
        contact: ContactId(row.int(2)),
        gateway: GatewayId(row.int(3)),
        page: row.text(4),
        state: State::from_word(&row.text(5)).unwrap_or(State::Closed),
        queue: row.opt_int(6).map(QueueId),
        agent: row.opt_int(7).map(UserId),
        last_agent: row.opt_int(8).map(UserId),
        priority: row.int(9),
        created_at: Micros(row.int(10)),
        last_activity_at: Micros(row.int(11)),
        queued_at: row.opt_int(12).map(Micros),
        closed_at: row.opt_int(13).map(Micros),
        unread: u32::try_from(row.int(14)).unwrap_or(0),
        more: row.json(15),
        version: row.int(16),
        review: row.opt_int(17).map(UserId),
    }
}

/// One conversation by its id.
pub async fn by_id(store: &Store, id: ConversationId) -> Result<Option<Conversation>, Error> {
    Ok(store.row(BY_ID, values![id]).await?.as_ref().map(from_row))
}

/// Conversations by one of the texts above.
pub async fn list(store: &Store, sql: crate::Sql, params: Vec<Value>) -> Result<Vec<Conversation>, Error> {
    Ok(store.rows(sql, params).await?.iter().map(from_row).collect())
}
