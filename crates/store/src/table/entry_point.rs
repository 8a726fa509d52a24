//! Entry points: links and code words that lead a gateway's customers to a flow and a queue.

use domain::entry_point::EntryPoint;
use domain::id::{EntryPointId, FlowId, GatewayId, QueueId};
use domain::time::Micros;

use crate::batch::statements;
use crate::{Batch, Error, Row, Signal, Store, values};

statements! {
    /// Every entry point, oldest first.
    LIST = "SELECT id, gateway_id, account_id, name, ref, code_word, flow_id, queue_id, ends_at FROM entry_point ORDER BY id";
    /// Adds one. Links and words of a gateway are unique.
    INSERT = "INSERT INTO entry_point (id, gateway_id, account_id, name, ref, code_word, flow_id, queue_id, ends_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// One, with how often it was used.
    ONE = "SELECT id, gateway_id, account_id, name, ref, code_word, flow_id, queue_id, ends_at, used, version FROM entry_point WHERE id = $1";
    /// Every one, with how often it was used, oldest first.
    LIST_USED = "SELECT id, gateway_id, account_id, name, ref, code_word, flow_id, queue_id, ends_at, used, version FROM entry_point ORDER BY id";
    /// Changes one; $9 is the expected version, or 0 for any.
    UPDATE = "UPDATE entry_point SET account_id = $2, name = $3, ref = $4, code_word = $5, flow_id = $6, queue_id = $7, ends_at = $8,
        version = version + 1 WHERE id = $1 AND (version = $9 OR $9 = 0)";
    /// It began a conversation.
    COUNT = "UPDATE entry_point SET used = used + 1 WHERE id = $1";
    /// Removes one. Conversations that it began stay where they are.
    DELETE = "DELETE FROM entry_point WHERE id = $1";
    /// Removes those of a gateway.
    DELETE_OF_GATEWAY = "DELETE FROM entry_point WHERE gateway_id = $1";
}

fn from_row(row: &Row) -> EntryPoint {
    EntryPoint {
        id: EntryPointId(row.int(0)),
        gateway: GatewayId(row.int(1)),
        account: row.opt_text(2),
        name: row.text(3),
        code: row.opt_text(4),
        code_word: row.opt_text(5),
        flow: FlowId(row.int(6)),
        queue: row.opt_int(7).map(QueueId),
        ends_at: row.opt_int(8).map(Micros),
    }
}

/// Every entry point, oldest first.
pub async fn list(store: &Store) -> Result<Vec<EntryPoint>, Error> {
    Ok(store.rows(LIST, values![]).await?.iter().map(from_row).collect())
}

/// An entry point with how often it was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    /// The entry point.
    pub entry_point: EntryPoint,
    /// How many conversations it began.
    pub count: i64,
    /// Increases with each edit.
    pub version: i64,
}

fn used(row: &Row) -> Used {
    Used { entry_point: from_row(row), count: row.int(9), version: row.int(10) }
}

/// Every entry point with how often it was used, oldest first.
pub async fn list_used(store: &Store) -> Result<Vec<Used>, Error> {
    Ok(store.rows(LIST_USED, values![]).await?.iter().map(used).collect())
}

/// One entry point with how often it was used.
pub async fn by_id(store: &Store, id: EntryPointId) -> Result<Option<Used>, Error> {
    Ok(store.row(ONE, values![id]).await?.as_ref().map(used))
}

/// Changes an entry point; a conflict unless `version` is the current one. A duplicate if its link or word is already
/// in use.
pub fn update(batch: &mut Batch, it: &EntryPoint, version: Option<i64>) {
    let (account, code, word) = (it.account.as_ref(), it.code.as_ref(), it.code_word.as_ref());
    let version = version.unwrap_or(0);
    batch.must(UPDATE, values![it.id, account, &it.name, code, word, it.flow, it.queue, it.ends_at, version]);
    batch.notify(Signal::Config);
}

/// Counts a conversation that it began.
pub(crate) fn count(batch: &mut Batch, id: EntryPointId) {
    batch.push(COUNT, values![id]);
}

/// Adds an entry point. A duplicate if its link or word is already in use.
pub fn insert(batch: &mut Batch, new: &EntryPoint) {
    let (id, gateway, account, name) = (new.id, new.gateway, new.account.as_ref(), &new.name);
    let (code, word) = (new.code.as_ref(), new.code_word.as_ref());
    batch.push(INSERT, values![id, gateway, account, name, code, word, new.flow, new.queue, new.ends_at]);
    batch.notify(Signal::Config);
}

/// Removes an entry point: its link and word no longer work.
pub fn delete(batch: &mut Batch, id: EntryPointId) {
    batch.push(DELETE, values![id]);
    batch.notify(Signal::Config);
}

/// Removes those of a gateway.
pub fn delete_of_gateway(batch: &mut Batch, gateway: GatewayId) {
    batch.push(DELETE_OF_GATEWAY, values![gateway]);
}
