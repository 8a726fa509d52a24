//! API tokens, by their hash.

use domain::id::UserId;
use domain::time::Micros;

use super::user::{self, COLUMNS, User, user_columns};
use crate::batch::statements;
use crate::{Batch, Error, Row, Store, values};

statements! {
    /// Adds an API token.
    INSERT_TOKEN = "INSERT INTO token (id, user_id, name, hash, created_at, made_by) VALUES ($1, $2, $3, $4, $5, $6)";
    /// A token with its user.
    BY_TOKEN = concat!("SELECT ", user_columns!(), ", t.id, t.used_at FROM token t JOIN users u ON u.id = t.user_id WHERE t.hash = $1");
    /// The same by the token's id, for streams that stay open.
    BY_TOKEN_ID = concat!("SELECT ", user_columns!(), " FROM token t JOIN users u ON u.id = t.user_id WHERE t.id = $1");
    /// It was used.
    TOUCH_TOKEN = "UPDATE token SET used_at = $2 WHERE id = $1";
    /// A user's tokens.
    TOKENS = "SELECT id, name, created_at, used_at FROM token WHERE user_id = $1 ORDER BY id DESC";
    /// Ends the tokens that were made with one of a user's tokens.
    END_MADE = "DELETE FROM token WHERE user_id = $2 AND id IN (
        WITH RECURSIVE made (id) AS (SELECT id FROM token WHERE made_by = $1
            UNION SELECT t.id FROM token t JOIN made ON t.made_by = made.id)
        SELECT id FROM made)";
    /// Ends one token of a user.
    END_TOKEN = "DELETE FROM token WHERE id = $1 AND user_id = $2";
    /// Ends all of a user.
    END_TOKENS = "DELETE FROM token WHERE user_id = $1";
    /// Ends all of a user but one.
    END_OTHER_TOKENS = "DELETE FROM token WHERE user_id = $1 AND id <> $2";
}

/// A token, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// When it was created.
    pub created_at: Micros,
    /// When it was last used, within a minute.
    pub used_at: Option<Micros>,
}

fn from_row(row: &Row) -> Token {
    Token {
        id: row.int(0),
        name: row.text(1),
        created_at: Micros(row.int(2)),
        used_at: row.opt_int(3).map(Micros),
    }
}

/// A token in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// Its user.
    pub user: User,
    /// The token's id.
    pub token: i64,
    /// When it was last used, within a minute.
    pub used_at: Option<Micros>,
}

/// The token with a hash, and its user.
pub async fn by_hash(store: &Store, hash: &str) -> Result<Option<Bearer>, Error> {
    let row = store.row(BY_TOKEN, values![hash]).await?;
    Ok(row.map(|row| Bearer {
        user: user::from_row(&row),
        token: row.int(COLUMNS),
        used_at: row.opt_int(COLUMNS + 1).map(Micros),
    }))
}

/// The user of a token; None once it is deleted.
pub async fn user(store: &Store, id: i64) -> Result<Option<User>, Error> {
    Ok(store.row(BY_TOKEN_ID, values![id]).await?.as_ref().map(user::from_row))
}

/// A user's tokens, newest first.
pub async fn of_user(store: &Store, user: UserId) -> Result<Vec<Token>, Error> {
    Ok(store.rows(TOKENS, values![user]).await?.iter().map(from_row).collect())
}

/// Adds a token. `made_by`: the token with which it is made, if it is not made in a session.
pub fn insert(batch: &mut Batch, id: i64, user: UserId, name: &str, hash: &str, made_by: Option<i64>, at: Micros) {
    batch.push(INSERT_TOKEN, values![id, user, name, hash, at, made_by]);
}

/// It was used.
pub fn touch(batch: &mut Batch, id: i64, at: Micros) {
    batch.push(TOUCH_TOKEN, values![id, at]);
}

/// Deletes a user's token, and those that were made with it; a conflict if it isn't theirs.
pub fn delete(batch: &mut Batch, id: i64, user: UserId) {
    batch.push(END_MADE, values![id, user]);
    batch.must(END_TOKEN, values![id, user]);
}

/// Deletes all tokens of a user.
pub fn delete_all(batch: &mut Batch, user: UserId) {
    batch.push(END_TOKENS, values![user]);
}

/// Deletes all tokens of a user but the one with that id; all, if there is none.
pub fn delete_others(batch: &mut Batch, user: UserId, id: Option<i64>) {
    batch.push(END_OTHER_TOKENS, values![user, id.unwrap_or_default()]);
}
