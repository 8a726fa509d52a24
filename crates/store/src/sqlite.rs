//! SQLite: one thread writes, with group commit; a few threads read.
//!
//! The next group forms while the last one syncs: no timer, so an idle system has no added delay and a
//! busy one pays one fsync for hundreds of batches.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::{mpsc, oneshot};

use crate::batch::Statement;
use crate::{Batch, CommitError, Error, Expect, Row, Sql, Value};

/// The maximum number of batches that share one commit.
const GROUP: usize = 512;
/// How often the log is checkpointed into the file.
const TIDY: std::time::Duration = std::time::Duration::from_millis(500);
/// After this many steps of a statement, a reader checks whether the caller still waits: a few hundred times a
/// second.
const STOP_EVERY: i32 = 100_000;
/// Statements kept prepared per connection.
const PREPARED: usize = 256;

struct Write {
    batch: Batch,
    done: oneshot::Sender<Result<Vec<u64>, CommitError>>,
}

/// A job for the writer.
enum Job {
    Write(Write),
    /// Checkpoints the log into the file.
    Checkpoint(oneshot::Sender<Result<bool, Error>>),
}

pub(crate) type Asked = (Sql, Vec<Value>);

struct Read {
    questions: Vec<Asked>,
    /// Whether the caller no longer waits.
    abandoned: Arc<AtomicBool>,
    done: oneshot::Sender<Result<Vec<Vec<Row>>, Error>>,
}

/// An open SQLite file.
#[derive(Debug)]
pub(crate) struct Sqlite {
    writer: mpsc::Sender<Job>,
    readers: mpsc::Sender<Read>,
    healthy: Arc<AtomicBool>,
}

impl Sqlite {
    pub(crate) fn open(path: &Path, readers: usize) -> Result<Self, Error> {
        let connection = Connection::open(path)?;
        configure(&connection)?;
        let healthy = Arc::new(AtomicBool::new(true));
        let (writer, jobs) = mpsc::channel(4 * GROUP);
        let flag = Arc::clone(&healthy);
        let (writing, written) = std::sync::mpsc::channel();
        let tidier = Connection::open(path)?;
        configure(&tidier)?;
        spawn("store-tidy", move || tidy_loop(&tidier, &written));
        spawn("store-write", move || {
            let _writing = writing;
            write_loop(&connection, jobs, &flag);
        });
        // One queue for all of them, so that no query waits behind a long one while another reader is free.
        let (reader, jobs) = mpsc::channel(256);
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..readers {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let mut connection = Connection::open_with_flags(path, flags)?;
            steady_plans(&connection)?;
            connection.pragma_update(None, "query_only", true)?;
            // A cache rather than memory mapping: each reader's mapping would count as memory, and grow with the
            // file.
            connection.pragma_update(None, "cache_size", -8_000)?;
            connection.busy_timeout(std::time::Duration::from_secs(10))?;
            connection.set_prepared_statement_cache_capacity(PREPARED);
            let jobs = Arc::clone(&jobs);
            spawn("store-read", move || read_loop(&mut connection, &jobs));
        }
        Ok(Self { writer, readers: reader, healthy })
    }

    pub(crate) async fn commit(&self, batch: Batch) -> Result<Vec<u64>, CommitError> {
        let (done, answer) = oneshot::channel();
        self.writer.send(Job::Write(Write { batch, done })).await.map_err(|_| Error::Closed)?;
        answer.await.map_err(|_| Error::Closed)?
    }

    /// Empties the write-ahead log into the file. False while a reader still needs it.
    pub(crate) async fn checkpoint(&self) -> Result<bool, Error> {
        let (done, answer) = oneshot::channel();
        self.writer.send(Job::Checkpoint(done)).await.map_err(|_| Error::Closed)?;
        answer.await.map_err(|_| Error::Closed)?
    }

