//! Attempts to connect Pages by Meta's login: from the link to Facebook until the answer is processed.

use domain::channel::{Channel, Login};
use domain::id::{GatewayId, UserId};
use domain::login_outcome::LoginOutcome;
use domain::time::Micros;

use crate::batch::statements;
use crate::json::json;
use crate::words::words;
use crate::{Batch, Error, Row, Store, values};

statements! {
    /// A login begins.
    INSERT_ATTEMPT = "INSERT INTO login_attempt (id, gateway_id, state_hash, user_id, session_hash, expires_at, outcome, login, channel)
        VALUES ($1, $2, $3, $4, $5, $6, 'pending', $7, $8)";
    /// The attempt that a state belongs to.
    ATTEMPT_BY_STATE = "SELECT id, gateway_id, user_id, session_hash, expires_at, outcome, ended, login, channel FROM login_attempt WHERE state_hash = $1";
    /// One attempt.
    ATTEMPT = "SELECT id, gateway_id, user_id, session_hash, expires_at, outcome, ended, login, channel FROM login_attempt WHERE id = $1 AND gateway_id = $2";
    /// One attempt of whichever gateway.
    ATTEMPT_BY_ID = "SELECT id, gateway_id, user_id, session_hash, expires_at, outcome, ended, login, channel FROM login_attempt WHERE id = $1";
    /// Uses up the state, which works only once.
    TAKE_ATTEMPT = "UPDATE login_attempt SET outcome = 'working' WHERE id = $1 AND outcome = 'pending'";
    /// How it ended.
    END_ATTEMPT = "UPDATE login_attempt SET outcome = $2, ended = $3 WHERE id = $1";
    /// Deletes old attempts.
    FORGET_ATTEMPTS = "DELETE FROM login_attempt WHERE expires_at < $1";
}

words! {
    /// How far an attempt has come.
    Outcome {
        /// Facebook has not answered.
        Pending = "pending",
        /// The answer is being processed.
        Working = "working",
        /// Pages are connected.
        Done = "done",
        /// It failed.
        Failed = "failed",
    }
}

/// One attempt of an administrator to connect Pages by Meta's login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its id.
    pub id: i64,
    /// The gateway that it belongs to.
    pub gateway: GatewayId,
    /// The user.
    pub user: UserId,
    /// The session that the redirect must come back with; None when it was started with an API token.
    pub session_hash: Option<String>,
    /// Until when its state is valid.
    pub expires_at: Micros,
    /// How far it has come.
    pub outcome: Outcome,
    /// How it ended.
    pub ended: Option<LoginOutcome>,
    /// The login.
    pub login: Login,
    /// The channel whose accounts are to be connected.
    pub channel: Channel,
}

/// An attempt from its columns.
pub(crate) fn from_row(row: &Row) -> Attempt {
    Attempt {
        id: row.int(0),
        gateway: GatewayId(row.int(1)),
        user: UserId(row.int(2)),
        session_hash: row.opt_text(3),
        expires_at: Micros(row.int(4)),
        outcome: Outcome::parse(&row.text(5)).unwrap_or(Outcome::Failed),
        ended: row.json(6),
        login: Login::from_word(&row.text(7)).unwrap_or_default(),
        channel: row.channel(8),
    }
}

/// The attempt that a state belongs to, by its hash.
pub async fn by_state(store: &Store, hash: &str) -> Result<Option<Attempt>, Error> {
    Ok(store.row(ATTEMPT_BY_STATE, values![hash]).await?.as_ref().map(from_row))
}

/// An attempt of a gateway.
pub async fn of_gateway(store: &Store, gateway: GatewayId, id: i64) -> Result<Option<Attempt>, Error> {
    Ok(store.row(ATTEMPT, values![id, gateway]).await?.as_ref().map(from_row))
}

/// An attempt of any gateway.
pub async fn by_id(store: &Store, id: i64) -> Result<Option<Attempt>, Error> {
    Ok(store.row(ATTEMPT_BY_ID, values![id]).await?.as_ref().map(from_row))
}

/// A new attempt.
#[derive(Debug, Clone, Copy)]
pub struct NewAttempt<'a> {
    /// Its id.
    pub id: i64,
    /// The gateway.
    pub gateway: GatewayId,
    /// The hash of its state.
    pub state_hash: &'a str,
    /// The user.
    pub user: UserId,
    /// The session that the redirect must come back with; None when it is started with an API token.
    pub session_hash: Option<&'a str>,
    /// Until when its state is valid.
    pub expires_at: Micros,
    /// The login.
    pub login: Login,
    /// The channel whose accounts are to be connected.
    pub channel: Channel,
}

/// A login begins.
pub fn insert(batch: &mut Batch, new: &NewAttempt<'_>) {
    let session = new.session_hash;
    let which = (new.login.word(), new.channel);
    batch.push(
        INSERT_ATTEMPT,
        values![new.id, new.gateway, new.state_hash, new.user, session, new.expires_at, which.0, which.1],
    );
}

/// Uses up the state; a conflict if it was already used.
pub fn take(batch: &mut Batch, id: i64) {
    batch.must(TAKE_ATTEMPT, values![id]);
}

/// How it ended.
pub fn end(batch: &mut Batch, id: i64, outcome: Outcome, ended: &LoginOutcome) {
    batch.push(END_ATTEMPT, values![id, outcome, json(ended)]);
}

/// Deletes attempts whose state expired before a moment.
pub fn forget(batch: &mut Batch, expired_before: Micros) {
    batch.push(FORGET_ATTEMPTS, values![expired_before]);
}
