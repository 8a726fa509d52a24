//! The search through a Page's conversations for what no webhook delivered: one row per Page, so that it continues
//! where it was after a crash.

use domain::catch_up::SearchProblem;
use domain::id::GatewayId;
use domain::time::Micros;

use crate::batch::statements;
use crate::json::json;
use crate::words::words;
use crate::{Batch, Error, Row, Store, values};

macro_rules! columns {
    () => {
        "gateway_id, account_id, state, since_at, cursor, checked, found, unreadable, tries, next_at, at, problem"
    };
}

statements! {
    /// Requests a search back to $3. A running one that goes back as far stays as it is.
    WANT = "INSERT INTO catch_up (gateway_id, account_id, state, since_at, cursor, checked, found, unreadable, tries, next_at, at)
        VALUES ($1, $2, 'waiting', $3, NULL, 0, 0, 0, 0, $4, $4)
        ON CONFLICT (gateway_id, account_id) DO UPDATE SET state = 'waiting', since_at = excluded.since_at, cursor = NULL, checked = 0,
        found = 0, unreadable = 0, tries = 0, next_at = excluded.next_at, at = excluded.at, problem = NULL
        WHERE catch_up.state IN ('done', 'failed') OR excluded.since_at < catch_up.since_at";
    /// The next search that is due.
    DUE = concat!("SELECT ", columns!(), " FROM catch_up WHERE state IN ('waiting', 'running') AND next_at <= $1 ORDER BY next_at LIMIT 1");
    /// The searches of a gateway.
    OF_GATEWAY = concat!("SELECT ", columns!(), " FROM catch_up WHERE gateway_id = $1");
    /// A part was read: $4 is where the next begins, $5 to $7 count what was in it. Only for the search back to $3,
    /// and only if no other process read the part: $8 is the count before.
    STEP = "UPDATE catch_up SET state = 'running', cursor = $4, checked = checked + $5, found = found + $6, unreadable = unreadable + $7,
        tries = 0, next_at = $9, at = $9
        WHERE gateway_id = $1 AND account_id = $2 AND since_at = $3 AND checked = $8 AND state IN ('waiting', 'running')";
    /// Ends it: $4 is `done` or `failed`, $5 is why it failed.
    END = "UPDATE catch_up SET state = $4, problem = $5, cursor = NULL, at = $6
        WHERE gateway_id = $1 AND account_id = $2 AND since_at = $3 AND state IN ('waiting', 'running')";
    /// Meta could not be asked: tries again at $4; $5 is why.
    LATER = "UPDATE catch_up SET tries = tries + 1, next_at = $4, problem = $5
        WHERE gateway_id = $1 AND account_id = $2 AND since_at = $3 AND state IN ('waiting', 'running')";
    /// The page is gone; all of the gateway's if `$2` is empty.
    FORGET = "DELETE FROM catch_up WHERE gateway_id = $1 AND ($2 = '' OR account_id = $2)";
}

words! {
    /// The progress of a search for missed messages.
    #[cfg_attr(feature = "schema", schema(as = CatchUpState))]
    State {
        /// It is waiting.
        Waiting = "waiting",
        /// It is under way.
        Running = "running",
        /// It is complete.
        Done = "done",
        /// It could not be completed.
        Failed = "failed",
    }
}

/// A search through one Page's conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The gateway.
    pub gateway: GatewayId,
    /// Meta's Page id.
    pub page: String,
    /// How far it has come.
    pub state: State,
    /// How far back it goes.
    pub since: Micros,
    /// Where the next part begins.
    pub cursor: Option<String>,
    /// The number of conversations that were read.
    pub checked: i64,
    /// Messages found that were missing here.
    pub found: i64,
    /// Conversations with more messages than Meta still shows.
    pub unreadable: i64,
    /// How often in a row Meta could not be asked.
    pub tries: i64,
    /// When it continues.
    pub next_at: Micros,
    /// When it last made progress.
    pub at: Micros,
    /// Why it is waiting or failed.
    pub problem: Option<SearchProblem>,
}

/// A search from its columns.
pub(crate) fn from_row(row: &Row) -> Search {
    Search {
        gateway: GatewayId(row.int(0)),
        page: row.text(1),
        state: State::parse(&row.text(2)).unwrap_or(State::Failed),
        since: Micros(row.int(3)),
        cursor: row.opt_text(4),
        checked: row.int(5),
        found: row.int(6),
        unreadable: row.int(7),
        tries: row.int(8),
        next_at: Micros(row.int(9)),
        at: Micros(row.int(10)),
        problem: row.json(11),
    }
}

/// The searches of a gateway.
pub async fn of_gateway(store: &Store, gateway: GatewayId) -> Result<Vec<Search>, Error> {
    Ok(store.rows(OF_GATEWAY, values![gateway]).await?.iter().map(from_row).collect())
}

/// Asks for a search of a page back to `since`.
pub fn want(batch: &mut Batch, gateway: GatewayId, page: &str, since: Micros, now: Micros) {
    batch.push(WANT, values![gateway, page, since, now]);
}

/// The next search that is due.
pub async fn due(store: &Store, now: Micros) -> Result<Option<Search>, Error> {
    Ok(store.row(DUE, values![now]).await?.as_ref().map(from_row))
}

/// The result of reading a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Where the next part begins; None after the last.
    pub cursor: Option<String>,
    /// The number of conversations that were read.
    pub checked: i64,
    /// Messages found that were missing here.
    pub found: i64,
    /// Conversations with more messages than Meta still shows.
    pub unreadable: i64,
}

/// A part was read. A conflict if the search was started over, or another process read the part.
pub fn advance(batch: &mut Batch, search: &Search, progress: &Progress, at: Micros) {
    batch.must(
        STEP,
        values![
            search.gateway,
            &search.page,
            search.since,
            progress.cursor.as_deref(),
            progress.checked,
            progress.found,
            progress.unreadable,
            search.checked,
            at
        ],
    );
}

/// It is complete.
pub fn finish(batch: &mut Batch, search: &Search, at: Micros) {
    batch.push(END, values![search.gateway, &search.page, search.since, State::Done, None::<String>, at]);
}

/// It failed.
pub fn fail(batch: &mut Batch, search: &Search, why: &SearchProblem, at: Micros) {
    batch.push(END, values![search.gateway, &search.page, search.since, State::Failed, json(why), at]);
}

/// Meta could not be asked; the search continues at a moment.
pub fn retry(batch: &mut Batch, search: &Search, at: Micros, why: &SearchProblem) {
    batch.push(LATER, values![search.gateway, &search.page, search.since, at, json(why)]);
}
