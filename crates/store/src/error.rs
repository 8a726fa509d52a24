//! What can go wrong with a store, as sentences.

/// A store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SQLite refused.
    #[error("the SQLite store failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL refused or could not be reached.
    #[error("the PostgreSQL store failed: {}", describe(.0))]
    Postgres(#[from] tokio_postgres::Error),
    /// The address of the store is of no known kind.
    #[error(
        "database_url \"{0}\" is of no kind that Deskbell knows: write sqlite:FILE or postgres://USER@HOST/NAME"
    )]
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
    /// A migration that was applied has another text than the one in this program.
    #[error("migration {0} in the store differs from the one in this program: the store belongs to another build")]
    Altered(i64),
    /// The store is being closed.
    #[error("the store is closed")]
    Closed,
    /// Saving or putting back came to nothing.
    #[error("{0}")]
    Backup(String),
    /// The folder of the store could not be made.
    #[error("the folder {path} could not be made: {cause}")]
    Folder {
        /// Which.
        path: String,
        /// Why.
        cause: std::io::Error,
    },
}

/// PostgreSQL's own words name values of rows in `DETAIL`; only code and short message are let out.
fn describe(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(db) => format!("{} ({})", db.message(), db.code().code()),
        None => error.to_string(),
    }
}

/// A batch was not committed; nothing of it stands.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// A statement did not change the rows it had to: somebody was quicker. Read again and decide again.
    #[error("somebody changed it first")]
    Conflict,
    /// A unique key is taken already.
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
