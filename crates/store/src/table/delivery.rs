//! Deliveries as administrators see them: their state, their content, and what is done about failed ones.

use domain::id::{DeliveryId, GatewayId};
use domain::not_applied::NotApplied;
use domain::time::Micros;

use crate::batch::statements;
use crate::words::words;
use crate::{Batch, Error, Row, Store, values};

macro_rules! delivery {
    () => {
        "d.id, d.gateway_id, d.account_id, d.received_at, d.events, d.error,
         CASE WHEN d.dismissed = 1 THEN 'dismissed' WHEN d.pending > 0 THEN 'pending' WHEN d.outcome = 2 THEN 'failed'
              WHEN d.outcome = 1 THEN 'done' ELSE 'ignored' END,
         coalesce((SELECT g.name FROM gateway g WHERE g.id = d.gateway_id), '')"
    };
}

statements! {
    /// A list, newest first. $1 state or empty, $2 gateway or 0, $3 ids below this one, $4 the limit, $5 the lowest
    /// id.
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
    /// Those that failed and were not dismissed.
    FAILED_COUNT = "SELECT count(*) FROM delivery WHERE outcome = 2 AND dismissed = 0 AND pending = 0";
    /// The next of them: of a gateway ($2, 0 for all), above an id ($1).
    FAILED = concat!("SELECT ", delivery!(), ", d.coding, d.body FROM delivery d WHERE d.outcome = 2 AND d.dismissed = 0 AND d.pending = 0
        AND d.id > $1 AND (d.gateway_id = $2 OR $2 = 0) ORDER BY d.id LIMIT $3");
    /// The end of the next range of the table, above $1 and below $2.
    PIECE = "SELECT max(id) FROM (SELECT id FROM delivery WHERE id > $1 AND id < $2 ORDER BY id LIMIT $3) p";
    /// Large uncompressed bodies in it.
    PLAIN = "SELECT id, body FROM delivery WHERE id > $1 AND id <= $2 AND coding = 0 AND pending = 0 AND CAST(length(body) AS BIGINT) >= $3 ORDER BY id LIMIT $4";
    /// Stores a body compressed, unless the delivery is being retried right now, or the body has changed since it was
    /// read ($3 is its length).
    COMPRESS = "UPDATE delivery SET body = $2, coding = 1 WHERE id = $1 AND coding = 0 AND pending = 0
        AND CAST(length(body) AS BIGINT) = $3";
    /// Removes the content of one message; the number of events does not change.
    REDACT = "UPDATE delivery SET body = $2, coding = 0 WHERE id = $1";
    /// Dismisses it.
    DISMISS = "UPDATE delivery SET dismissed = 1 WHERE id = $1 AND pending = 0 AND dismissed = 0";
}

words! {
    /// The state of a webhook delivery.
    #[cfg_attr(feature = "schema", schema(as = DeliveryState))]
    State {
        /// Some of its events are waiting to be applied.
        Pending = "pending",
        /// Everything that was for us was applied.
        Done = "done",
        /// Something could not be applied.
        Failed = "failed",
        /// It contained nothing for us.
        Ignored = "ignored",
        /// It failed, and an administrator has dismissed it.
        Dismissed = "dismissed",
    }
}

/// How the bytes of a body are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// As they arrived.
    Plain,
    /// Compressed (zlib).
    Compressed,
}

/// A body as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The coding.
    pub coding: Coding,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Body {
    /// Reads two columns: the coding, then the bytes.
    pub(crate) fn read(row: &Row, index: usize) -> Self {
        let coding = if row.int(index) == 0 { Coding::Plain } else { Coding::Compressed };
        Self { coding, bytes: row.blob(index + 1) }
    }
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
    /// When it arrived.
    pub received_at: Micros,
    /// The number of its events.
    pub events: i64,
    /// What is wrong with it.
    pub error: Option<NotApplied>,
    /// Its state.
    pub state: State,
}

/// A delivery from its columns.
pub(crate) fn from_row(row: &Row) -> Listed {
    Listed {
        id: DeliveryId(row.int(0)),
        gateway: GatewayId(row.int(1)),
        page: row.opt_text(2),
        received_at: Micros(row.int(3)),
        events: row.int(4),
        error: row.json(5),
        state: State::parse(&row.text(6)).unwrap_or(State::Pending),
        gateway_name: row.text(7),
    }
}