    /// If this future is dropped before it completes, the reader stops.
    pub(crate) async fn read(&self, questions: Vec<Asked>) -> Result<Vec<Vec<Row>>, Error> {
        let (done, answer) = oneshot::channel();
        let asker = Asker::default();
        let abandoned = Arc::clone(&asker.0);
        self.readers.send(Read { questions, abandoned, done }).await.map_err(|_| Error::Closed)?;
        answer.await.map_err(|_| Error::Closed)?
    }

    pub(crate) fn healthy(&self) -> bool {
        self.healthy.load(Ordering::Relaxed)
    }
}

/// Dropped together with the caller that waits for the answer.
#[derive(Default)]
struct Asker(Arc<AtomicBool>);

impl Drop for Asker {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) {
    thread::Builder::new().name(name.into()).spawn(run).expect("the system gives threads");
}

/// Settings that make a commit durable before it is reported (invariant 1).
pub(crate) fn configure(connection: &Connection) -> Result<(), Error> {
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    steady_plans(connection)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", false)?;
    // Deleted data is overwritten: an erased person must not be found in the file's free pages.
    connection.pragma_update(None, "secure_delete", true)?;
    // The writer checkpoints the log itself only if `tidy_loop` cannot keep up.
    connection.pragma_update(None, "wal_autocheckpoint", 32_000)?;
    connection.pragma_update(None, "cache_size", -16_000)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    Ok(())
}

/// Query plans depend on the text alone. Otherwise SQLite would look at each bound value, even a `LIMIT`, and plan a
/// prepared statement again on each run, which took half of the time of reads.
fn steady_plans(connection: &Connection) -> Result<(), Error> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Checkpoints the log into the file, separately from the writer: a commit that had to do it would block everyone
/// until the disk has finished. Ends with the writer.
fn tidy_loop(connection: &Connection, written: &std::sync::mpsc::Receiver<()>) {
    while let Err(std::sync::mpsc::RecvTimeoutError::Timeout) = written.recv_timeout(TIDY) {
        // If it fails now, the next round or the writer itself does it.
        let _ = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    }
}

fn write_loop(connection: &Connection, mut jobs: mpsc::Receiver<Job>, healthy: &AtomicBool) {
    let mut texts = Texts::default();
    while let Some(first) = jobs.blocking_recv() {
        let (mut group, mut checkpoint) = (Vec::new(), None);
        let mut next = Some(first);
        while let Some(job) = next {
            match job {
                Job::Write(write) => group.push(write),
                Job::Checkpoint(done) => checkpoint = Some(done),
            }
            let full = group.len() >= GROUP || checkpoint.is_some();
            next = if full { None } else { jobs.try_recv().ok() };
        }
        if !group.is_empty() {
            commit_group(connection, &mut texts, group, healthy);
        }
        if let Some(done) = checkpoint {
            let _ = done.send(empty_log(connection));
        }
    }
}

fn empty_log(connection: &Connection) -> Result<bool, Error> {
    // Does not wait for a reader in the middle of a query: the writer has other work.
    connection.busy_timeout(std::time::Duration::from_millis(100))?;
    let busy: rusqlite::Result<i64> =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    Ok(busy? == 0)
}

/// Runs the batches of the group in one transaction and commits them with one sync.
fn commit_group(connection: &Connection, texts: &mut Texts, group: Vec<Write>, healthy: &AtomicBool) {
    let mut results = run_group(connection, texts, &group, false);
    if results.is_none() {
        // A batch that expects nothing failed half-way: its changes are undone with the whole group, and the group is
        // run again with each batch guarded.
        results = run_group(connection, texts, &group, true);
    }
    let mut results = results.unwrap_or_default();
    results.resize_with(group.len(), || Err(CommitError::Store(Error::Closed)));
    let durable = results.iter().any(Result::is_ok);
    let refused = results.iter().all(|result| !matches!(result, Err(CommitError::Store(_))));
    healthy.store(durable || refused, Ordering::Relaxed);
    for (Write { done, .. }, result) in group.into_iter().zip(results) {
        let _ = done.send(result);
    }
}

