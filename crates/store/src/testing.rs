//! Functions for tests beyond the typed ones: any SQL text, in one call. Behind the feature `testing`, which only
//! `dev-dependencies` switch on; `cargo xtask tidy` enforces this.

use domain::message::Message;
use domain::outbound::Speaker;

use crate::json::json;
use crate::table::{self, outbox};
pub use crate::value::{Row, Value};
use crate::{Batch, CommitError, Error, Sql, Store};

/// Collects parameters: `params![id, name, at]`.
#[doc(hidden)]
#[macro_export]
macro_rules! testing_params {
    ($($value:expr),* $(,)?) => { vec![$($crate::testing::Value::from($value)),*] };
}
pub use testing_params as params;

/// The rows of a query.
pub async fn query(store: &Store, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, Error> {
    store.rows(Sql(sql), params).await
}

/// The number in the first column of the first row, 0 if there is none.
pub async fn number(store: &Store, sql: &'static str, params: Vec<Value>) -> Result<i64, Error> {
    Ok(store.row(Sql(sql), params).await?.map_or(0, |row| row.int(0)))
}

/// Commits one statement and returns how many rows it changed.
pub async fn execute(store: &Store, sql: &'static str, params: Vec<Value>) -> Result<u64, CommitError> {
    let mut batch = Batch::new();
    push(&mut batch, sql, params);
    Ok(store.commit(batch).await?[0])
}

/// Adds a statement to a batch.
pub fn push(batch: &mut Batch, sql: &'static str, params: Vec<Value>) {
    batch.push(Sql(sql), params);
}

/// Adds a statement that must change exactly one row.
pub fn must(batch: &mut Batch, sql: &'static str, params: Vec<Value>) {
    batch.must(Sql(sql), params);
}

/// Every SQL text of the tables.
pub fn statements() -> impl Iterator<Item = &'static str> {
    table::all().into_iter().map(|sql| sql.0)
}

/// Adds a message as it is, without its conversation.
pub fn message(batch: &mut Batch, message: &Message) {
    batch.must(table::message::INSERT, table::message::insert_params(message));
}

/// Adds a waiting request to the outbox, without its conversation.
pub fn request(batch: &mut Batch, request: &outbox::Queued) {
    let speaker = if request.speaker == Speaker::Agent { "agent" } else { "bot" };
    let params = crate::values![
        request.id,
        request.message,
        request.part_no,
        request.conversation,
        request.identity,
        request.gateway,
        &request.account.id,
        request.part.as_ref().map(json),
        speaker,
        request.reply_to.map(|id| id.to_string()),
        request.next_at,
        request.account.channel
    ];
    batch.must(outbox::INSERT, params);
}

/// The PostgreSQL server for tests, as an address that ends in a database's name. None, with a printed line, where
/// there is none.
///
/// # Panics
/// In continuous integration: there, a test must not pass because it was left out.
pub fn postgres_server() -> Option<String> {
    let server = std::env::var("DESKBELL_TEST_POSTGRES").ok();
    if server.is_none() {
        let missing = "DESKBELL_TEST_POSTGRES names no server (cargo xtask test starts one)";
        assert!(std::env::var_os("CI").is_none(), "{missing}");
        eprintln!("SKIPPED on PostgreSQL, NOTHING IS TESTED HERE: {missing}");
    }
    server
}
