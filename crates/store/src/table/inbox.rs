//! The inbox: deliveries as they arrive, and their events that are not applied yet. `delivery` is what administrators see
//! of them.

use domain::channel::Address;
use domain::id::{DeliveryId, GatewayId};
use domain::not_applied::NotApplied;
use domain::time::Micros;

use crate::batch::statements;
use crate::json::json;
use crate::{Batch, Error, Row, Signal, Store, values};

pub use super::delivery::{Coding, Listed};

statements! {
    /// Keeps a delivery.
    INSERT = "INSERT INTO delivery (id, gateway_id, account_id, received_at, body, events, pending, outcome, error, dismissed)
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
    /// How many customers are waiting.
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
    /// It is tried again: all its events are applied again. What was applied before is known by its id.
    /// Its body lies plain while it waits.
    REOPEN = "UPDATE delivery SET pending = $2, events = $2, outcome = 0, error = NULL, dismissed = 0, body = $3, coding = 0
        WHERE id = $1 AND pending = 0";
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It was nothing for us.
    Ignored,
    /// It was applied.
    Applied,
    /// It could not be applied.
    Failed,
}

/// How a delivery came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// By webhook.
    Webhook,
    /// It was caught up, and was answered since or is too old: it is recorded only.
    Past,
    /// It was caught up and has no answer: it is routed while it is fresh.
    Unanswered,
}

impl Source {
    fn column(self) -> i64 {
        match self {
            Source::Webhook => 0,
            Source::Past => 1,
            Source::Unanswered => 2,
        }
    }

    fn read(column: i64) -> Self {
        match column {
            0 => Source::Webhook,
            2 => Source::Unanswered,
            _ => Source::Past,
        }
    }
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
    /// Its state.
    pub place: Place,
    /// The key of the conversation that it belongs to.
    pub key: Address,
}

/// Events that wait behind a place, in order of arrival, `limit` at most.
///
/// # Errors
/// The store's.
pub async fn due(store: &Store, behind: Place, limit: usize) -> Result<Vec<Due>, Error> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = store.rows(DUE, values![behind.delivery, behind.n, limit]).await?;
    let due =
        |row: &Row| Due { place: Place { delivery: DeliveryId(row.int(0)), n: row.int(1) }, key: row.address(2) };
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
) -> Result<(Vec<Address>, Option<Place>, bool), Error> {
    let count = i64::try_from(limit).unwrap_or(i64::MAX);
    let params = values![behind.delivery, behind.n, count];
    let answers = store.ask(vec![(KEYS, params.clone()), (END, params)]).await?;
    let end = answers[1].first();
    let more = end.is_some_and(|row| row.int(2) == count);
    let place = end.map(|row| Place { delivery: DeliveryId(row.int(0)), n: row.int(1) });
    Ok((answers[0].iter().map(|row| row.address(0)).collect(), place, more))
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
    pub keys: Vec<Address>,
    /// Why nothing of it can be applied, for a body that could not be read.
    pub unreadable: Option<NotApplied>,
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
            arrived.unreadable.as_ref().map(json)
        ],
    );
    for (n, key) in (0_i64..).zip(arrived.keys) {
        batch.push(INSERT_EVENT, values![arrived.id, n, key.to_string()]);
    }
    if events > 0 {
        batch.notify(Signal::Inbox);
    }
    batch
}

/// Has all events of a delivery applied again. It is a conflict while some of them still wait.
pub fn reopen(batch: &mut Batch, id: DeliveryId, body: Vec<u8>, keys: Vec<Address>) {
    let events = i64::try_from(keys.len()).unwrap_or(i64::MAX);
    batch.must(REOPEN, values![id, events, body]);
    for (n, key) in (0_i64..).zip(keys) {
        batch.push(INSERT_EVENT, values![id, n, key.to_string()]);
    }
    batch.notify(Signal::Inbox);
}

/// An event of a delivery is done with; a conflict if another was first. Applies `error` if there is one.
pub fn finish(batch: &mut Batch, place: Place, outcome: Outcome, error: Option<&NotApplied>) {
    batch.must(TAKE, values![place.delivery, place.n]);
    batch.push(SETTLE, values![place.delivery, outcome as i64, error.map(json)]);
}

/// Whether an event still waits to be applied.
///
/// # Errors
/// The store's.
pub async fn is_pending(store: &Store, place: Place) -> Result<bool, Error> {
    Ok(store.row(IS_PENDING, values![place.delivery, place.n]).await?.is_some())
}

/// Events of a delivery, as they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The delivery.
    pub id: DeliveryId,
    /// The gateway.
    pub gateway: GatewayId,
    /// The bytes. A body isn't compressed while events of it wait.
    pub body: Vec<u8>,
    /// How it came.
    pub source: Source,
}

/// Deliveries from one to another of which events wait.
pub async fn waiting(store: &Store, first: DeliveryId, last: DeliveryId) -> Result<Vec<Waiting>, Error> {
    let rows = store.rows(BODIES, values![first, last]).await?;
    let waiting = |row: &Row| Waiting {
        id: DeliveryId(row.int(0)),
        gateway: GatewayId(row.int(1)),
        body: row.blob(2),
        source: Source::read(row.int(3)),
    };
    Ok(rows.iter().map(waiting).collect())
}

/// How many events wait.
pub async fn count(store: &Store) -> Result<i64, Error> {
    Ok(store.row(COUNT, values![]).await?.map_or(0, |row| row.int(0)))
}

/// The batch that makes what was caught up durable.
pub fn arrive_late(arrived: Arrived, source: Source) -> Batch {
    let id = arrived.id;
    let mut batch = arrive(arrived);
    batch.push(FOUND, values![id, source.column()]);
    batch
}