/// One attempt at a group. None if it must be run again with every batch guarded by a savepoint.
fn run_group(
    connection: &Connection,
    texts: &mut Texts,
    group: &[Write],
    guard_all: bool,
) -> Option<Vec<Result<Vec<u64>, CommitError>>> {
    let failed = |error: &rusqlite::Error| {
        Some(group.iter().map(|_| Err(CommitError::Store(Error::Sqlite(copy(error))))).collect())
    };
    if let Err(error) = connection.execute_batch("BEGIN IMMEDIATE") {
        return failed(&error);
    }
    let mut results = Vec::with_capacity(group.len());
    for Write { batch, .. } in group {
        // Two extra statements per batch are worth avoiding where nothing can be refused.
        let guarded = guard_all || batch.statements.iter().any(|statement| statement.expect != Expect::Any);
        let result = if guarded {
            run_guarded(connection, texts, &batch.statements)
        } else {
            run_all(connection, texts, &batch.statements)
        };
        // A full disk or a failed write makes SQLite itself roll the whole transaction back. Statements after that
        // would be committed one by one, so none is run, and the whole group has failed.
        if let Err(CommitError::Store(Error::Sqlite(error))) = &result
            && connection.is_autocommit()
        {
            return failed(error);
        }
        if result.is_err() && !guarded {
            let _ = connection.execute_batch("ROLLBACK");
            return None;
        }
        results.push(result);
    }
    if let Err(error) = connection.execute_batch("COMMIT") {
        let _ = connection.execute_batch("ROLLBACK");
        return failed(&error);
    }
    Some(results)
}

/// Runs a batch so that it can be undone alone.
fn run_guarded(
    connection: &Connection,
    texts: &mut Texts,
    statements: &[Statement],
) -> Result<Vec<u64>, CommitError> {
    let savepoint = |text| connection.prepare_cached(text).and_then(|mut s| s.execute([]));
    savepoint("SAVEPOINT b").map_err(CommitError::from_sqlite)?;
    let result = run_all(connection, texts, statements);
    if result.is_err() {
        if connection.is_autocommit() {
            return result;
        }
        savepoint("ROLLBACK TO b").map_err(CommitError::from_sqlite)?;
    }
    savepoint("RELEASE b").map_err(CommitError::from_sqlite)?;
    result
}

fn run_all(connection: &Connection, texts: &mut Texts, statements: &[Statement]) -> Result<Vec<u64>, CommitError> {
    let mut changed = Vec::with_capacity(statements.len());
    for statement in statements {
        let rows = run(connection, texts, statement).map_err(CommitError::from_sqlite)?;
        match statement.expect {
            Expect::Rows(wanted) if wanted != rows => return Err(CommitError::Conflict),
            _ => changed.push(rows),
        }
    }
    Ok(changed)
}

fn run(connection: &Connection, texts: &mut Texts, statement: &Statement) -> rusqlite::Result<u64> {
    let mut prepared = connection.prepare_cached(texts.of(statement.sql))?;
    let rows = prepared.execute(rusqlite::params_from_iter(&statement.params))?;
    Ok(rows as u64)
}

fn read_loop(connection: &mut Connection, jobs: &Mutex<mpsc::Receiver<Read>>) {
    let mut texts = Texts::default();
    let next = || jobs.lock().ok()?.blocking_recv();
    while let Some(Read { questions, abandoned, done }) = next() {
        if abandoned.load(Ordering::Relaxed) {
            continue;
        }
        let stops = move || abandoned.load(Ordering::Relaxed);
        let _ = done.send(ask(connection, &mut texts, &questions, stops));
    }
}

/// Runs several queries on one snapshot, unless `stops` reports that the result is no longer wanted.
fn ask(
    connection: &mut Connection,
    texts: &mut Texts,
    questions: &[Asked],
    stops: impl FnMut() -> bool + Send + 'static,
) -> Result<Vec<Vec<Row>>, Error> {
    let many = questions.len() > 1;
    if many {
        connection.execute_batch("BEGIN")?;
    }
    connection.progress_handler(STOP_EVERY, Some(stops))?;
    let answers = questions
        .iter()
        .map(|(sql, params)| {
            let mut prepared = connection.prepare_cached(texts.of(*sql))?;
            let columns = prepared.column_count();
            let rows = prepared
                .query_map(rusqlite::params_from_iter(params), |row| Row::from_sqlite(row, columns))?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            Ok(rows)
        })
        .collect();
    // The end of the snapshot must not be interrupted.
    connection.progress_handler(0, None::<fn() -> bool>)?;
    if many {
        connection.execute_batch("COMMIT")?;
    }
    answers
}

