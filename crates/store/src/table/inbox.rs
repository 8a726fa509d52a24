//! The inbox: deliveries as they arrive, and their events that are not applied yet. What administrators see of
//! deliveries is in `delivery`.

use domain::channel::Address;
use domain::id::{DeliveryId, GatewayId};
use domain::not_applied::NotApplied;
use domain::time::Micros;

use crate::batch::statements;
use crate::json::json;
use crate::{Batch, Error, Row, Signal, Store, values};

pub use super::delivery::{Coding, Listed};

statements! {
    /// Stores a delivery.
    INSERT = "INSERT INTO delivery (id, gateway_id, account_id, received_at, body, events, pending, outcome, error, dismissed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)";
    /// It was found by catch-up, not delivered by a webhook ($2 is how to treat it).
    FOUND = "UPDATE delivery SET caught_up = $2 WHERE id = $1";
    /// Stores one event of it to be applied.
    INSERT_EVENT = "INSERT INTO inbox (delivery_id, n, key) VALUES ($1, $2, $3)";
    /// Waiting events, in order of arrival, after a place.
    DUE = "SELECT delivery_id, n, key FROM inbox
        WHERE delivery_id > $1 OR (delivery_id = $1 AND n > $2) ORDER BY delivery_id, n LIMIT $3";
    /// The keys of the next $3 of them.
    KEYS = "SELECT DISTINCT key FROM (SELECT key FROM inbox
        WHERE delivery_id > $1 OR (delivery_id = $1 AND n > $2) ORDER BY delivery_id, n LIMIT $3) w";
    /// The place of the last of these, and their number.
    END = "SELECT delivery_id, n, count(*) OVER () FROM (SELECT delivery_id, n FROM inbox
        WHERE delivery_id > $1 OR (delivery_id = $1 AND n > $2) ORDER BY delivery_id, n LIMIT $3) w
        ORDER BY delivery_id DESC, n DESC LIMIT 1";
    /// The number of waiting events.
    COUNT = "SELECT count(*) FROM inbox";
    /// The bodies of some deliveries: from one to another.
    BODIES = "SELECT id, gateway_id, body, caught_up FROM delivery WHERE id >= $1 AND id <= $2 AND pending > 0";
    /// Whether an event still waits.
    IS_PENDING = "SELECT 1 FROM inbox WHERE delivery_id = $1 AND n = $2";
    /// Removes an event that is finished. A second process finds nothing.
    TAKE = "DELETE FROM inbox WHERE delivery_id = $1 AND n = $2";
    /// Counts a finished event: $2 is 0 for nothing for us, 1 for applied, 2 for failed.
    SETTLE = "UPDATE delivery SET pending = pending - 1, outcome = CASE WHEN outcome < $2 THEN $2 ELSE outcome END,
        error = coalesce($3, error) WHERE id = $1";
    /// Tries it again: all its events are applied again. Those applied before are recognised by their ids. Its body
    /// is stored uncompressed while it waits.
    REOPEN = "UPDATE delivery SET pending = $2, events = $2, outcome = 0, error = NULL, dismissed = 0, body = $3, coding = 0
        WHERE id = $1 AND pending = 0";
}

/// The outcome of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It was not for us.
    Ignored,
    /// It was applied.
    Applied,
    /// It could not be applied.
    Failed,
}

/// How a delivery arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// By webhook.
    Webhook,
    /// Found by catch-up, and already answered or too old: it is only recorded.
    Past,
    /// Found by catch-up and not answered: it is routed if it is recent.
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

/// A waiting event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Its place.
    pub place: Place,
    /// The key of the conversation that it belongs to.
    pub key: Address,
}

/// Waiting events after a place, in order of arrival, at most `limit`.
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

/// The keys of the next `limit` waiting events after a place, the place of the last one, and whether there are more.
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
    /// The gateway that received it.
    pub gateway: GatewayId,
    /// The page of its first event.
    pub page: Option<String>,
    /// When.
    pub at: Micros,
    /// The bytes, as they arrived.
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

/// Finishes an event of a delivery; a conflict if another process was first. Records `error` if there is one.
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

/// A delivery with waiting events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The delivery.
    pub id: DeliveryId,
    /// The gateway.
    pub gateway: GatewayId,
    /// The bytes. A body isn't compressed while events of it wait.
    pub body: Vec<u8>,
    /// How it arrived.
    pub source: Source,
}

/// Deliveries from one to another that have waiting events.
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

/// The number of waiting events.
pub async fn count(store: &Store) -> Result<i64, Error> {
    Ok(store.row(COUNT, values![]).await?.map_or(0, |row| row.int(0)))
}

/// The batch that makes a delivery found by catch-up durable.
pub fn arrive_late(arrived: Arrived, source: Source) -> Batch {
    let id = arrived.id;
    let mut batch = arrive(arrived);
    batch.push(FOUND, values![id, source.column()]);
    batch
}
