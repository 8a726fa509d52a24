//! PostgreSQL: a pool of connections; the statements of a batch are pipelined, and inbox batches share transactions.
//!
//! Every wait has a limit, and a connection whose work did not finish cleanly is closed instead of reused.

pub(crate) mod address;
mod cluster;
pub(crate) mod pooler;
mod tls;

use std::ops::Deref as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use deadpool_postgres::{ClientWrapper, Hook, HookError, Object, Pool, PoolError, Runtime, TimeoutType};
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::CancelToken;
use tokio_postgres::types::ToSql;

use self::address::{Address, Dedicated};
use crate::batch::Statement;
use crate::sqlite::Asked;
use crate::{Batch, CommitError, Error, Expect, Row, Value};

/// The maximum number of connections.
const POOL: usize = 12;
/// The maximum number of grouped batches that share one commit.
const GROUP: usize = 256;

/// How long each step may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Opening a connection, with TLS and sign-in.
    pub(crate) connect: Duration,
    /// Waiting for a connection of the pool to become free.
    pub(crate) wait: Duration,
    /// One batch, or one group of queries. The server cancels a statement after the same time.
    pub(crate) work: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(10), wait: seconds(10), work: seconds(15) }
    }
}

struct Write {
    batch: Batch,
    done: oneshot::Sender<Result<Vec<u64>, CommitError>>,
}

struct Connections {
    address: Address,
    pool: Pool,
    limits: Limits,
    /// Whether the server could be reached the last time.
    reachable: AtomicBool,
    /// Whether the last write succeeded: with a full disk, writes fail while queries still work.
    writable: AtomicBool,
}

/// An open PostgreSQL database.
pub(crate) struct Postgres {
    connections: Arc<Connections>,
    group: mpsc::Sender<Write>,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Postgres")
    }
}

impl Postgres {
    /// Opens a database and updates its schema.
    pub(crate) async fn open(url: &str) -> Result<Self, Error> {
        Self::open_within(url, Limits::default()).await
    }

    async fn open_within(url: &str, limits: Limits) -> Result<Self, Error> {
        let address = Address::parse(url)?;
        pooler::refuse(&address, limits.connect).await?;
        // A separate connection: a migration may take longer than any batch.
        let Dedicated { client, .. } = &address.connect(None, limits.connect).await?;
        crate::migrate::postgres(client).await?;
        cluster::adopt(client).await?;
        let connections = Arc::new(Connections {
            pool: pool(&address, limits)?,
            address,
            limits,
            reachable: AtomicBool::new(true),
            writable: AtomicBool::new(true),
        });
        let (group, jobs) = mpsc::channel(4 * GROUP);
        tokio::spawn(group_loop(Arc::clone(&connections), jobs));
        Ok(Self { connections, group })
    }

    pub(crate) async fn commit(&self, batch: Batch) -> Result<Vec<u64>, CommitError> {
        self.connections.commit(&batch.statements.iter().collect::<Vec<_>>()).await
    }

    /// For batches that cannot conflict: many of them share one transaction.
    pub(crate) async fn commit_grouped(&self, batch: Batch) -> Result<Vec<u64>, CommitError> {
        let (done, answer) = oneshot::channel();
        self.group.send(Write { batch, done }).await.map_err(|_| Error::Closed)?;
        answer.await.map_err(|_| Error::Closed)?
    }

    pub(crate) async fn read(&self, questions: Vec<Asked>) -> Result<Vec<Vec<Row>>, Error> {
        let mut asker = Asker { connections: Arc::clone(&self.connections), asked: None };
        let answers = self
            .connections
            .with(async |client| {
                asker.asked = Some(client.cancel_token());
                let mut answers = Vec::with_capacity(questions.len());
                for (sql, params) in &questions {
                    let statement = client.prepare_cached(sql.0).await?;
                    let rows = client.query(&statement, &refs(params)).await?;
                    answers.push(rows.iter().map(Row::from_postgres).collect::<Result<Vec<_>, _>>()?);
                }
                Ok(answers)
            })
            .await;
        asker.asked = None;
        answers
    }

    pub(crate) fn healthy(&self) -> bool {
        self.connections.reachable.load(Ordering::Relaxed) && self.connections.writable.load(Ordering::Relaxed)
    }
}

/// Dropped together with the caller. If the caller stops waiting before the answer arrives, the server is asked to
/// cancel the query.
struct Asker {
    connections: Arc<Connections>,
    asked: Option<CancelToken>,
}

impl Drop for Asker {
    fn drop(&mut self) {
        if let (Some(token), Ok(runtime)) = (self.asked.take(), tokio::runtime::Handle::try_current()) {
            let connections = Arc::clone(&self.connections);
            runtime.spawn(async move { connections.address.cancel(token, connections.limits.connect).await });
        }
    }
}

fn pool(address: &Address, limits: Limits) -> Result<Pool, Error> {
    // The server uses the same limit: it neither continues for a client that left, nor keeps the locks of one that
    // hangs.
    let work = limits.work.as_millis();
    // A database or a role may have durable commits switched off; invariant 1 depends on them.
    let settings = format!(
        "SET synchronous_commit = on; SET statement_timeout = {work}; SET idle_in_transaction_session_timeout = {work}"
    );
    Pool::builder(address.manager())
        .max_size(POOL)
        .wait_timeout(Some(limits.wait))
        .create_timeout(Some(limits.connect))
        .runtime(Runtime::Tokio1)
        .post_create(Hook::async_fn(move |client: &mut ClientWrapper, _| {
            let settings = settings.clone();
            Box::pin(async move { client.batch_execute(&settings).await.map_err(HookError::Backend) })
        }))
        .build()
        .map_err(|error| Error::Pool(error.to_string()))
}

