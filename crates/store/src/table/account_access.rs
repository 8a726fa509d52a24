//! Access to accounts: the token for an account (encrypted), and what the person who connected it may do there. An
//! account may be accessible through several people.

use domain::channel::Login;
use domain::id::{GatewayId, UserId};
use domain::secret::Secret;

use crate::batch::statements;
use crate::json::json;
use crate::{Batch, Error, Row, Store, values};

statements! {
    /// Sets what a person may do there.
    SET_TASKS = "UPDATE account_access SET tasks = $4 WHERE gateway_id = $1 AND account_id = $2 AND connection_id = $3";
    /// Revokes all access through a connection.
    KILL_ACCESS_OF = "UPDATE account_access SET alive = 0, token = '' WHERE gateway_id = $1 AND connection_id = $2";
    /// Sets the new token for all access through a connection.
    RENEW_ACCESS_OF = "UPDATE account_access SET token = $3, alive = 1 WHERE gateway_id = $1 AND connection_id = $2 AND token <> ''";
    /// Removes all access through a person who is forgotten.
    FORGET_ACCESS_OF = "DELETE FROM account_access WHERE gateway_id = $1 AND connection_id = $2";
    /// Revokes all access to an account.
    KILL_ACCESS_TO = "UPDATE account_access SET alive = 0, token = '' WHERE gateway_id = $1 AND account_id = $2";
    /// Marks one access to an account as dead, if it still has this token.
    KILL_ACCESS = "UPDATE account_access SET alive = 0 WHERE gateway_id = $1 AND account_id = $2 AND connection_id = $3 AND alive = 1
        AND token = $4";
    /// Marks it as alive again.
    REVIVE_ACCESS = "UPDATE account_access SET alive = 1 WHERE gateway_id = $1 AND account_id = $2 AND connection_id = $3 AND alive = 0 AND token <> ''";
    /// A person no longer grants an account.
    DROP_ACCESS = "UPDATE account_access SET alive = 0, token = '', tasks = '[]' WHERE gateway_id = $1 AND account_id = $2 AND connection_id = $3";
    /// Adds or renews an access by the person's id at Meta: the person's row may be written in the same batch.
    UPSERT_ACCESS_OF = "INSERT INTO account_access (gateway_id, account_id, connection_id, token, tasks, alive)
        SELECT c.gateway_id, CAST($2 AS TEXT), c.id, CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS BIGINT)
        FROM connection c WHERE c.gateway_id = $1 AND c.person_id = $3
        ON CONFLICT (gateway_id, account_id, connection_id) DO UPDATE SET token = excluded.token, tasks = excluded.tasks, alive = excluded.alive";
    /// Every access to the accounts of a gateway.
    ACCESS = "SELECT a.account_id, a.connection_id, a.token, a.tasks, a.alive, c.person_name, c.person_id, c.user_id, c.login FROM account_access a
        JOIN connection c ON c.id = a.connection_id WHERE a.gateway_id = $1 ORDER BY c.connected_at DESC, c.id";
    /// Every access to one account, the best first: a guest's is used only if there is no other.
    ACCESS_TO = "SELECT a.account_id, a.connection_id, a.token, a.tasks, a.alive, c.person_name, c.person_id, c.user_id, c.login FROM account_access a
        JOIN connection c ON c.id = a.connection_id LEFT JOIN users u ON u.id = c.user_id AND u.role = 'guest'
        WHERE a.gateway_id = $1 AND a.account_id = $2
        ORDER BY a.alive DESC, CASE WHEN u.id IS NULL THEN 0 ELSE 1 END, c.connected_at DESC, c.id";
    /// Removes every access to an account.
    DELETE_ACCESS = "DELETE FROM account_access WHERE gateway_id = $1 AND ($2 = '' OR account_id = $2)";
    /// Removes the access to one account ($2), or to all if it is empty, through one user's logins.
    DELETE_ACCESS_OF_LOGIN = "DELETE FROM account_access WHERE gateway_id = $1 AND ($2 = '' OR account_id = $2)
        AND connection_id IN (SELECT c.id FROM connection c WHERE c.gateway_id = $1 AND c.user_id = $3)";
}

