//! The bus: all events that screens show, in order of commit.

use domain::decision::OfferEnd;
use domain::id::{ConversationId, FlowId, GatewayId, MessageId, QueueId, UserId};
use domain::time::Micros;

use crate::batch::statements;
use crate::{Batch, Error, Row, Signal, Store, values};

statements! {
    /// Adds an event.
    INSERT = "INSERT INTO event (kind, conversation_id, subject_id, detail, at, bulk) VALUES ($1, $2, $3, $4, $5, $6)";
    /// Adds the event of a comment: $1 account, $2 the channel's id of the comment.
    COMMENT = "INSERT INTO event (kind, subject_id, detail, at, bulk)
        SELECT 'comment', id, '', CAST($3 AS BIGINT), CAST($4 AS BIGINT) FROM comment WHERE page_id = $1 AND comment_id = $2";
    /// Adds the event of the comment whose private reply is message $1.
    REPLY = "INSERT INTO event (kind, subject_id, detail, at, bulk)
        SELECT 'comment', id, '', CAST($2 AS BIGINT), CAST($3 AS BIGINT) FROM comment WHERE reply_message_id = $1";
    /// The events after a place, on SQLite: one writer, so the number alone is the order.
    AFTER_SQLITE = "SELECT xact, seq, kind, conversation_id, subject_id, detail, at, bulk FROM event
        WHERE seq > $2 AND $1 = $1 ORDER BY seq LIMIT $3";
    /// The newest place on SQLite.
    NEWEST_SQLITE = "SELECT 0, coalesce(max(seq), 0) FROM event";
    /// The oldest stored event.
    OLDEST = "SELECT seq, at FROM event ORDER BY seq LIMIT 1";
    /// The transaction of one event on SQLite.
    XACT_SQLITE = "SELECT 0 FROM event WHERE seq = $1";
    /// Deletes events older than $1, but never the newest: its number is the place where streams continue.
    FORGET = "DELETE FROM event WHERE at < $1 AND seq < (SELECT max(seq) FROM event)";
}

/// The oldest transaction that is still running and may add events. Transaction numbers are shared by all databases of a
/// cluster, so those that a connection to another database is known to run do not count: they add no event here, and a long
/// one would delay every event of ours.
macro_rules! horizon {
    () => {
        "(SELECT coalesce(
            (SELECT running FROM pg_snapshot_xip(pg_current_snapshot()) AS running
             WHERE NOT EXISTS (SELECT FROM pg_stat_activity AS other WHERE other.backend_xid = CAST(running AS XID)
                 AND other.datid <> (SELECT oid FROM pg_database WHERE datname = current_database()))
             ORDER BY running LIMIT 1),
            pg_snapshot_xmax(pg_current_snapshot())))"
    };
}

/// The events after a place, on PostgreSQL. A number is assigned before its commit, so readers order by transaction
/// and stop below the oldest one that is still running: no event appears behind them later.
const AFTER_POSTGRES: crate::Sql = crate::Sql(concat!(
    "SELECT CAST(CAST(xact AS TEXT) AS BIGINT), seq, kind, conversation_id, subject_id, detail, at, bulk FROM event
     WHERE xact < ",
    horizon!(),
    " AND (xact > CAST(CAST($1 AS BIGINT)::TEXT AS XID8) OR (xact = CAST(CAST($1 AS BIGINT)::TEXT AS XID8) AND seq > $2))
     ORDER BY event.xact, seq LIMIT $3",
));
/// The newest place on PostgreSQL: everything below the running transactions.
const NEWEST_POSTGRES: crate::Sql = crate::Sql(concat!(
    "WITH place AS MATERIALIZED (SELECT ",
    horizon!(),
    " AS horizon)
     SELECT CAST(CAST((SELECT horizon FROM place) AS TEXT) AS BIGINT) - 1, coalesce(max(seq), 0)
     FROM event WHERE xact < (SELECT horizon FROM place)",
));

/// The transaction of one event on PostgreSQL.
const XACT_POSTGRES: crate::Sql =
    crate::Sql("SELECT CAST(CAST(xact AS TEXT) AS BIGINT) FROM event WHERE seq = $1");

/// A place in the order of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// PostgreSQL's transaction; 0 on SQLite.
    pub xact: i64,
    /// The number.
    pub seq: i64,
}

