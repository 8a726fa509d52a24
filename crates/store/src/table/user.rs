//! Users, and guards which ensure that an installation always has an administrator.

use domain::id::UserId;
use domain::role::Role;
use domain::secret::Secret;
use domain::time::Micros;

use super::role;
use crate::batch::statements;
use crate::{Batch, Error, Row, Store, values};

macro_rules! columns {
    () => {
        concat!(
            "u.id, u.email, u.name, u.role, u.is_agent, u.active, u.created_at, u.version, u.password, u.ends_at, ",
            $crate::table::role::permissions_of_user!(),
            ", (SELECT r.name FROM role r WHERE CAST(r.id AS TEXT) = u.role)"
        )
    };
}
pub(crate) use columns as user_columns;

/// The number of columns of a user; columns of other tables follow.
pub(crate) const COLUMNS: usize = 12;

statements! {
    /// Every user.
    LIST = concat!("SELECT ", columns!(), " FROM users u ORDER BY u.name, u.id");
    /// One user.
    BY_ID = concat!("SELECT ", columns!(), " FROM users u WHERE u.id = $1");
    /// The user who signs in with an address.
    BY_EMAIL = concat!("SELECT ", columns!(), " FROM users u WHERE u.email_folded = $1");
    /// Adds a user.
    INSERT = "INSERT INTO users (id, email, email_folded, name, role, password, is_agent, active, created_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, 1)";
    /// Changes one; $7 is the expected version, or 0 for any.
    UPDATE = "UPDATE users SET email = $2, email_folded = $3, name = $4, role = $5, is_agent = $6, version = version + 1
        WHERE id = $1 AND (version = $7 OR $7 = 0)";
    /// Sets another password.
    SET_PASSWORD = "UPDATE users SET password = $2, version = version + 1 WHERE id = $1";
    /// Sets whether they may sign in.
    SET_ACTIVE = "UPDATE users SET active = $2, version = version + 1 WHERE id = $1";
    /// Sets when the account expires.
    SET_END = "UPDATE users SET ends_at = $2 WHERE id = $1";
    /// A no-op that touches the row only if they may sign in.
    STILL_ACTIVE = "UPDATE users SET active = active WHERE id = $1 AND active = 1";
    /// How many there are.
    COUNT = "SELECT count(*) FROM users";
    /// Serializes changes of users. On PostgreSQL the row's lock does this, and later statements of the batch see
    /// what was committed before.
    ONE_AT_A_TIME = "UPDATE setting SET value = value WHERE key = 'seeded'";
    /// A no-op that touches a row only while there are no users.
    NOBODY_YET = "UPDATE setting SET value = value WHERE key = 'seeded' AND NOT EXISTS (SELECT 1 FROM users)";
    /// A no-op that touches a row only if an administrator can still sign in.
    ADMINISTRATOR_LEFT = "UPDATE setting SET value = value WHERE key = 'seeded'
        AND EXISTS (SELECT 1 FROM users WHERE role = 'administrator' AND active = 1)";
    /// How many administrators could sign in.
    ADMINISTRATORS = "SELECT count(*) FROM users WHERE role = 'administrator' AND active = 1";
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their address, as they write it.
    pub email: String,
    /// Their name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// The name of a custom role.
    pub role_name: Option<String>,
    /// Whether they are an agent.
    pub agent: bool,
    /// Whether they may sign in.
    pub active: bool,
    /// When they were added.
    pub created_at: Micros,
    /// Increases with each edit.
    pub version: i64,
    /// The hash of their password; empty for none.
    pub password: Secret,
    /// When their account expires.
    pub ends_at: Option<Micros>,
}

impl User {
    /// Whether they may sign in and stay signed in at `at`.
    pub fn may_enter(&self, at: Micros) -> bool {
        self.active && self.ends_at.is_none_or(|end| end > at)
    }
}

/// A user from its columns.
pub(crate) fn from_row(row: &Row) -> User {
    User {
        id: UserId(row.int(0)),
        email: row.text(1),
        name: row.text(2),
        role: role::of_user(&row.text(3), row.opt_text(10)),
        role_name: row.opt_text(11),
        agent: row.flag(4),
        active: row.flag(5),
        created_at: Micros(row.int(6)),
        version: row.int(7),
        password: Secret(row.text(8)),
        ends_at: row.opt_int(9).map(Micros),
    }
}