/// Access to an account through one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Its id at Meta.
    pub account_id: String,
    /// The id of the person's row.
    pub connection: i64,
    /// The token for it, encrypted; empty when the person has none. For an Instagram account that was found through a Page it is
    /// the Page's.
    pub token: Secret,
    /// What the person may do there; only Pages have tasks.
    pub tasks: Vec<String>,
    /// Whether the token is alive.
    pub alive: bool,
    /// The person's name.
    pub person_name: String,
    /// The person's id at Meta.
    pub person: String,
    /// The user who logged in.
    pub user: Option<UserId>,
    /// The login that the person used: the token is valid at that login's host.
    pub login: Login,
}

/// An access from its columns.
pub(crate) fn from_row(row: &Row) -> Access {
    Access {
        account_id: row.text(0),
        connection: row.int(1),
        token: Secret(row.text(2)),
        tasks: row.json(3),
        alive: row.flag(4),
        person_name: row.text(5),
        person: row.text(6),
        user: row.opt_int(7).map(UserId),
        login: Login::from_word(&row.text(8)).unwrap_or_default(),
    }
}

impl Access {
    /// Whether it has a token that is valid, as far as is known.
    pub fn is_alive(&self) -> bool {
        self.alive && !self.token.is_empty()
    }
}

/// Every access to the accounts of a gateway, the latest person first.
pub async fn of_gateway(store: &Store, gateway: GatewayId) -> Result<Vec<Access>, Error> {
    Ok(store.rows(ACCESS, values![gateway]).await?.iter().map(from_row).collect())
}

/// Every access to one account, the best first.
pub async fn of_account(store: &Store, gateway: GatewayId, account: &str) -> Result<Vec<Access>, Error> {
    Ok(store.rows(ACCESS_TO, values![gateway, account]).await?.iter().map(from_row).collect())
}

/// An access that a login returned.
#[derive(Clone, Copy)]
pub struct NewAccess<'a> {
    /// The gateway.
    pub gateway: GatewayId,
    /// Its id at Meta.
    pub account_id: &'a str,
    /// Meta's id of the person, whose row may be written in the same batch.
    pub person: &'a str,
    /// The token for it, encrypted; empty when the person has none.
    pub token: &'a str,
    /// What the person may do there.
    pub tasks: &'a [String],
}

/// Adds an access, or renews it.
pub fn upsert(batch: &mut Batch, new: &NewAccess<'_>) {
    let tasks = json(&new.tasks);
    batch.push(UPSERT_ACCESS_OF, values![new.gateway, new.account_id, new.person, new.token, tasks, true]);
}

/// Sets what a person may do there.
pub fn set_tasks(batch: &mut Batch, gateway: GatewayId, account: &str, connection: i64, tasks: &[String]) {
    batch.push(SET_TASKS, values![gateway, account, connection, json(&tasks)]);
}

/// Meta refused its token: a conflict if that is already known, or if it got another token in the meantime. The token is kept, because
/// it may become valid again. `token`: as it is stored.
pub fn set_dead(batch: &mut Batch, gateway: GatewayId, account: &str, connection: i64, token: &Secret) {
    batch.must(KILL_ACCESS, values![gateway, account, connection, &token.0]);
}

/// Its token is valid again.
pub fn revive(batch: &mut Batch, gateway: GatewayId, account: &str, connection: i64) {
    batch.push(REVIVE_ACCESS, values![gateway, account, connection]);
}

/// The person no longer grants the account.
pub fn revoke(batch: &mut Batch, gateway: GatewayId, account: &str, connection: i64) {
    batch.push(DROP_ACCESS, values![gateway, account, connection]);
}

/// The account was removed from the app: deletes every token.
pub fn revoke_all(batch: &mut Batch, gateway: GatewayId, account: &str) {
    batch.push(KILL_ACCESS_TO, values![gateway, account]);
}

/// Removes the access to an account through one user's logins.
pub fn delete_of_login(batch: &mut Batch, gateway: GatewayId, account: &str, user: UserId) {
    batch.push(DELETE_ACCESS_OF_LOGIN, values![gateway, account, user]);
}