/// An event as it is stored. Its representation for a viewer is built when it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its place in the order.
    pub place: Place,
    /// What happened; None for an event of a newer program.
    pub event: Option<Event>,
    /// When.
    pub at: Micros,
    /// Whether it is part of a backlog that is being applied.
    pub bulk: bool,
}

fn from_row(row: &Row) -> Stored {
    Stored {
        place: Place { xact: row.int(0), seq: row.int(1) },
        event: Event::read(&row.text(2), row.opt_int(3), row.opt_int(4), row.text(5)),
        at: Micros(row.int(6)),
        bulk: row.int(7) != 0,
    }
}

/// Something that a screen shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A message is new.
    MessageAdded(ConversationId, MessageId),
    /// A message is new or changed. Only [`Event::MessageAdded`] guarantees that it is new.
    MessageChanged(ConversationId, MessageId),
    /// A conversation is new or changed.
    Conversation(ConversationId),
    /// A conversation was erased.
    ConversationGone(ConversationId),
    /// A conversation is offered to an agent.
    Offer(ConversationId, UserId),
    /// An offer to an agent is over.
    OfferEnded(ConversationId, UserId, OfferEnd),
    /// A queue, or its waiting customers, changed.
    Queue(QueueId),
    /// An agent changed, for colleagues.
    Agent(UserId),
    /// An agent's own status changed.
    AgentStatus(UserId),
    /// A gateway, its Pages or its health changed.
    Gateway(GatewayId),
    /// A login at Meta ended: the attempt.
    Connect(i64),
    /// A finding raised an alarm; the detail is for the screen, as JSON.
    Alarm(GatewayId, String),
    /// A finding that had raised an alarm is gone; the detail is for the screen, as JSON.
    AlarmCleared(GatewayId, String),
    /// An alert of a queue was raised or is over; the detail is the alert, as JSON.
    QueueAlert(QueueId, String),
    /// A step of a flow failed for the first time; the detail is the failure, as JSON.
    FlowFailed(FlowId, String),
    /// A comment is new or changed: its id.
    Comment(i64),
}

impl Event {
    /// The columns: kind, conversation, subject, detail.
    fn columns(&self) -> (&'static str, Option<ConversationId>, Option<i64>, &str) {
        match self {
            Event::MessageAdded(conversation, id) => ("message", Some(*conversation), Some(id.0), "new"),
            Event::MessageChanged(conversation, id) => ("message", Some(*conversation), Some(id.0), ""),
            Event::Conversation(id) => ("conversation", Some(*id), None, ""),
            Event::ConversationGone(id) => ("conversation", Some(*id), None, "gone"),
            Event::Offer(id, agent) => ("offer", Some(*id), Some(agent.0), ""),
            Event::OfferEnded(id, agent, end) => ("offer_ended", Some(*id), Some(agent.0), end.word()),
            Event::Queue(id) => ("queue", None, Some(id.0), ""),
            Event::Agent(user) => ("agent", None, Some(user.0), ""),
            Event::AgentStatus(user) => ("status", None, Some(user.0), ""),
            Event::Gateway(id) => ("gateway", None, Some(id.0), ""),
            Event::Connect(attempt) => ("connect", None, Some(*attempt), ""),
            Event::Alarm(gateway, detail) => ("alarm", None, Some(gateway.0), detail),
            Event::AlarmCleared(gateway, detail) => ("alarm_cleared", None, Some(gateway.0), detail),
            Event::QueueAlert(queue, detail) => ("queue_alert", None, Some(queue.0), detail),
            Event::FlowFailed(flow, detail) => ("flow_failed", None, Some(flow.0), detail),
            Event::Comment(id) => ("comment", None, Some(*id), ""),
        }
    }

    /// From the columns; None for an event of a newer program.
    fn read(kind: &str, conversation: Option<i64>, subject: Option<i64>, detail: String) -> Option<Self> {
        let conversation = conversation.map(ConversationId);
        Some(match kind {
            "message" if detail == "new" => Event::MessageAdded(conversation?, MessageId(subject?)),
            "message" => Event::MessageChanged(conversation?, MessageId(subject?)),
            "conversation" if detail == "gone" => Event::ConversationGone(conversation?),
            "conversation" => Event::Conversation(conversation?),
            "offer" => Event::Offer(conversation?, UserId(subject?)),
            "offer_ended" => Event::OfferEnded(conversation?, UserId(subject?), crate::json::word(&detail)?),
            "queue" => Event::Queue(QueueId(subject?)),
            "agent" => Event::Agent(UserId(subject?)),
            "status" => Event::AgentStatus(UserId(subject?)),
            "gateway" => Event::Gateway(GatewayId(subject?)),
            "connect" => Event::Connect(subject?),
            "alarm" => Event::Alarm(GatewayId(subject?), detail),
            "alarm_cleared" => Event::AlarmCleared(GatewayId(subject?), detail),
            "queue_alert" => Event::QueueAlert(QueueId(subject?), detail),
            "flow_failed" => Event::FlowFailed(FlowId(subject?), detail),
            "comment" => Event::Comment(subject?),
            _ => return None,
        })
    }

