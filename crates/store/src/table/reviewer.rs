//! Access of Meta's reviewers: whose it is, by what their conversations are known, until when.

use domain::id::{FlowId, GatewayId, QueueId, UserId};
use domain::time::Micros;

use crate::batch::statements;
use crate::{Batch, Error, Row, Store, values};

macro_rules! columns {
    () => {
        "r.user_id, r.gateway_id, r.password, r.code_word, r.ref_token, r.queue_id, r.flow_id, r.created_at, r.expires_at, \
         r.signed_in_at, r.ended_at, u.email"
    };
}

statements! {
    /// Every access that lives, or has left something behind.
    LIST = concat!("SELECT ", columns!(), " FROM reviewer r JOIN users u ON u.id = r.user_id ORDER BY r.user_id");
    /// The one that lives at a gateway.
    OF_GATEWAY = concat!("SELECT ", columns!(), " FROM reviewer r JOIN users u ON u.id = r.user_id
        WHERE r.gateway_id = $1 AND r.ended_at IS NULL");
    /// Those that are over: ended, or past their date.
    OVER = concat!("SELECT ", columns!(), " FROM reviewer r JOIN users u ON u.id = r.user_id
        WHERE r.ended_at IS NOT NULL OR r.expires_at <= $1 ORDER BY r.user_id");
    /// Gives access. A gateway has one that lives at most.
    INSERT = "INSERT INTO reviewer (user_id, gateway_id, password, code_word, ref_token, queue_id, flow_id, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// They signed in.
    SIGNED_IN = "UPDATE reviewer SET signed_in_at = $2 WHERE user_id = $1";
    /// Changes nothing, and a row only if it was not ended.
    STANDS = "UPDATE reviewer SET expires_at = expires_at WHERE user_id = $1 AND ended_at IS NULL";
    /// It is over: what was secret of it goes.
    END = "UPDATE reviewer SET ended_at = $2, password = '', code_word = '', ref_token = '' WHERE user_id = $1 AND ended_at IS NULL";
    /// Nothing of it is left to be cleared away.
    DELETE = "DELETE FROM reviewer WHERE user_id = $1 AND ended_at IS NOT NULL";
}

/// Access of one reviewer to one gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewer {
    /// The user that was made for it.
    pub user: UserId,
    /// The gateway.
    pub gateway: GatewayId,
    /// The password, encrypted; empty once it is over.
    pub password: String,
    /// The word that calls the review.
    pub code_word: String,
    /// The `ref` of the links that call it.
    pub ref_token: String,
    /// Where its conversations wait.
    pub queue: QueueId,
    /// What greets them.
    pub flow: FlowId,
    /// When it was given.
    pub created_at: Micros,
    /// Until when it lasts.
    pub expires_at: Micros,
    /// When they signed in last.
    pub signed_in_at: Option<Micros>,
    /// When it was ended.
    pub ended_at: Option<Micros>,
    /// What they sign in with.
    pub email: String,
}

impl Reviewer {
    /// Whether it holds at `at`.
    pub fn lives(&self, at: Micros) -> bool {
        self.ended_at.is_none() && self.expires_at > at
    }
}

/// From its columns.
pub(crate) fn from_row(row: &Row) -> Reviewer {
    Reviewer {
        user: UserId(row.int(0)),
        gateway: GatewayId(row.int(1)),
        password: row.text(2),
        code_word: row.text(3),
        ref_token: row.text(4),
        queue: QueueId(row.int(5)),
        flow: FlowId(row.int(6)),
        created_at: Micros(row.int(7)),
        expires_at: Micros(row.int(8)),
        signed_in_at: row.opt_int(9).map(Micros),
        ended_at: row.opt_int(10).map(Micros),
        email: row.text(11),
    }
}

/// Every one of them.
pub async fn list(store: &Store) -> Result<Vec<Reviewer>, Error> {
    Ok(store.rows(LIST, values![]).await?.iter().map(from_row).collect())
}

/// The one of a gateway that was not ended.
pub async fn of_gateway(store: &Store, gateway: GatewayId) -> Result<Option<Reviewer>, Error> {
    Ok(store.row(OF_GATEWAY, values![gateway]).await?.as_ref().map(from_row))
}

/// Those that are over at a moment: ended, or past their date.
pub async fn over(store: &Store, now: Micros) -> Result<Vec<Reviewer>, Error> {
    Ok(store.rows(OVER, values![now]).await?.iter().map(from_row).collect())
}

/// Gives access, as the row says. A duplicate if the gateway has one that lives.
pub fn insert(batch: &mut Batch, new: &Reviewer) {
    batch.push(
        INSERT,
        values![
            new.user,
            new.gateway,
            &new.password,
            &new.code_word,
            &new.ref_token,
            new.queue,
            new.flow,
            new.created_at,
            new.expires_at
        ],
    );
}

/// They signed in.
pub fn set_signed_in(batch: &mut Batch, user: UserId, at: Micros) {
    batch.push(SIGNED_IN, values![user, at]);
}

/// The batch is a conflict if the access was ended.
pub fn must_stand(batch: &mut Batch, user: UserId) {
    batch.must(STANDS, values![user]);
}

/// Ends the access and forgets its secrets; a conflict if it was ended already.
pub fn end(batch: &mut Batch, user: UserId, at: Micros) {
    batch.must(END, values![user, at]);
}

/// Nothing of an ended access is left to be cleared away.
pub fn delete(batch: &mut Batch, user: UserId) {
    batch.push(DELETE, values![user]);
}
