//! Users, their sessions and tokens, and the set-up link of the first start.

use domain::id::UserId;
use domain::role::Role;
use domain::time::Micros;

use crate::batch::statements;
use crate::{Error, Row, Store, values};

macro_rules! columns {
    () => {
        "u.id, u.email, u.name, u.role, u.is_agent, u.active, u.created_at, u.version, u.password"
    };
}

statements! {
    /// Every user.
    LIST = concat!("SELECT ", columns!(), " FROM account u ORDER BY u.name, u.id");
    /// One user.
    BY_ID = concat!("SELECT ", columns!(), " FROM account u WHERE u.id = $1");
    /// The user who signs in with an address.
    BY_EMAIL = concat!("SELECT ", columns!(), " FROM account u WHERE u.email_folded = $1");
    /// Adds a user.
    INSERT = "INSERT INTO account (id, email, email_folded, name, role, password, is_agent, active, created_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, 1)";
    /// Changes one; $7 is the version that was edited, or 0 for whichever it is.
    UPDATE = "UPDATE account SET email = $2, email_folded = $3, name = $4, role = $5, is_agent = $6, version = version + 1
        WHERE id = $1 AND (version = $7 OR $7 = 0)";
    /// Another password.
    SET_PASSWORD = "UPDATE account SET password = $2, version = version + 1 WHERE id = $1";
    /// May sign in, or not.
    SET_ACTIVE = "UPDATE account SET active = $2, version = version + 1 WHERE id = $1";
    /// How many there are.
    COUNT = "SELECT count(*) FROM account";
    /// Those who change who is there come one after the other. On PostgreSQL the row's lock sees to it, and what
    /// follows in the batch sees what was committed before.
    ONE_AT_A_TIME = "UPDATE setting SET value = value WHERE key = 'seeded'";
    /// Changes a row only while there is no user at all.
    NOBODY_YET = "UPDATE setting SET value = value WHERE key = 'seeded' AND NOT EXISTS (SELECT 1 FROM account)";
    /// Changes a row only if an administrator can still sign in.
    ADMINISTRATOR_LEFT = "UPDATE setting SET value = value WHERE key = 'seeded'
        AND EXISTS (SELECT 1 FROM account WHERE role = 'administrator' AND active = 1)";
    /// How many administrators could sign in.
    ADMINISTRATORS = "SELECT count(*) FROM account WHERE role = 'administrator' AND active = 1";

    /// Opens a session.
    INSERT_SESSION = "INSERT INTO session (hash, user_id, created_at, seen_at) VALUES ($1, $2, $3, $3)";
    /// A session with its user.
    BY_SESSION = concat!("SELECT ", columns!(), ", s.created_at, s.seen_at FROM session s JOIN account u ON u.id = s.user_id WHERE s.hash = $1");
    /// It was used.
    TOUCH_SESSION = "UPDATE session SET seen_at = $2 WHERE hash = $1";
    /// Ends one.
    END_SESSION = "DELETE FROM session WHERE hash = $1";
    /// Ends all of a user.
    END_SESSIONS = "DELETE FROM session WHERE user_id = $1";
    /// Ends all of a user but one.
    END_OTHER_SESSIONS = "DELETE FROM session WHERE user_id = $1 AND hash <> $2";
    /// Ends those that are too old.
    FORGET_SESSIONS = "DELETE FROM session WHERE seen_at < $1 OR created_at < $2";

    /// Adds an API token.
    INSERT_TOKEN = "INSERT INTO token (id, user_id, name, hash, created_at) VALUES ($1, $2, $3, $4, $5)";
    /// A token with its user.
    BY_TOKEN = concat!("SELECT ", columns!(), ", t.id, coalesce(t.used_at, 0) FROM token t JOIN account u ON u.id = t.user_id WHERE t.hash = $1");
    /// The same by the token's id, for streams that go on.
    BY_TOKEN_ID = concat!("SELECT ", columns!(), " FROM token t JOIN account u ON u.id = t.user_id WHERE t.id = $1");
    /// It was used.
    TOUCH_TOKEN = "UPDATE token SET used_at = $2 WHERE id = $1";
    /// A user's tokens.
    TOKENS = "SELECT id, name, created_at, used_at FROM token WHERE user_id = $1 ORDER BY id DESC";
    /// Ends one token of a user.
    END_TOKEN = "DELETE FROM token WHERE id = $1 AND user_id = $2";
    /// Ends all of a user.
    END_TOKENS = "DELETE FROM token WHERE user_id = $1";

    /// Makes the set-up link; only the newest one works.
    INSERT_LINK = "INSERT INTO setup_link (hash, expires_at) VALUES ($1, $2)";
    /// The links that were made before are dead.
    FORGET_LINKS = "DELETE FROM setup_link";
    /// Uses the link up.
    USE_LINK = "DELETE FROM setup_link WHERE hash = $1 AND expires_at > $2";
    /// Whether a link is good.
    LINK = "SELECT count(*) FROM setup_link WHERE hash = $1 AND expires_at > $2";
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
    /// Whether they are an agent.
    pub agent: bool,
    /// Whether they may sign in.
    pub active: bool,
    /// When they were added.
    pub created_at: Micros,
    /// Grows with each edit.
    pub version: i64,
    /// The hash of their password; empty for none.
    pub password: String,
}

/// A user from its columns.
pub fn from_row(row: &Row) -> User {
    User {
        id: UserId(row.int(0)),
        email: row.text(1),
        name: row.text(2),
        role: Role::from_word(&row.text(3)).unwrap_or(Role::Agent),
        agent: row.flag(4),
        active: row.flag(5),
        created_at: Micros(row.int(6)),
        version: row.int(7),
        password: row.text(8),
    }
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
