//! The people and accounts that connected accounts of a gateway, with their tokens (encrypted): Facebook users,
//! system users, and Instagram accounts themselves.

use domain::channel::Login;
use domain::id::{GatewayId, UserId};
use domain::secret::Secret;
use domain::time::Micros;

use super::account_access;
use crate::batch::statements;
use crate::json::json;
use crate::{Batch, Error, Row, Store, values};

statements! {
    /// Adds an account that connected; a known one gets its new token.
    UPSERT_CONNECTION = "INSERT INTO connection (id, gateway_id, person_id, person_name, token, alive, scopes, connected_at, user_id,
            login, token_at, expires_at, scoped_id)
        VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $8, $9, $7, $10, $11) ON CONFLICT (gateway_id, person_id) DO UPDATE SET person_name = excluded.person_name,
        token = excluded.token, alive = 1, scopes = excluded.scopes, connected_at = excluded.connected_at, user_id = excluded.user_id,
        login = excluded.login, token_at = excluded.token_at, expires_at = excluded.expires_at, scoped_id = excluded.scoped_id";
    /// Sets a new token in place of another one.
    RENEW = "UPDATE connection SET token = $3, token_at = $4, expires_at = $5 WHERE gateway_id = $1 AND id = $2 AND token = $6";
    /// The accounts of a gateway.
    CONNECTIONS = "SELECT id, person_id, person_name, token, alive, scopes, connected_at, user_id, login, token_at, expires_at FROM connection WHERE gateway_id = $1 ORDER BY id";
    /// One account, by either of its ids at Meta.
    CONNECTION = "SELECT id, person_id, person_name, token, alive, scopes, connected_at, user_id, login, token_at, expires_at FROM connection WHERE gateway_id = $1 AND (person_id = $2 OR scoped_id = $2)";
    /// Deletes its token.
    KILL_CONNECTION = "UPDATE connection SET alive = 0, token = '' WHERE gateway_id = $1 AND id = $2";
    /// The same, if it still has this one.
    KILL_CONNECTION_WITH = "UPDATE connection SET alive = 0, token = '' WHERE gateway_id = $1 AND id = $2 AND token = $3";
    /// A person asked to be forgotten: token, name and id are deleted; the row stays for the history of grants.
    FORGET_CONNECTION = "UPDATE connection SET alive = 0, token = '', person_name = 'removed', scopes = '[]', scoped_id = NULL,
        person_id = 'removed-' || CAST(id AS TEXT) WHERE gateway_id = $1 AND id = $2";
    /// Sets the permissions of an account.
    SET_SCOPES = "UPDATE connection SET scopes = $3 WHERE gateway_id = $1 AND id = $2";
    /// Deletes one user's logins, including their tokens.
    DELETE_CONNECTIONS_OF_LOGIN = "DELETE FROM connection WHERE gateway_id = $1 AND user_id = $2";
    /// Deletes all of a gateway.
    DELETE_CONNECTIONS = "DELETE FROM connection WHERE gateway_id = $1";
}

/// A Facebook account that connected pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The id of its row.
    pub id: i64,
    /// Meta's id of the person.
    pub person: String,
    /// The person's name.
    pub name: String,
    /// The user token, encrypted; empty when invalid.
    pub token: Secret,
    /// Whether the grant is valid.
    pub alive: bool,
    /// The permissions that were granted.
    pub scopes: Vec<String>,
    /// When it connected last.
    pub connected_at: Micros,
    /// The user who logged in.
    pub user: Option<UserId>,
    /// The login that connected it.
    pub login: Login,
    /// When its token was issued.
    pub token_at: Micros,
    /// When its token ends; None if it does not, or if Meta did not report it.
    pub expires_at: Option<Micros>,
}

/// An account from its columns.
pub(crate) fn from_row(row: &Row) -> Connection {
    Connection {
        id: row.int(0),
        person: row.text(1),
        name: row.text(2),
        token: Secret(row.text(3)),
        alive: row.flag(4),
        scopes: row.json(5),
        connected_at: Micros(row.int(6)),
        user: row.opt_int(7).map(UserId),
        login: Login::from_word(&row.text(8)).unwrap_or_default(),
        token_at: Micros(row.int(9)),
        expires_at: row.opt_int(10).map(Micros),
    }
}