/// rusqlite's error cannot be cloned; for a whole group the code and text are enough.
fn copy(error: &rusqlite::Error) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqliteFailure(code, text) => rusqlite::Error::SqliteFailure(*code, text.clone()),
        other => rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(1), Some(other.to_string())),
    }
}

/// SQL texts rewritten from `$n` to `?n`, once each: in SQLite `$1` is a name and counted by appearance.
#[derive(Default)]
pub(crate) struct Texts(HashMap<(usize, usize), String>);

impl Texts {
    pub(crate) fn of(&mut self, sql: Sql) -> &str {
        self.0.entry((sql.0.as_ptr() as usize, sql.0.len())).or_insert_with(|| numbered(sql.0))
    }
}

/// `$1` becomes `?1`; our SQL has no dollar elsewhere.
pub(crate) fn numbered(sql: &str) -> String {
    sql.replace('$', "?")
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_question_whose_asker_has_gone_is_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        Connection::open(&path).unwrap();
        // With one reader, nothing would be answered after an endless query.
        let database = Sqlite::open(&path, 1).unwrap();
        const ENDLESS: Sql =
            Sql("WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n");
        for questions in [vec![(ENDLESS, vec![])], vec![(Sql("SELECT 1"), vec![]), (ENDLESS, vec![])]] {
            for _ in 0..3 {
                let asked = database.read(questions.clone());
                assert!(tokio::time::timeout(std::time::Duration::from_millis(50), asked).await.is_err());
            }
            let answer = database.read(vec![(Sql("SELECT 7"), vec![]), (Sql("SELECT 8"), vec![])]).await.unwrap();
            assert_eq!(answer[1][0].int(0), 8);
        }
    }

    #[test]
    fn whose_picture_a_file_is_does_not_cost_a_look_at_every_contact() {
        let connection = Connection::open_in_memory().unwrap();
        crate::migrate::sqlite(&connection).unwrap();
        let asked =
            crate::table::all().into_iter().find(|sql| sql.0.contains("contact WHERE picture = $1")).unwrap();
        let plan = format!("EXPLAIN QUERY PLAN {}", numbered(asked.0));
        let step: String = connection.query_row(&plan, [1], |row| row.get(3)).unwrap();
        assert!(step.contains("contact_shown_picture"), "{step}");
    }

    /// Visibility is checked first: the duration of a search must not depend on what others have written.
    #[test]
    fn a_search_reads_no_texts_of_conversations_that_its_viewer_may_not_see() {
        let connection = Connection::open_in_memory().unwrap();
        crate::migrate::sqlite(&connection).unwrap();
        for id in 1..=500_i64 {
            // The last agent of the first one is user 1, of all others user 2.
            let conversation =
                "INSERT INTO conversation (id, identity_id, contact_id, gateway_id, channel, account_id, state,
                last_agent_id, priority, created_at, last_activity_at, unread, data, version)
                VALUES (?1, ?1, ?1, 1, 'messenger', '200', 'closed', min(?1, 2), 0, ?1, ?1, 0, '{}', 1)";
            connection.execute(conversation, [id]).unwrap();
            for n in 0..10 {
                let message = "INSERT INTO message (id, conversation_id, identity_id, kind, direction, sender_kind, sender_name,
                    text, folded, data, status, at)
                    VALUES (?1 * 100 + ?2, ?1, ?1, 'text', 'in', 'contact', '', 'words', 'words', '{}', 'received', ?2)";
                connection.execute(message, [id, n]).unwrap();
            }
        }
        let list = crate::table::all().into_iter().find(|sql| sql.0.contains("c.last_activity_at < $15")).unwrap();
        let steps = |sees: &str, words: &str| {
            let mut prepared = connection.prepare(&numbered(list.0)).unwrap();
            let place = i64::MAX;
            let asked =
                rusqlite::params!["", 0, 0, 0, words, 0, 1, sees, ",", "", "", 0, place, "", place, place, 50];
            prepared.query(asked).unwrap().next().unwrap();
            prepared.get_status(StatementStatus::VmStep)
        };
        let of_words = |sees: &str| steps(sees, "%needle%") - steps(sees, "");
        assert!(of_words("all") > 10_000, "an administrator's search reads all texts: {}", of_words("all"));
        assert!(of_words("agent") < 500, "an agent's reads those of one conversation: {}", of_words("agent"));
        // The same for the search through everything, which uses the index only for users who see everything.
        let steps = |sees: &str, from: i64| {
            let mut prepared = connection.prepare(&numbered(crate::table::search::SEEN_MESSAGES.0)).unwrap();
            for parameter in 15..=25 {
                prepared.raw_bind_parameter(parameter, "%").unwrap();
            }
            let asked: [&dyn rusqlite::ToSql; 14] =
                [&"% needle%", &i64::MAX, &0, &0, &0, &"", &1, &sees, &",", &from, &i64::MAX, &50, &"", &""];
            for (parameter, value) in (1..).zip(asked) {
                prepared.raw_bind_parameter(parameter, value).unwrap();
            }
            assert!(prepared.raw_query().next().unwrap().is_none());
            prepared.get_status(StatementStatus::VmStep)
        };
        let of_texts = |sees: &str| steps(sees, 0) - steps(sees, i64::MAX);
        assert!(of_texts("all") > 10_000, "{}", of_texts("all"));
        assert!(of_texts("agent") < 500, "{}", of_texts("agent"));
    }

    #[test]
    fn which_accounts_have_something_to_send_does_not_depend_on_how_much_waits() {
        let connection = Connection::open_in_memory().unwrap();
        crate::migrate::sqlite(&connection).unwrap();
        let accounts =
            crate::table::all().into_iter().find(|sql| sql.0.contains("a (channel, account_id)")).unwrap();
        let steps_with = |waiting: std::ops::Range<i64>| {
            for id in waiting {
                let request = "INSERT INTO outbox (id, part_no, conversation_id, identity_id, gateway_id, channel, account_id, part,
                    speaker, state, tries, next_at) VALUES (?1, 0, ?1, ?1, 1, iif(?1 % 3, 'messenger', 'whatsapp'), '20' || (?1 % 4), '{}',
                    'bot', 'queued', 0, 0)";
                connection.execute(request, [id]).unwrap();
            }
            let mut prepared = connection.prepare(&numbered(accounts.0)).unwrap();
            let found =
                prepared.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).unwrap();
            let mut found: Vec<_> = found.map(Result::unwrap).collect();
            found.sort_unstable();
            let each = ["200", "201", "202", "203"].map(str::to_owned);
            let all = ["messenger", "whatsapp"]
                .into_iter()
                .flat_map(|channel| each.clone().map(|it| (channel.into(), it)));
            assert_eq!(found, all.collect::<Vec<_>>());
            prepared.get_status(StatementStatus::VmStep)
        };
        let few = steps_with(0..12);
        assert_eq!(steps_with(12..2_000), few);
    }

    #[test]
    fn no_statement_is_planned_anew_for_the_values_it_is_run_with() {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::open(folder.path().join("test.db")).unwrap();
        crate::migrate::sqlite(&connection).unwrap();
        for sql in crate::table::all().into_iter().filter(|sql| sql.0.starts_with("SELECT")) {
            let Ok(mut prepared) = connection.prepare(&numbered(sql.0)) else { continue };
            for value in 1..4 {
                for parameter in 1..=prepared.parameter_count() {
                    prepared.raw_bind_parameter(parameter, value).unwrap();
                }
                prepared.raw_query().next().unwrap();
            }
            assert_eq!(prepared.get_status(StatementStatus::RePrepare), 0, "{}", sql.0);
        }
    }
}
