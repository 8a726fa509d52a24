//! State on disk: turns a domain decision into rows and rows into domain state, on SQLite and PostgreSQL.
//!
//! A write is data: a [`Batch`] of statements with a condition for each, committed completely or not at all. The
//! safety of concurrent writers depends on that alone: a conversation row carries a `version`, an inbox or outbox row
//! can be taken once, and a batch that comes too late is a [`CommitError::Conflict`]. `table` contains each SQL text
//! once, next to the row it reads and writes.

pub mod backup;
mod batch;
mod claim;
pub mod disk;
mod error;
pub mod json;
mod migrate;
mod postgres;
pub mod private;
mod signal;
mod sqlite;
pub mod table;
#[cfg(feature = "testing")]
pub mod testing;
pub mod text;
mod value;
mod words;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use batch::Batch;
pub(crate) use batch::{Expect, Sql};
pub use claim::Claim;
pub use error::{CommitError, Error};
pub use signal::{Signal, Signals};
pub(crate) use value::{Row, Value, values};

/// Threads that read a SQLite file.
const READERS: usize = 3;

/// An open store; cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    engine: Arc<Engine>,
    signals: Arc<Signals>,
    flights: Arc<Flights>,
}

/// Counts of reads and commits since the store was opened.
#[derive(Debug, Default)]
struct Flights {
    reads: AtomicU64,
    commits: AtomicU64,
}

#[derive(Debug)]
enum Engine {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

/// Which engine an address names.
enum Location<'a> {
    Sqlite(PathBuf),
    Postgres(&'a str),
}

impl<'a> Location<'a> {
    fn parse(url: &'a str) -> Result<Self, Error> {
        if let Some(file) = url.strip_prefix("sqlite:") {
            Ok(Self::Sqlite(PathBuf::from(file)))
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Ok(Self::Postgres(url))
        } else {
            Err(Error::Address(url.split('@').next_back().unwrap_or_default().to_owned()))
        }
    }
}

/// Creates the folder of a file, if it is missing.
fn make_folder_of(file: &Path) -> Result<(), Error> {
    let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    std::fs::create_dir_all(folder).map_err(|cause| Error::Folder { path: folder.display().to_string(), cause })
}

/// Removes other users' access to the existing files of a SQLite database: an earlier version or a copy may have left
/// them open. Files of other owners are not changed.
fn make_private(database: &Path) {
    for end in ["", "-wal", "-shm", ".lock"] {
        let mut name = database.as_os_str().to_owned();
        name.push(end);
        private::set(Path::new(&name), private::FILE);
    }
}

impl Store {
    /// Opens `sqlite:FILE` or `postgres://…`, creating a missing SQLite file, and updates the schema.
    pub async fn open(url: &str) -> Result<Self, Error> {
        let engine = match Location::parse(url)? {
            Location::Sqlite(path) => {
                make_folder_of(&path)?;
                make_private(&path);
                migrate::sqlite(&rusqlite::Connection::open(&path)?)?;
                Engine::Sqlite(sqlite::Sqlite::open(&path, READERS)?)
            }
            Location::Postgres(url) => Engine::Postgres(postgres::Postgres::open(url).await?),
        };
        Ok(Self { engine: Arc::new(engine), signals: Arc::default(), flights: Arc::default() })
    }

    /// Commits a batch durably and sends its signals. Returns how many rows each statement changed.
    pub async fn commit(&self, batch: Batch) -> Result<Vec<u64>, CommitError> {
        self.flights.commits.fetch_add(1, Ordering::Relaxed);
        let signals = batch.signals.clone();
        let changed = match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.commit(batch).await,
            Engine::Postgres(postgres) => postgres.commit(batch).await,
        }?;
        signals.into_iter().for_each(|signal| self.signals.notify(signal));
        Ok(changed)
    }

    /// Like [`Store::commit`], for batches that cannot conflict with others (arriving webhooks): on PostgreSQL many
    /// share a transaction, as they always do on SQLite.
    pub async fn commit_grouped(&self, batch: Batch) -> Result<Vec<u64>, CommitError> {
        match &*self.engine {
            Engine::Sqlite(_) => self.commit(batch).await,
            Engine::Postgres(postgres) => {
                self.flights.commits.fetch_add(1, Ordering::Relaxed);
                let signals = batch.signals.clone();
                let changed = postgres.commit_grouped(batch).await?;
                signals.into_iter().for_each(|signal| self.signals.notify(signal));
                Ok(changed)
            }
        }
    }

    /// Empties SQLite's log, which may still contain deleted personal data. False if it must be tried again. Does
    /// nothing on PostgreSQL, which overwrites its log files over time.
    pub async fn checkpoint(&self) -> Result<bool, Error> {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.checkpoint().await,
            Engine::Postgres(_) => Ok(true),
        }
    }

    /// The rows of one query.
    pub(crate) async fn rows(&self, sql: Sql, params: Vec<Value>) -> Result<Vec<Row>, Error> {
        Ok(self.ask(vec![(sql, params)]).await?.pop().unwrap_or_default())
    }

    /// The first row of one query.
    pub(crate) async fn row(&self, sql: Sql, params: Vec<Value>) -> Result<Option<Row>, Error> {
        Ok(self.rows(sql, params).await?.into_iter().next())
    }

    /// Several queries in one round trip; on SQLite from one snapshot.
    pub(crate) async fn ask(&self, questions: Vec<(Sql, Vec<Value>)>) -> Result<Vec<Vec<Row>>, Error> {
        self.flights.reads.fetch_add(1, Ordering::Relaxed);
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.read(questions).await,
            Engine::Postgres(postgres) => postgres.read(questions).await,
        }
    }

    /// The number of reads and commits since the store was opened. Several queries in one round trip are one read.
    pub fn flights(&self) -> (u64, u64) {
        (self.flights.reads.load(Ordering::Relaxed), self.flights.commits.load(Ordering::Relaxed))
    }

    /// The signals of this store.
    pub fn signals(&self) -> &Signals {
        &self.signals
    }

    /// Whether the last write and connection succeeded; readiness depends on it.
    pub fn healthy(&self) -> bool {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.healthy(),
            Engine::Postgres(postgres) => postgres.healthy(),
        }
    }

    /// Whether the store is a SQLite file: one server at a time, so a lease can be taken at once.
    pub fn is_sqlite(&self) -> bool {
        matches!(&*self.engine, Engine::Sqlite(_))
    }
}