async fn group_loop(connections: Arc<Connections>, mut jobs: mpsc::Receiver<Write>) {
    let mut group = Vec::with_capacity(GROUP);
    while jobs.recv_many(&mut group, GROUP).await > 0 {
        let all: Vec<&Statement> = group.iter().flat_map(|write| &write.batch.statements).collect();
        match connections.commit(&all).await {
            Ok(changed) => {
                let mut rest = changed.as_slice();
                for write in group.drain(..) {
                    let (own, others) = rest.split_at(write.batch.statements.len());
                    rest = others;
                    let _ = write.done.send(Ok(own.to_vec()));
                }
            }
            // An unreachable server would make each of them wait in turn, and some may be committed already.
            Err(CommitError::Store(error)) if !error.is_refusal() => {
                let reason = error.to_string();
                for write in group.drain(..) {
                    let _ = write.done.send(Err(Error::Group(reason.clone()).into()));
                }
            }
            // The server rejected one of them: running each alone shows which.
            Err(_) => {
                for write in group.drain(..) {
                    let result = connections.commit(&write.batch.statements.iter().collect::<Vec<_>>()).await;
                    let _ = write.done.send(result);
                }
            }
        }
    }
}

/// A connection of the pool. It returns to the pool only through [`Borrowed::give_back`]: one that is dropped in the
/// middle of its work, by a deadline or a cancelled request, may have an open transaction and is closed.
struct Borrowed(Option<Object>);

impl Borrowed {
    fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        if let Some(unfinished) = self.0.take() {
            drop(Object::take(unfinished));
        }
    }
}

impl Connections {
    async fn with<T, E: From<Error>>(
        &self,
        work: impl AsyncFnOnce(&ClientWrapper) -> Result<T, E>,
    ) -> Result<T, E> {
        let object = match self.pool.get().await {
            Ok(object) => object,
            // All connections are in use, which says nothing about the server.
            Err(PoolError::Timeout(TimeoutType::Wait)) => return Err(Error::Busy(self.limits.wait).into()),
            Err(error) => {
                self.reachable.store(false, Ordering::Relaxed);
                return Err(self.describe(error).into());
            }
        };
        let borrowed = Borrowed(Some(object));
        let client = borrowed.0.as_ref().expect("it was just put there").deref();
        let Ok(result) = tokio::time::timeout(self.limits.work, work(client)).await else {
            self.reachable.store(false, Ordering::Relaxed);
            return Err(Error::Deadline(self.limits.work).into());
        };
        let open = result.is_ok() || self.is_alive(client).await;
        self.reachable.store(open, Ordering::Relaxed);
        if open {
            borrowed.give_back();
        }
        result
    }

    /// Whether a connection on which something failed still works. A server that ends a connection reports this first
    /// and closes it afterwards: for a moment it looks open, and the next query on it would fail.
    async fn is_alive(&self, client: &ClientWrapper) -> bool {
        let answer = tokio::time::timeout(self.limits.connect, client.batch_execute(""));
        matches!(answer.await, Ok(Ok(())))
    }

    fn describe(&self, error: PoolError) -> Error {
        match error {
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => error.into(),
            PoolError::Timeout(_) => Error::Connect(self.limits.connect),
            PoolError::Closed => Error::Closed,
            other => Error::Pool(other.to_string()),
        }
    }

    async fn commit(&self, statements: &[&Statement]) -> Result<Vec<u64>, CommitError> {
        self.with(async |client| {
            let result = commit(client, statements).await;
            self.writable.store(!matches!(result, Err(CommitError::Store(_))), Ordering::Relaxed);
            result
        })
        .await
    }
}

/// All statements are sent together and their results are checked before COMMIT is sent: two round trips per batch,
/// and a stale version can never be committed.
async fn commit(client: &ClientWrapper, statements: &[&Statement]) -> Result<Vec<u64>, CommitError> {
    let mut prepared = Vec::with_capacity(statements.len());
    for statement in statements {
        prepared.push(client.prepare_cached(statement.sql.0).await.map_err(Error::Postgres)?);
    }
    let runs = statements.iter().zip(&prepared).map(|(statement, prepared)| async move {
        client.execute_raw(prepared, statement.params.iter().map(|v| v as &(dyn ToSql + Sync))).await
    });
    let begin = client.batch_execute("BEGIN");
    let (began, ran) = futures_util::future::join(begin, futures_util::future::join_all(runs)).await;
    let checked = began.map_err(CommitError::from_postgres).and_then(|()| check(statements, ran));
    match checked {
        Ok(changed) => {
            client.batch_execute("COMMIT").await.map_err(CommitError::from_postgres)?;
            Ok(changed)
        }
        Err(error) => {
            let _ = client.batch_execute("ROLLBACK").await;
            Err(error)
        }
    }
}

fn check(
    statements: &[&Statement],
    ran: Vec<Result<u64, tokio_postgres::Error>>,
) -> Result<Vec<u64>, CommitError> {
    statements
        .iter()
        .zip(ran)
        .map(|(statement, rows)| {
            let rows = rows.map_err(CommitError::from_postgres)?;
            match statement.expect {
                Expect::Rows(wanted) if wanted != rows => Err(CommitError::Conflict),
                _ => Ok(rows),
            }
        })
        .collect()
}

fn refs(params: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

#[cfg(test)]
mod tests;
