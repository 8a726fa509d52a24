//! PostgreSQL: a small pool; the statements of a batch travel in one flight, and inbox batches share
//! transactions.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{Mutex, Semaphore, mpsc, oneshot};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls};

use crate::batch::Statement;
use crate::sqlite::Asked;
use crate::{Batch, CommitError, Error, Expect, Row, Sql, Value};

/// Connections at most.
const POOL: usize = 12;
/// At most so many grouped batches share one commit.
const GROUP: usize = 256;

struct Write {
    batch: Batch,
    done: oneshot::Sender<Result<Vec<u64>, CommitError>>,
}

/// One connection and what is prepared on it.
struct Line {
    client: Client,
    prepared: HashMap<(usize, usize), tokio_postgres::Statement>,
}

struct Pool {
    config: tokio_postgres::Config,
    idle: Mutex<Vec<Line>>,
    places: Semaphore,
    /// Whether it could be reached last.
    reached: AtomicBool,
    /// Whether it took the last write: a full disk refuses them and still answers questions.
    written: AtomicBool,
}

/// An open PostgreSQL database.
pub(crate) struct Postgres {
    pool: Arc<Pool>,
    group: mpsc::Sender<Write>,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Postgres")
    }
}

impl Postgres {
    pub(crate) async fn open(url: &str) -> Result<Self, Error> {
        let mut config: tokio_postgres::Config = url.parse()?;
        config.application_name("deskbell");
        config.connect_timeout(std::time::Duration::from_secs(10));
        let pool = Arc::new(Pool {
            config,
            idle: Mutex::default(),
            places: Semaphore::new(POOL),
            reached: AtomicBool::new(true),
            written: AtomicBool::new(true),
        });
        let line = pool.connect().await?;
        pool.idle.lock().await.push(line);
        let (group, jobs) = mpsc::channel(4 * GROUP);
        tokio::spawn(group_loop(Arc::clone(&pool), jobs));
        Ok(Self { pool, group })
    }

    pub(crate) async fn commit(&self, batch: Batch) -> Result<Vec<u64>, CommitError> {
        self.pool.commit(&batch.statements).await
    }

    /// For batches that cannot conflict: many of them share one transaction.
    pub(crate) async fn commit_grouped(&self, batch: Batch) -> Result<Vec<u64>, CommitError> {
        let (done, answer) = oneshot::channel();
        self.group.send(Write { batch, done }).await.map_err(|_| Error::Closed)?;
        answer.await.map_err(|_| Error::Closed)?
    }

    pub(crate) async fn read(&self, questions: Vec<Asked>) -> Result<Vec<Vec<Row>>, Error> {
        self.pool
            .with(async |line| {
                let mut answers = Vec::with_capacity(questions.len());
                for (sql, params) in &questions {
                    let statement = line.prepare(*sql).await?;
                    let rows = line.client.query(&statement, &refs(params)).await?;
                    answers.push(rows.iter().map(Row::from_postgres).collect::<Result<Vec<_>, _>>()?);
                }
                Ok(answers)
            })
            .await
    }

    /// Runs text that is no statement of a table: migrations.
    pub(crate) async fn script(&self, text: &str) -> Result<(), Error> {
        self.pool.with(async |line| Ok(line.client.batch_execute(text).await?)).await
    }

    pub(crate) fn healthy(&self) -> bool {
        self.pool.reached.load(Ordering::Relaxed) && self.pool.written.load(Ordering::Relaxed)
    }
}

async fn group_loop(pool: Arc<Pool>, mut jobs: mpsc::Receiver<Write>) {
    let mut group = Vec::with_capacity(GROUP);
    while jobs.recv_many(&mut group, GROUP).await > 0 {
        let all: Vec<Statement> = group.iter().flat_map(|w| w.batch.statements.iter().cloned()).collect();
        match pool.commit(&all).await {
            Ok(changed) => {
                let mut rest = changed.as_slice();
                for write in group.drain(..) {
                    let (own, others) = rest.split_at(write.batch.statements.len());
                    rest = others;
                    let _ = write.done.send(Ok(own.to_vec()));
                }
            }
            // One of them is at fault: each alone finds out which.
            Err(_) => {
                for write in group.drain(..) {
                    let result = pool.commit(&write.batch.statements).await;
                    let _ = write.done.send(result);
                }
            }
        }
    }
}

impl Pool {
    async fn connect(&self) -> Result<Line, Error> {
        let (client, connection) = self.config.connect(NoTls).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(error = %error, "a connection to PostgreSQL ended");
            }
        });
        Ok(Line { client, prepared: HashMap::new() })
    }

    async fn with<T>(&self, work: impl AsyncFnOnce(&mut Line) -> Result<T, Error>) -> Result<T, Error> {
        let _place = self.places.acquire().await.map_err(|_| Error::Closed)?;
        let kept = loop {
            match self.idle.lock().await.pop() {
                Some(line) if line.client.is_closed() => {}
                other => break other,
            }
        };
        let line = match kept {
            Some(line) => Ok(line),
            None => self.connect().await,
        };
        let mut line = line.inspect_err(|_| self.reached.store(false, Ordering::Relaxed))?;
        let result = work(&mut line).await;
        self.reached.store(!line.client.is_closed(), Ordering::Relaxed);
        if !line.client.is_closed() {
            self.idle.lock().await.push(line);
        }
        result
    }

    async fn commit(&self, statements: &[Statement]) -> Result<Vec<u64>, CommitError> {
        let result = self.with(async |line| Ok(line.commit(statements).await)).await?;
        self.written.store(!matches!(result, Err(CommitError::Store(_))), Ordering::Relaxed);
        result
    }
}

impl Line {
    async fn prepare(&mut self, sql: Sql) -> Result<tokio_postgres::Statement, Error> {
        let key = (sql.0.as_ptr() as usize, sql.0.len());
        if let Some(statement) = self.prepared.get(&key) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql.0).await?;
        self.prepared.insert(key, statement.clone());
        Ok(statement)
    }

    /// All statements travel at once and their answers are checked before COMMIT is sent: two flights a
    /// batch, and a stale version can never be committed.
    async fn commit(&mut self, statements: &[Statement]) -> Result<Vec<u64>, CommitError> {
        let mut prepared = Vec::with_capacity(statements.len());
        for statement in statements {
            prepared.push(self.prepare(statement.sql).await?);
        }
        let client = &self.client;
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
}

fn check(statements: &[Statement], ran: Vec<Result<u64, tokio_postgres::Error>>) -> Result<Vec<u64>, CommitError> {
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
