//! The search through a Page's conversations for what no webhook brought: one row a Page, so that it continues where
//! it was, whoever dies when.

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
    /// A search is wanted, back to $3. One that is under way and goes back as far stays as it is.
    WANT = "INSERT INTO catch_up (gateway_id, account_id, state, since_at, cursor, checked, found, unreadable, tries, next_at, at)
        VALUES ($1, $2, 'waiting', $3, NULL, 0, 0, 0, 0, $4, $4)
        ON CONFLICT (gateway_id, account_id) DO UPDATE SET state = 'waiting', since_at = excluded.since_at, cursor = NULL, checked = 0,
        found = 0, unreadable = 0, tries = 0, next_at = excluded.next_at, at = excluded.at, problem = NULL
        WHERE catch_up.state IN ('done', 'failed') OR excluded.since_at < catch_up.since_at";
    /// The search whose turn it is.
    DUE = concat!("SELECT ", columns!(), " FROM catch_up WHERE state IN ('waiting', 'running') AND next_at <= $1 ORDER BY next_at LIMIT 1");
    /// The searches of a gateway.
    OF_GATEWAY = concat!("SELECT ", columns!(), " FROM catch_up WHERE gateway_id = $1");
    /// A part is read: $4 is where the next begins, $5 to $7 count what was in it. Of the search back to $3 only,
    /// and only if no one else read it: $8 is what it had counted before.
    STEP = "UPDATE catch_up SET state = 'running', cursor = $4, checked = checked + $5, found = found + $6, unreadable = unreadable + $7,
        tries = 0, next_at = $9, at = $9
        WHERE gateway_id = $1 AND account_id = $2 AND since_at = $3 AND checked = $8 AND state IN ('waiting', 'running')";
    /// It is over: $4 is `done` or `failed`, $5 says why it failed.
    END = "UPDATE catch_up SET state = $4, problem = $5, cursor = NULL, at = $6
        WHERE gateway_id = $1 AND account_id = $2 AND since_at = $3 AND state IN ('waiting', 'running')";
    /// Meta could not be asked: again at $4; $5 says why.
    LATER = "UPDATE catch_up SET tries = tries + 1, next_at = $4, problem = $5
        WHERE gateway_id = $1 AND account_id = $2 AND since_at = $3 AND state IN ('waiting', 'running')";
    /// The page is gone; all of the gateway's if `$2` is empty.
    FORGET = "DELETE FROM catch_up WHERE gateway_id = $1 AND ($2 = '' OR account_id = $2)";
}

words! {
    /// How far a search for missed messages is.
    #[cfg_attr(feature = "schema", schema(as = CatchUpState))]
    State {
        /// It waits for its turn.
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
    /// Conversations read.
    pub checked: i64,
    /// Messages found that were missing here.
    pub found: i64,
    /// Conversations in which more was said than Meta still shows.
    pub unreadable: i64,
    /// How often Meta could not be asked, in a row.
    pub tries: i64,
    /// When it continues.
    pub next_at: Micros,
    /// When it last came further.
    pub at: Micros,
    /// Why it waits or failed.
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

/// The search whose turn it is.
pub async fn due(store: &Store, now: Micros) -> Result<Option<Search>, Error> {
    Ok(store.row(DUE, values![now]).await?.as_ref().map(from_row))
}

/// What reading a part came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Where the next part begins; None after the last.
    pub cursor: Option<String>,
    /// Conversations read.
    pub checked: i64,
    /// Messages found that were missing here.
    pub found: i64,
    /// Conversations in which more was said than Meta still shows.
    pub unreadable: i64,
}

/// A part was read. A conflict if the search was started over, or another node read the part.
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

/// Meta could not be asked; it continues at a moment.
pub fn retry(batch: &mut Batch, search: &Search, at: Micros, why: &SearchProblem) {
    batch.push(LATER, values![search.gateway, &search.page, search.since, at, json(why)]);
}
