//! What is asked of other programs, until there is an answer. A question is written in the turn that asks it, and removed
//! in the turn that takes the answer, so a crash loses neither.

use domain::flow::call::Call;
use domain::id::ConversationId;
use domain::time::Micros;

use crate::batch::statements;
use crate::json::json;
use crate::{Batch, Error, Row, Signal, Store, values};

/// The kind of what flows ask.
const FLOW_CALL: &str = "flow_call";

statements! {
    /// Asks.
    INSERT = "INSERT INTO job (id, kind, conversation_id, payload, due_at, tries, sending, created_at)
        VALUES ($1, $2, $3, $4, $5, 0, 0, $5)";
    /// What is to be tried now.
    DUE = "SELECT id, conversation_id, payload, due_at, tries, sending FROM job WHERE due_at <= $1 ORDER BY due_at, id LIMIT $2";
    /// When the next one is to be tried.
    NEXT_DUE = "SELECT min(due_at) FROM job";
    /// It is being tried, until $3 at the latest; a conflict if another worker was quicker.
    BEGIN = "UPDATE job SET sending = 1, tries = tries + 1, due_at = $3 WHERE id = $1 AND due_at = $2";
    /// It is tried again at $2.
    RETRY = "UPDATE job SET sending = 0, due_at = $2 WHERE id = $1";
    /// What a process that died was trying is taken up at once.
    RECOVER = "UPDATE job SET due_at = $1 WHERE sending = 1 AND due_at > $1";
    /// It is done.
    DELETE = "DELETE FROM job WHERE id = $1";
}

/// A question to another program.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its id, which is the question's.
    pub id: i64,
    /// The conversation whose flow asks.
    pub conversation: ConversationId,
    /// The question; None if it can't be read.
    pub call: Option<Call>,
    /// When it was to be tried.
    pub due_at: Micros,
    /// How often it was tried.
    pub tries: i64,
    /// Whether a try began that did not end: it may have arrived.
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
    }
}

/// Asks in the batch of the turn that wants to know.
pub(crate) fn insert(batch: &mut Batch, conversation: ConversationId, call: &Call, at: Micros) {
    batch.push(INSERT, values![call.id, FLOW_CALL, conversation, json(call), at]);
    batch.notify(Signal::Jobs);
}

/// What is to be tried now, the longest due first.
pub async fn due(store: &Store, at: Micros, most: i64) -> Result<Vec<Job>, Error> {
    Ok(store.rows(DUE, values![at, most]).await?.iter().map(from_row).collect())
}

/// When the next one is to be tried.
pub async fn next_due(store: &Store) -> Result<Option<Micros>, Error> {
    Ok(store.row(NEXT_DUE, values![]).await?.and_then(|row| row.opt_int(0)).map(Micros))
}

/// Marks one as being tried, until `until` at the latest. A conflict if it is being tried already.
pub fn begin(batch: &mut Batch, job: &Job, until: Micros) {
    batch.must(BEGIN, values![job.id, job.due_at, until]);
}

/// Tries one again at `at`.
pub fn retry(batch: &mut Batch, id: i64, at: Micros) {
    batch.push(RETRY, values![id, at]);
}

/// Takes up what a process that died was trying.
pub fn recover(batch: &mut Batch, at: Micros) {
    batch.push(RECOVER, values![at]);
}

/// Removes one that is done.
pub fn delete(batch: &mut Batch, id: i64) {
    batch.push(DELETE, values![id]);
}
