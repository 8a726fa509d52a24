//! Requests to other programs, until there is an answer. A request is written in the turn that makes it, and removed
//! in the turn that handles the answer, so a crash loses neither.

use domain::flow::call::Call;
use domain::id::ConversationId;
use domain::time::Micros;

use crate::batch::statements;
use crate::json::json;
use crate::{Batch, Error, Row, Signal, Store, values};

/// The kind of requests of flows.
const FLOW_CALL: &str = "flow_call";

statements! {
    /// Adds a request.
    INSERT = "INSERT INTO job (id, kind, conversation_id, payload, due_at, tries, sending, created_at, host)
        VALUES ($1, $2, $3, $4, $5, 0, 0, $5, $6)";
    /// Requests to be tried now, except those to the hosts of $3.
    DUE = "SELECT id, conversation_id, payload, due_at, tries, sending, host FROM job
        WHERE due_at <= $1 AND $3 NOT LIKE '%,' || host || ',%' ORDER BY due_at, id LIMIT $2";
    /// When the next one is to be tried, except those to the hosts of $1.
    NEXT_DUE = "SELECT min(due_at) FROM job WHERE $1 NOT LIKE '%,' || host || ',%'";
    /// It is being tried, until $3 at the latest; a conflict if another worker was faster.
    BEGIN = "UPDATE job SET sending = 1, tries = tries + 1, due_at = $3 WHERE id = $1 AND due_at = $2";
    /// It is tried again at $2.
    RETRY = "UPDATE job SET sending = 0, due_at = $2 WHERE id = $1";
    /// Requests of a process that died are due at once.
    RECOVER = "UPDATE job SET due_at = $1 WHERE sending = 1 AND due_at > $1";
    /// It is done.
    DELETE = "DELETE FROM job WHERE id = $1";
}

/// A request to another program.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its id, which is that of the call.
    pub id: i64,
    /// The conversation whose flow makes it.
    pub conversation: ConversationId,
    /// The host that it goes to.
    pub host: String,
    /// The request; None if it can't be read.
    pub call: Option<Call>,
    /// When it was to be tried.
    pub due_at: Micros,
    /// How often it was tried.
    pub tries: i64,
    /// Whether an attempt began that did not end: the request may have arrived.
    pub sending: bool,
}

fn from_row(row: &Row) -> Job {
    let id = row.int(0);
    Job {
        id,
        conversation: ConversationId(row.int(1)),
        call: serde_json::from_str(&row.text(2)).ok().map(|call| Call { id, ..call }),
        due_at: Micros(row.int(3)),
        tries: row.int(4),
        sending: row.int(5) != 0,
        host: row.text(6),
    }
}

/// Adds a request in the batch of the turn that makes it.
pub(crate) fn insert(batch: &mut Batch, conversation: ConversationId, call: &Call, at: Micros) {
    batch.push(INSERT, values![call.id, FLOW_CALL, conversation, json(call), at, call.request.host()]);
    batch.notify(Signal::Jobs);
}

/// Requests to be tried now, the longest due first, except those to some hosts.
pub async fn due(store: &Store, at: Micros, most: i64, except: &[&str]) -> Result<Vec<Job>, Error> {
    Ok(store.rows(DUE, values![at, most, listed(except)]).await?.iter().map(from_row).collect())
}

/// When the next one is to be tried, except those to some hosts.
pub async fn next_due(store: &Store, except: &[&str]) -> Result<Option<Micros>, Error> {
    Ok(store.row(NEXT_DUE, values![listed(except)]).await?.and_then(|row| row.opt_int(0)).map(Micros))
}

fn listed(hosts: &[&str]) -> String {
    format!(",{},", hosts.join(","))
}

/// Marks one as being tried, until `until` at the latest. A conflict if it is being tried already.
pub fn begin(batch: &mut Batch, job: &Job, until: Micros) {
    batch.must(BEGIN, values![job.id, job.due_at, until]);
}

/// Tries one again at `at`.
pub fn retry(batch: &mut Batch, id: i64, at: Micros) {
    batch.push(RETRY, values![id, at]);
}

/// Makes requests of a process that died due at once.
pub fn recover(batch: &mut Batch, at: Micros) {
    batch.push(RECOVER, values![at]);
}

/// Removes one that is done.
pub fn delete(batch: &mut Batch, id: i64) {
    batch.push(DELETE, values![id]);
}
