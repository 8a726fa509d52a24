//! Deliveries as Meta sent them, and their events that are not applied yet.

use domain::id::{DeliveryId, GatewayId};
use domain::thread_key::ThreadKey;
use domain::time::Micros;

use crate::batch::statements;
use crate::{Batch, Bell, Error, Row, Store, values};

macro_rules! delivery {
    () => {
        "d.id, d.gateway_id, d.page_id, d.received_at, d.events, d.error,
         CASE WHEN d.dismissed = 1 THEN 'dismissed' WHEN d.pending > 0 THEN 'pending' WHEN d.outcome = 2 THEN 'failed'
              WHEN d.outcome = 1 THEN 'done' ELSE 'ignored' END,
         coalesce((SELECT g.name FROM gateway g WHERE g.id = d.gateway_id), '')"
    };
}

statements! {
    /// Keeps a delivery.
    INSERT = "INSERT INTO delivery (id, gateway_id, page_id, received_at, body, events, pending, outcome, error, dismissed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)";
    /// No webhook brought it: it was found afterwards ($2 says how it is to be taken).
    FOUND = "UPDATE delivery SET caught_up = $2 WHERE id = $1";
    /// Keeps one event of it to be applied.
    INSERT_EVENT = "INSERT INTO inbox (delivery_id, n, key) VALUES ($1, $2, $3)";
    /// Events that wait, in order of arrival, beyond a place.
    DUE = "SELECT delivery_id, n, key FROM inbox
        WHERE delivery_id > $1 OR (delivery_id = $1 AND n > $2) ORDER BY delivery_id, n LIMIT $3";
    /// Whose they are, of the next $3 of them.
    KEYS = "SELECT DISTINCT key FROM (SELECT key FROM inbox
        WHERE delivery_id > $1 OR (delivery_id = $1 AND n > $2) ORDER BY delivery_id, n LIMIT $3) w";
    /// Where the last of these stands, and how many they are.
    END = "SELECT delivery_id, n, count(*) OVER () FROM (SELECT delivery_id, n FROM inbox
        WHERE delivery_id > $1 OR (delivery_id = $1 AND n > $2) ORDER BY delivery_id, n LIMIT $3) w
        ORDER BY delivery_id DESC, n DESC LIMIT 1";
    /// How many wait.
    COUNT = "SELECT count(*) FROM inbox";
    /// The bodies of some deliveries: from one to another.
    BODIES = "SELECT id, gateway_id, body, caught_up FROM delivery WHERE id >= $1 AND id <= $2 AND pending > 0";
    /// Whether an event still waits.
    IS_PENDING = "SELECT 1 FROM inbox WHERE delivery_id = $1 AND n = $2";
    /// An event is settled. Who comes second finds nothing.
    TAKE = "DELETE FROM inbox WHERE delivery_id = $1 AND n = $2";
    /// Counts a settled event: $2 is 0 nothing for us, 1 applied, 2 failed.
    SETTLE = "UPDATE delivery SET pending = pending - 1, outcome = CASE WHEN outcome < $2 THEN $2 ELSE outcome END,
        error = coalesce($3, error) WHERE id = $1";
    /// A list, newest first. $1 state or empty, $2 gateway or 0, $3 id to go on below, $4 how many,
    /// $5 the lowest id.
    LIST = concat!("SELECT ", delivery!(), " FROM delivery d WHERE (d.gateway_id = $2 OR $2 = 0) AND d.id < $3 AND d.id >= $5
        AND ($1 = '' OR $1 = CASE WHEN d.dismissed = 1 THEN 'dismissed' WHEN d.pending > 0 THEN 'pending' WHEN d.outcome = 2 THEN 'failed'
              WHEN d.outcome = 1 THEN 'done' ELSE 'ignored' END)
        ORDER BY d.id DESC LIMIT $4");
    /// One delivery with its body.
    ONE = concat!("SELECT ", delivery!(), ", d.coding, d.body FROM delivery d WHERE d.id = $1");
    /// The same rows as [`LIST`], each with its body.
    LIST_WITH_BODY = concat!("SELECT ", delivery!(), ", d.coding, d.body FROM delivery d WHERE (d.gateway_id = $2 OR $2 = 0) AND d.id < $3 AND d.id >= $5
        AND ($1 = '' OR $1 = CASE WHEN d.dismissed = 1 THEN 'dismissed' WHEN d.pending > 0 THEN 'pending' WHEN d.outcome = 2 THEN 'failed'
              WHEN d.outcome = 1 THEN 'done' ELSE 'ignored' END)
        ORDER BY d.id DESC LIMIT $4");
    /// Those that failed and wait for somebody.
    FAILED_COUNT = "SELECT count(*) FROM delivery WHERE outcome = 2 AND dismissed = 0 AND pending = 0";
    /// The next of them: of a gateway ($2, 0 for all), above an id ($1).
    FAILED = concat!("SELECT ", delivery!(), ", d.coding, d.body FROM delivery d WHERE d.outcome = 2 AND d.dismissed = 0 AND d.pending = 0
        AND d.id > $1 AND (d.gateway_id = $2 OR $2 = 0) ORDER BY d.id LIMIT $3");
    /// The end of the next piece of the table, above $1 and below $2.
    PIECE = "SELECT max(id) FROM (SELECT id FROM delivery WHERE id > $1 AND id < $2 ORDER BY id LIMIT $3) p";
    /// Large bodies of it that lie as they came.
    PLAIN = "SELECT id, body FROM delivery WHERE id > $1 AND id <= $2 AND coding = 0 AND pending = 0 AND CAST(length(body) AS BIGINT) >= $3 ORDER BY id LIMIT $4";
    /// A body is kept compressed, unless somebody tries it again at this moment.
    COMPRESS = "UPDATE delivery SET body = $2, coding = 1 WHERE id = $1 AND coding = 0 AND pending = 0";
    /// It is tried again: all its events are applied anew. What was applied before is known by its id.
    /// Its body lies plain while it waits.
    REOPEN = "UPDATE delivery SET pending = $2, events = $2, outcome = 0, error = NULL, dismissed = 0, body = $3, coding = 0
        WHERE id = $1 AND pending = 0";
    /// It is put away.
    DISMISS = "UPDATE delivery SET dismissed = 1 WHERE id = $1 AND pending = 0 AND dismissed = 0";
}

/// An event's place in the order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Its delivery.
    pub delivery: DeliveryId,
    /// Which event of it, from 0.
    pub n: i64,
}

/// Before every event.
pub const START: Place = Place { delivery: DeliveryId(0), n: -1 };

/// An event that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Where it stands.
    pub place: Place,
    /// The key of the conversation that it belongs to.
    pub key: ThreadKey,
}

