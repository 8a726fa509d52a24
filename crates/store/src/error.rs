//! What can go wrong with a store, as sentences.

use std::time::Duration;

/// A store operation failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An error of SQLite.
    #[error("the SQLite store failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// An error of PostgreSQL, or of the connection to it.
    #[error("the PostgreSQL store failed: {}", describe(.0))]
    Postgres(#[from] tokio_postgres::Error),
    /// No connection could be opened in time.
    #[error("PostgreSQL could not be reached within {} s", .0.as_secs())]
    Connect(Duration),
    /// Every connection was in use for too long.
    #[error("all connections to PostgreSQL were in use for {} s", .0.as_secs())]
    Busy(Duration),
    /// The server did not finish in time. The write may or may not have been committed.
    #[error("PostgreSQL did not answer within {} s: the connection was closed", .0.as_secs())]
    Deadline(Duration),
    /// The transaction that a batch shared with others failed. The write may or may not have been committed.
    #[error("{0}")]
    Group(String),
    /// The pool of connections is misused or broken.
    #[error("the pool of PostgreSQL connections failed: {0}")]
    Pool(String),
    /// TLS is configured wrongly, or would be weaker than requested.
    #[error("database_url: {0}")]
    Tls(String),
    /// A pooler gives each transaction a different connection.
    #[error(
        "database_url leads to a pooler in transaction mode (such as PgBouncer), which gives each transaction another connection: use its session mode (pool_mode = session), or the address of PostgreSQL itself"
    )]
    Pooler,
    /// The address of the store has an unknown scheme.
    #[error("database_url \"{0}\" is not supported: write sqlite:FILE or postgres://USER@HOST/NAME")]
    Address(String),
    /// The schema in the store comes from a newer Deskbell.
    #[error(
        "the store was written by a newer Deskbell (its schema is {found}, this program knows {known}): start the newer program, or restore a backup"
    )]
    Newer {
        /// The schema's number in the store.
        found: i64,
        /// The newest that this program knows.
        known: i64,
    },
    /// An applied migration differs from the one in this program.
    #[error("migration {0} in the store differs from the one in this program: the store belongs to another build")]
    Altered(i64),
    /// Another server has claimed the store.
    #[error(
        "the store is in use by another Deskbell server ({0}): stop that one first, or start this one with another data_dir or database_url"
    )]
    Claimed(String),
    /// The store is being closed.
    #[error("the store is closed")]
    Closed,
    /// A backup or restore failed.
    #[error("{0}")]
    Backup(String),
    /// The folder of the store could not be created.
    #[error("the folder {path} could not be made: {cause}")]
    Folder {
        /// The folder.
        path: String,
        /// The reason.
        cause: std::io::Error,
    },
}

impl Error {
    /// Whether the server rejected this one statement, so that others may still succeed.
    pub(crate) fn is_refusal(&self) -> bool {
        self.cannot_hold() || self.has_class(&["42"])
    }

    /// Whether the engine can never store these values: invalid data, violated constraints, and limits such as the
    /// length of an index row.
    pub fn cannot_hold(&self) -> bool {
        use rusqlite::ErrorCode::{TooBig, TypeMismatch};
        match self {
            Error::Sqlite(error) => matches!(error.sqlite_error_code(), Some(TooBig | TypeMismatch)),
            _ => self.has_class(&["22", "23", "54"]),
        }
    }

    /// Whether PostgreSQL's code is of one of these classes.
    fn has_class(&self, classes: &[&str]) -> bool {
        let Error::Postgres(error) = self else { return false };
        error.code().is_some_and(|code| classes.iter().any(|class| code.code().starts_with(class)))
    }
}

/// PostgreSQL's `DETAIL` quotes values of rows: only code and short message are shown. Other errors name their causes
/// (addresses, certificates), which hold no data.
fn describe(error: &tokio_postgres::Error) -> String {
    if let Some(db) = error.as_db_error() {
        return format!("{} ({})", db.message(), db.code().code());
    }
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        let words = next.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = next.source();
    }
    if text.contains("does not support TLS") {
        text.push_str(" (switch on ssl in PostgreSQL, or write sslmode=disable to send everything unencrypted)");
    } else if text.contains("invalid peer certificate") {
        text.push_str(" (write sslrootcert=FILE with the certificate of the server or of its authority, and the host's name as in the certificate)");
    }
    text
}

/// A batch was not committed; none of it was written.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// A statement did not change the rows it had to: another writer was faster. Read again and decide again.
    #[error("someone else changed it first")]
    Conflict,
    /// A unique key is already taken.
    #[error("it exists already")]
    Duplicate,
    /// The store itself failed.
    #[error(transparent)]
    Store(#[from] Error),
}

impl CommitError {
    pub(crate) fn from_sqlite(error: rusqlite::Error) -> Self {
        match &error {
            rusqlite::Error::SqliteFailure(cause, _) if cause.code == rusqlite::ErrorCode::ConstraintViolation => {
                CommitError::Duplicate
            }
            _ => CommitError::Store(Error::Sqlite(error)),
        }
    }

    pub(crate) fn from_postgres(error: tokio_postgres::Error) -> Self {
        use tokio_postgres::error::SqlState;
        match error.code() {
            Some(code) if *code == SqlState::UNIQUE_VIOLATION => CommitError::Duplicate,
            Some(code)
                if *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED =>
            {
                CommitError::Conflict
            }
            _ => CommitError::Store(Error::Postgres(error)),
        }
    }
}
