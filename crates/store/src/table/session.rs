//! Sessions of the browser, by the hash of their cookie.

use domain::id::UserId;
use domain::time::Micros;

use super::user::{self, COLUMNS, User, user_columns};
use crate::batch::statements;
use crate::{Batch, Error, Store, values};

statements! {
    /// Opens a session.
    INSERT_SESSION = "INSERT INTO session (hash, id, user_id, address, created_at, seen_at) VALUES ($1, $2, $3, $4, $5, $5)";
    /// A session with its user.
    BY_SESSION = concat!("SELECT ", user_columns!(), ", s.created_at, s.seen_at FROM session s JOIN users u ON u.id = s.user_id WHERE s.hash = $1");
    /// A user's valid sessions, newest first.
    SESSIONS = "SELECT id, address, created_at, seen_at, hash FROM session
        WHERE user_id = $1 AND seen_at >= $2 AND created_at >= $3 ORDER BY id DESC";
    /// Ends one of a user.
    END_USERS_SESSION = "DELETE FROM session WHERE id = $1 AND user_id = $2";
    /// It was used.
    TOUCH_SESSION = "UPDATE session SET seen_at = $2 WHERE hash = $1";
    /// Ends one.
    END_SESSION = "DELETE FROM session WHERE hash = $1";
    /// Ends all of a user.
    END_SESSIONS = "DELETE FROM session WHERE user_id = $1";
    /// Ends all of a user but one.
    END_OTHER_SESSIONS = "DELETE FROM session WHERE user_id = $1 AND hash <> $2";
    /// Deletes those that are too old.
    FORGET_SESSIONS = "DELETE FROM session WHERE seen_at < $1 OR created_at < $2";
}

/// A session with its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The user.
    pub user: User,
    /// When it was opened.
    pub created_at: Micros,
    /// When it was last used, within minutes.
    pub seen_at: Micros,
}

/// The session with a hash.
pub async fn by_hash(store: &Store, hash: &str) -> Result<Option<Session>, Error> {
    let row = store.row(BY_SESSION, values![hash]).await?;
    Ok(row.map(|row| Session {
        user: user::from_row(&row),
        created_at: Micros(row.int(COLUMNS)),
        seen_at: Micros(row.int(COLUMNS + 1)),
    }))
}

/// A session as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: i64,
    /// The address that its user signed in from.
    pub address: String,
    /// When it was opened.
    pub created_at: Micros,
    /// When it was last used, within minutes.
    pub seen_at: Micros,
    /// The hash that identifies it.
    pub hash: String,
}

/// A user's sessions that were used since one moment and opened since another, newest first.
pub async fn of_user(
    store: &Store,
    user: UserId,
    used_since: Micros,
    opened_since: Micros,
) -> Result<Vec<Listed>, Error> {
    let rows = store.rows(SESSIONS, values![user, used_since, opened_since]).await?;
    let listed = |row: &crate::Row| Listed {
        id: row.int(0),
        address: row.text(1),
        created_at: Micros(row.int(2)),
        seen_at: Micros(row.int(3)),
        hash: row.text(4),
    };
    Ok(rows.iter().map(listed).collect())
}

/// Opens a session for a user at this address.
pub fn insert(batch: &mut Batch, id: i64, hash: &str, user: UserId, address: &str, at: Micros) {
    batch.push(INSERT_SESSION, values![hash, id, user, address, at]);
}

/// It was used.
pub fn touch(batch: &mut Batch, hash: &str, at: Micros) {
    batch.push(TOUCH_SESSION, values![hash, at]);
}

/// Ends a session.
pub fn delete(batch: &mut Batch, hash: &str) {
    batch.push(END_SESSION, values![hash]);
}

/// Ends one session of a user; a conflict if it isn't theirs.
pub fn delete_one(batch: &mut Batch, id: i64, user: UserId) {
    batch.must(END_USERS_SESSION, values![id, user]);
}

/// Ends all sessions of a user.
pub fn delete_all(batch: &mut Batch, user: UserId) {
    batch.push(END_SESSIONS, values![user]);
}

/// Ends all sessions of a user but the one with that hash; all, if there is none.
pub fn delete_others(batch: &mut Batch, user: UserId, hash: Option<&str>) {
    batch.push(END_OTHER_SESSIONS, values![user, hash.unwrap_or_default()]);
}

/// Deletes sessions that were last used before one moment, or opened before another.
pub fn forget(batch: &mut Batch, used_before: Micros, opened_before: Micros) {
    batch.push(FORGET_SESSIONS, values![used_before, opened_before]);
}