/// The number of columns of a [`Listed`]; those of the body follow.
const COLUMNS: usize = 8;

/// The number of deliveries that failed and were not dismissed.
pub async fn count_failed(store: &Store) -> Result<i64, Error> {
    Ok(store.row(FAILED_COUNT, values![]).await?.map_or(0, |row| row.int(0)))
}

/// The filters of a list of deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filter {
    /// In a state.
    pub state: Option<State>,
    /// Of a gateway.
    pub gateway: Option<GatewayId>,
    /// With ids below this one.
    pub below: DeliveryId,
    /// With ids from this one.
    pub from: DeliveryId,
}

impl Filter {
    fn params(self, limit: i64) -> Vec<crate::Value> {
        let (state, gateway) = (self.state.map_or("", State::word), self.gateway.map_or(0, |id| id.0));
        values![state, gateway, self.below, limit, self.from]
    }
}

/// Deliveries, newest first.
pub async fn list(store: &Store, filter: Filter, limit: i64) -> Result<Vec<Listed>, Error> {
    Ok(store.rows(LIST, filter.params(limit)).await?.iter().map(from_row).collect())
}

fn with_body(row: &Row) -> (Listed, Body) {
    (from_row(row), Body::read(row, COLUMNS))
}

/// Deliveries with their bodies, newest first.
pub async fn list_with_bodies(store: &Store, filter: Filter, limit: i64) -> Result<Vec<(Listed, Body)>, Error> {
    Ok(store.rows(LIST_WITH_BODY, filter.params(limit)).await?.iter().map(with_body).collect())
}

/// A delivery with its body.
pub async fn by_id(store: &Store, id: DeliveryId) -> Result<Option<(Listed, Body)>, Error> {
    Ok(store.row(ONE, values![id]).await?.as_ref().map(with_body))
}

/// Deliveries that failed, with ids above `after`, oldest first; of one gateway, or of all.
pub async fn failed(
    store: &Store,
    gateway: Option<GatewayId>,
    after: DeliveryId,
    limit: i64,
) -> Result<Vec<(Listed, Body)>, Error> {
    let rows = store.rows(FAILED, values![after, gateway.map_or(0, |id| id.0), limit]).await?;
    Ok(rows.iter().map(with_body).collect())
}

/// The id of the last of the next `limit` deliveries between two ids.
pub async fn end_of_piece(
    store: &Store,
    above: DeliveryId,
    below: DeliveryId,
    limit: i64,
) -> Result<Option<DeliveryId>, Error> {
    let row = store.row(PIECE, values![above, below, limit]).await?;
    Ok(row.and_then(|row| row.opt_int(0)).map(DeliveryId))
}

/// Plain bodies of a range of finished deliveries that are at least `size` bytes large.
pub async fn plain_bodies(
    store: &Store,
    above: DeliveryId,
    up_to: DeliveryId,
    size: i64,
    limit: i64,
) -> Result<Vec<(DeliveryId, Vec<u8>)>, Error> {
    let rows = store.rows(PLAIN, values![above, up_to, size, limit]).await?;
    Ok(rows.iter().map(|row| (DeliveryId(row.int(0)), row.blob(1))).collect())
}

/// Stores a body compressed, unless it is being tried again.
pub fn set_compressed(batch: &mut Batch, id: DeliveryId, body: Vec<u8>, length_before: usize) {
    batch.push(COMPRESS, values![id, body, i64::try_from(length_before).unwrap_or(i64::MAX)]);
}

/// Stores a redacted body. It must contain the same number of events as before: waiting events are identified by
/// their position.
pub fn redact(batch: &mut Batch, id: DeliveryId, body: Vec<u8>) {
    batch.push(REDACT, values![id, body]);
}

/// Dismisses a delivery; a conflict if it is pending or was already dismissed.
pub fn dismiss(batch: &mut Batch, id: DeliveryId) {
    batch.must(DISMISS, values![id]);
}