/// Events that wait behind a place, in order of arrival, `limit` at most.
///
/// # Errors
/// The store's.
pub async fn due(store: &Store, behind: Place, limit: usize) -> Result<Vec<Due>, Error> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = store.rows(DUE, values![behind.delivery, behind.n, limit]).await?;
    let due = |row: &Row| Due {
        place: Place { delivery: DeliveryId(row.int(0)), n: row.int(1) },
        key: ThreadKey::from(&*row.text(2)),
    };
    Ok(rows.iter().map(due).collect())
}

/// Whose events wait behind a place, looked through as far as `limit` of them: their keys, the place of the last one, and
/// whether more are behind it.
///
/// # Errors
/// The store's.
pub async fn keys(
    store: &Store,
    behind: Place,
    limit: usize,
) -> Result<(Vec<ThreadKey>, Option<Place>, bool), Error> {
    let count = i64::try_from(limit).unwrap_or(i64::MAX);
    let params = values![behind.delivery, behind.n, count];
    let answers = store.ask(vec![(KEYS, params.clone()), (END, params)]).await?;
    let end = answers[1].first();
    let more = end.is_some_and(|row| row.int(2) == count);
    let place = end.map(|row| Place { delivery: DeliveryId(row.int(0)), n: row.int(1) });
    Ok((answers[0].iter().map(|row| ThreadKey::from(&*row.text(0))).collect(), place, more))
}

/// A webhook POST on its way into the inbox.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// Its id: in order of arrival.
    pub id: DeliveryId,
    /// The gateway that it came to.
    pub gateway: GatewayId,
    /// The page of its first event.
    pub page: Option<String>,
    /// When.
    pub at: Micros,
    /// The bytes, as they came.
    pub body: Vec<u8>,
    /// For each event the key of the conversation that it belongs to.
    pub keys: Vec<ThreadKey>,
    /// Why nothing of it can be applied, for a body that could not be read.
    pub unreadable: Option<String>,
}

/// The batch that makes a webhook durable. Nothing in it can conflict.
pub fn arrive(arrived: Arrived) -> Batch {
    let mut batch = Batch::new();
    let events = i64::try_from(arrived.keys.len()).unwrap_or(i64::MAX);
    let outcome: i64 = if arrived.unreadable.is_some() { 2 } else { 0 };
    batch.push(
        INSERT,
        values![
            arrived.id,
            arrived.gateway,
            arrived.page,
            arrived.at,
            arrived.body,
            events,
            events,
            outcome,
            arrived.unreadable
        ],
    );
    for (n, key) in (0_i64..).zip(arrived.keys) {
        batch.push(INSERT_EVENT, values![arrived.id, n, key.to_string()]);
    }
    if events > 0 {
        batch.ring(Bell::Inbox);
    }
    batch
}

/// Has all events of a delivery applied anew. It is a conflict while some of them still wait.
pub fn reopen(batch: &mut Batch, id: DeliveryId, body: Vec<u8>, keys: Vec<ThreadKey>) {
    let events = i64::try_from(keys.len()).unwrap_or(i64::MAX);
    batch.must(REOPEN, values![id, events, body]);
    for (n, key) in (0_i64..).zip(keys) {
        batch.push(INSERT_EVENT, values![id, n, key.to_string()]);
    }
    batch.ring(Bell::Inbox);
}

/// One event of a delivery that is settled in a batch.
pub fn settle(batch: &mut Batch, delivery: DeliveryId, n: i64, outcome: i64, error: Option<String>) {
    batch.must(TAKE, values![delivery, n]);
    batch.push(SETTLE, values![delivery, outcome, error]);
}

/// Whether an event still waits to be applied.
///
/// # Errors
/// The store's.
pub async fn is_pending(store: &Store, place: Place) -> Result<bool, Error> {
    Ok(store.row(IS_PENDING, values![place.delivery, place.n]).await?.is_some())
}

/// A delivery for the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: DeliveryId,
    /// The gateway.
    pub gateway: GatewayId,
    /// The gateway's name.
    pub gateway_name: String,
    /// The page of its first event.
    pub page: Option<String>,
    /// When it came.
    pub received_at: Micros,
    /// How many events it holds.
    pub events: i64,
    /// What is wrong with it.
    pub error: Option<String>,
    /// The API's word for its state.
    pub state: String,
}

/// A delivery from its columns.
pub fn from_row(row: &Row) -> Listed {
    Listed {
        id: DeliveryId(row.int(0)),
        gateway: GatewayId(row.int(1)),
        page: row.opt_text(2),
        received_at: Micros(row.int(3)),
        events: row.int(4),
        error: row.opt_text(5),
        state: row.text(6),
        gateway_name: row.text(7),
    }
}
