//! Steps of flows that failed where the flow does not say what comes then.

use domain::conversation::FlowRef;
use domain::decision::FlowFailure;
use domain::flow::Fault;
use domain::id::{ConversationId, FlowId};
use domain::time::Micros;

use crate::batch::statements;
use crate::json::json;
use crate::{Batch, Error, Row, Store, values};

statements! {
    /// A step failed.
    ADD = "INSERT INTO flow_failure (flow_id, node, version, fault, count, first_at, last_at, conversation_id)
        VALUES ($1, $2, $3, $4, 1, $5, $5, $6)
        ON CONFLICT (flow_id, node) DO UPDATE SET version = excluded.version, fault = excluded.fault, count = flow_failure.count + 1,
            last_at = excluded.last_at, conversation_id = excluded.conversation_id";
    /// All of them, the latest first.
    LIST = "SELECT flow_id, node, version, fault, count, first_at, last_at, conversation_id FROM flow_failure ORDER BY last_at DESC, flow_id, node";
    /// Failures that were not announced yet.
    UNANNOUNCED = "SELECT flow_id, node, version, fault, count, first_at, last_at, conversation_id FROM flow_failure
        WHERE announced = 0 ORDER BY flow_id, node";
    /// Administrators were notified of a failure.
    ANNOUNCED = "UPDATE flow_failure SET announced = 1 WHERE flow_id = $1 AND node = $2 AND announced = 0";
    /// Forgets those of a flow.
    FORGET = "DELETE FROM flow_failure WHERE flow_id = $1";
}

/// A step that failed, once or more often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong the last time; None for what another version of this program wrote.
    pub fault: Option<Fault>,
    /// The flow, in the version in which it failed last.
    pub flow: FlowRef,
    /// The step.
    pub node: String,
    /// How often it failed.
    pub count: i64,
    /// When for the first time.
    pub first_at: Micros,
    /// When for the last time.
    pub last_at: Micros,
    /// In which conversation the last time.
    pub conversation: ConversationId,
}

fn from_row(row: &Row) -> Failure {
    Failure {
        flow: FlowRef { flow: FlowId(row.int(0)), version: row.int(2) },
        node: row.text(1),
        fault: serde_json::from_str(&row.text(3)).ok(),
        count: row.int(4),
        first_at: Micros(row.int(5)),
        last_at: Micros(row.int(6)),
        conversation: ConversationId(row.int(7)),
    }
}

/// All of them, the latest first. A flow has as many as it has steps at most.
pub async fn list(store: &Store) -> Result<Vec<Failure>, Error> {
    Ok(store.rows(LIST, values![]).await?.iter().map(from_row).collect())
}

/// Failures that were not announced yet.
pub async fn unannounced(store: &Store) -> Result<Vec<Failure>, Error> {
    Ok(store.rows(UNANNOUNCED, values![]).await?.iter().map(from_row).collect())
}

/// Counts one; it is written with the turn in which it happened.
pub(crate) fn add(batch: &mut Batch, conversation: ConversationId, it: &FlowFailure, at: Micros) {
    batch.push(ADD, values![it.flow.flow, &it.node, it.flow.version, json(&it.fault), at, conversation]);
}

/// Administrators were notified of a failure; a conflict if another process did so.
pub fn announced(batch: &mut Batch, it: &Failure) {
    batch.must(ANNOUNCED, values![it.flow.flow, &it.node]);
}

/// Forgets those of a flow.
pub fn forget(batch: &mut Batch, flow: FlowId) {
    batch.push(FORGET, values![flow]);
}