/// The accounts of a gateway.
pub async fn of_gateway(store: &Store, gateway: GatewayId) -> Result<Vec<Connection>, Error> {
    Ok(store.rows(CONNECTIONS, values![gateway]).await?.iter().map(from_row).collect())
}

/// The account of a person.
pub async fn by_person(store: &Store, gateway: GatewayId, person: &str) -> Result<Option<Connection>, Error> {
    Ok(store.row(CONNECTION, values![gateway, person]).await?.as_ref().map(from_row))
}

/// An account that went through Meta's login.
#[derive(Clone, Copy)]
pub struct NewConnection<'a> {
    /// The id of its row, if it is new.
    pub id: i64,
    /// The gateway.
    pub gateway: GatewayId,
    /// Meta's id of the person.
    pub person: &'a str,
    /// The person's name.
    pub name: &'a str,
    /// The user token, encrypted.
    pub token: &'a str,
    /// The permissions that were granted.
    pub scopes: &'a [String],
    /// The user who logged in.
    pub user: Option<UserId>,
    /// The login that connected it.
    pub login: Login,
    /// When the token ends, if that is known.
    pub expires_at: Option<Micros>,
    /// The person's app-scoped id at Meta.
    pub scoped_id: Option<&'a str>,
}

/// Adds an account, or gives it its new token.
pub fn upsert(batch: &mut Batch, new: &NewConnection<'_>, at: Micros) {
    let scopes = json(&new.scopes);
    batch.push(
        UPSERT_CONNECTION,
        values![
            new.id,
            new.gateway,
            new.person,
            new.name,
            new.token,
            scopes,
            at,
            new.user,
            new.login.word(),
            new.expires_at,
            new.scoped_id
        ],
    );
}

/// Its token was renewed: it is also the token of every account that is accessible through it. A conflict if it got another one in the
/// meantime.
pub fn renew(
    batch: &mut Batch,
    gateway: GatewayId,
    it: &Connection,
    token: &str,
    at: Micros,
    expires_at: Option<Micros>,
) {
    batch.must(RENEW, values![gateway, it.id, token, at, expires_at, &it.token.0]);
    batch.push(account_access::RENEW_ACCESS_OF, values![gateway, it.id, token]);
}

/// Sets the permissions of an account.
pub fn set_scopes(batch: &mut Batch, gateway: GatewayId, id: i64, scopes: &[String]) {
    batch.push(SET_SCOPES, values![gateway, id, json(&scopes)]);
}

/// Meta refused its token, and with it every access to accounts through it: deletes the tokens. A conflict if it got another token in the
/// meantime, because its person connected again.
pub fn set_dead(batch: &mut Batch, gateway: GatewayId, it: &Connection) {
    batch.must(KILL_CONNECTION_WITH, values![gateway, it.id, &it.token.0]);
    batch.push(account_access::KILL_ACCESS_OF, values![gateway, it.id]);
}

/// Its grant was revoked, and with it every access to Pages through it: deletes the tokens.
pub fn revoke(batch: &mut Batch, gateway: GatewayId, id: i64) {
    batch.push(KILL_CONNECTION, values![gateway, id]);
    batch.push(account_access::KILL_ACCESS_OF, values![gateway, id]);
}

/// The person asked to be forgotten: deletes name, id and tokens; the row stays.
pub fn forget(batch: &mut Batch, gateway: GatewayId, id: i64) {
    batch.push(FORGET_CONNECTION, values![gateway, id]);
    batch.push(account_access::FORGET_ACCESS_OF, values![gateway, id]);
}

/// Deletes the accounts that one user connected, and every access through them.
pub fn delete_of_login(batch: &mut Batch, gateway: GatewayId, user: UserId) {
    batch.push(account_access::DELETE_ACCESS_OF_LOGIN, values![gateway, "", user]);
    batch.push(DELETE_CONNECTIONS_OF_LOGIN, values![gateway, user]);
}