/// All users, by name.
pub async fn list(store: &Store) -> Result<Vec<User>, Error> {
    Ok(store.rows(LIST, values![]).await?.iter().map(from_row).collect())
}

/// One user by their id.
pub async fn by_id(store: &Store, id: UserId) -> Result<Option<User>, Error> {
    Ok(store.row(BY_ID, values![id]).await?.as_ref().map(from_row))
}

/// One user by their address, however it is written.
pub async fn by_email(store: &Store, email: &str) -> Result<Option<User>, Error> {
    Ok(store.row(BY_EMAIL, values![fold_email(email)]).await?.as_ref().map(from_row))
}

/// How an address is compared.
pub fn fold_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// How many users there are.
pub async fn count(store: &Store) -> Result<i64, Error> {
    Ok(store.row(COUNT, values![]).await?.map_or(0, |row| row.int(0)))
}

/// How many administrators could sign in.
pub async fn count_administrators(store: &Store) -> Result<i64, Error> {
    Ok(store.row(ADMINISTRATORS, values![]).await?.map_or(0, |row| row.int(0)))
}

/// A new user.
#[derive(Clone, Copy)]
pub struct NewUser<'a> {
    /// The id.
    pub id: UserId,
    /// The address, as they write it.
    pub email: &'a str,
    /// The name.
    pub name: &'a str,
    /// The role.
    pub role: Role,
    /// The hash of the password; empty for none.
    pub password: &'a str,
    /// Whether they are an agent.
    pub agent: bool,
}

/// Adds a user. A taken address makes the batch a duplicate.
pub fn insert(batch: &mut Batch, new: &NewUser<'_>, at: Micros) {
    let folded = fold_email(new.email);
    let (id, role) = (new.id, new.role.word());
    batch.push(INSERT, values![id, new.email, folded, new.name, role, new.password, new.agent, at]);
}

/// What an edit of a user sets.
#[derive(Debug, Clone, Copy)]
pub struct UserEdit<'a> {
    /// The address, as they write it.
    pub email: &'a str,
    /// The name.
    pub name: &'a str,
    /// The role.
    pub role: Role,
    /// Whether they are an agent.
    pub agent: bool,
}

/// Changes a user; a conflict unless `version` is the current one.
pub fn update(batch: &mut Batch, id: UserId, edit: &UserEdit<'_>, version: Option<i64>) {
    let folded = fold_email(edit.email);
    let role = edit.role.word();
    batch.must(UPDATE, values![id, edit.email, folded, edit.name, role, edit.agent, version.unwrap_or(0)]);
}

/// Sets the hash of the password.
pub fn set_password(batch: &mut Batch, id: UserId, hash: &str) {
    batch.must(SET_PASSWORD, values![id, hash]);
}

/// Sets whether a user may sign in.
pub fn set_active(batch: &mut Batch, id: UserId, active: bool) {
    batch.must(SET_ACTIVE, values![id, active]);
}

/// From then on the user may no longer sign in.
pub fn set_end(batch: &mut Batch, id: UserId, at: Micros) {
    batch.must(SET_END, values![id, at]);
}

/// The batch is a conflict if the user may no longer sign in.
pub fn must_be_active(batch: &mut Batch, id: UserId) {
    batch.must(STILL_ACTIVE, values![id]);
}

/// Serializes the batch with all others that depend on the existing users: each sees what the previous one committed.
/// Must be the first statement.
pub fn serialize_changes(batch: &mut Batch) {
    batch.push(ONE_AT_A_TIME, values![]);
}

/// The batch is a conflict if there already is a user.
pub fn must_be_empty(batch: &mut Batch) {
    batch.must(NOBODY_YET, values![]);
}

/// The batch is a conflict if it leaves no administrator who can sign in.
pub fn must_keep_administrator(batch: &mut Batch) {
    batch.must(ADMINISTRATOR_LEFT, values![]);
}