    /// Whether a later event makes this one unnecessary for screens: both are of one kind and about the same object,
    /// which is read when the event is shown.
    pub fn is_replaced_by(&self, later: &Event) -> bool {
        let about = |event: &Self| {
            let (kind, conversation, subject, _) = event.columns();
            (kind, conversation, subject)
        };
        !matches!(self, Event::OfferEnded(..)) && about(self) == about(later)
    }

    /// The conversation that it is about, if it is about one.
    pub fn conversation(&self) -> Option<ConversationId> {
        self.columns().1
    }
}

/// Adds an event to a batch and wakes those who follow the bus.
pub fn add(batch: &mut Batch, event: &Event, at: Micros) {
    let (kind, conversation, subject, detail) = event.columns();
    batch.push(INSERT, values![kind, conversation, subject, detail, at, i64::from(batch.backlog)]);
    batch.notify(Signal::Events);
}

/// The comment with an id of the channel is new or changed. The batch stores it before: our id of a known one need not
/// be read for this.
pub fn comment_changed(batch: &mut Batch, page: &str, comment: &str, at: Micros) {
    batch.push(COMMENT, values![page, comment, at, i64::from(batch.backlog)]);
    batch.notify(Signal::Events);
}

/// What became of the private reply to a comment changed: the message is that reply.
pub fn reply_changed(batch: &mut Batch, message: MessageId, at: Micros) {
    batch.push(REPLY, values![message, at, i64::from(batch.backlog)]);
    batch.notify(Signal::Events);
}

/// A gateway, its Pages or its health changed.
pub fn gateway_changed(batch: &mut Batch, gateway: GatewayId, at: Micros) {
    add(batch, &Event::Gateway(gateway), at);
}

/// Conversations changed in what lists show of them.
pub fn conversations_changed(batch: &mut Batch, ids: &[ConversationId], at: Micros) {
    for id in ids {
        add(batch, &Event::Conversation(*id), at);
    }
}

/// Deletes events before a moment, but never the newest.
pub fn forget(batch: &mut Batch, before: Micros) {
    batch.push(FORGET, values![before]);
}

/// The events after `place`, at most `limit`.
pub async fn after(store: &Store, place: Place, limit: i64) -> Result<Vec<Stored>, Error> {
    let sql = if store.is_sqlite() { AFTER_SQLITE } else { AFTER_POSTGRES };
    Ok(store.rows(sql, values![place.xact, place.seq, limit]).await?.iter().map(from_row).collect())
}

/// The place of the newest event.
pub async fn newest(store: &Store) -> Result<Place, Error> {
    let sql = if store.is_sqlite() { NEWEST_SQLITE } else { NEWEST_POSTGRES };
    let row = store.row(sql, values![]).await?;
    Ok(row.map_or_else(Place::default, |row| Place { xact: row.int(0), seq: row.int(1) }))
}

/// The number of the oldest stored event; 0 when there is none.
pub async fn oldest(store: &Store) -> Result<i64, Error> {
    Ok(store.row(OLDEST, values![]).await?.map_or(0, |row| row.int(0)))
}

/// Whether a place was given out before, and no event after it has been deleted. A place is an event with its own
/// transaction or a later one; before the first event it has the number 0.
pub async fn is_known(store: &Store, place: Place) -> Result<bool, Error> {
    if store.is_sqlite() != (place.xact == 0) || place.xact < 0 {
        return Ok(false);
    }
    if place.seq == 0 {
        // Numbers begin at 1.
        return Ok(oldest(store).await? <= 1);
    }
    let sql = if store.is_sqlite() { XACT_SQLITE } else { XACT_POSTGRES };
    Ok(store.row(sql, values![place.seq]).await?.is_some_and(|row| row.int(0) <= place.xact))
}
