//! Access of Meta's reviewers: which guest, queue, flow and entry point were made for a gateway's App Review, and
//! until when they are valid.

use domain::id::{EntryPointId, FlowId, GatewayId, QueueId, UserId};
use domain::secret::Secret;
use domain::time::Micros;

use crate::batch::statements;
use crate::{Batch, Error, Row, Store, values};

macro_rules! columns {
    () => {
        "r.user_id, r.gateway_id, r.password, r.entry_point_id, r.queue_id, r.flow_id, r.created_at, r.signed_in_at, \
         r.ended_at, u.email, u.ends_at, e.code_word, e.ref"
    };
}
macro_rules! tables {
    () => {
        " FROM review_access r JOIN users u ON u.id = r.user_id LEFT JOIN entry_point e ON e.id = r.entry_point_id "
    };
}

statements! {
    /// The active one of a gateway.
    OF_GATEWAY = concat!("SELECT ", columns!(), tables!(), "WHERE r.gateway_id = $1 AND r.ended_at IS NULL");
    /// The one of a user that was not ended.
    OF_USER = concat!("SELECT ", columns!(), tables!(), "WHERE r.user_id = $1 AND r.ended_at IS NULL");
    /// Those that have ended or expired, and still have objects to remove.
    OVER = concat!("SELECT ", columns!(), tables!(), "WHERE r.cleared_at IS NULL
        AND (r.ended_at IS NOT NULL OR u.ends_at <= $1) ORDER BY r.user_id");
    /// The flow that was made for a gateway, if it can still be used.
    FLOW = "SELECT f.id FROM review_access r JOIN flow f ON f.id = r.flow_id
        WHERE r.gateway_id = $1 AND f.published IS NOT NULL ORDER BY r.created_at DESC, r.user_id DESC LIMIT 1";
    /// Gives access. A gateway has at most one active one.
    INSERT = "INSERT INTO review_access (user_id, gateway_id, password, entry_point_id, queue_id, flow_id, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    /// They signed in.
    SIGNED_IN = "UPDATE review_access SET signed_in_at = $2 WHERE user_id = $1";
    /// Ends it: deletes its secrets.
    END = "UPDATE review_access SET ended_at = $2, password = '' WHERE user_id = $1 AND ended_at IS NULL";
    /// All its objects have been removed.
    CLEARED = "UPDATE review_access SET cleared_at = $2 WHERE user_id = $1 AND ended_at IS NOT NULL";
}

/// Access of one reviewer to one gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewAccess {
    /// The guest that was made for it.
    pub user: UserId,
    /// The gateway.
    pub gateway: GatewayId,
    /// The password, encrypted; empty once it has ended.
    pub password: Secret,
    /// The entry point to its queue and flow.
    pub entry_point: EntryPointId,
    /// Where its conversations wait.
    pub queue: QueueId,
    /// The flow that greets them.
    pub flow: FlowId,
    /// When it was given.
    pub created_at: Micros,
    /// When they last signed in.
    pub signed_in_at: Option<Micros>,
    /// When it was ended.
    pub ended_at: Option<Micros>,
    /// What they sign in with.
    pub email: String,
    /// Until when it lasts.
    pub expires_at: Micros,
    /// The word of its entry point; None once it has ended.
    pub code_word: Option<String>,
    /// The `ref` of the links of its entry point; None once it has ended.
    pub code: Option<String>,
}

impl ReviewAccess {
    /// Whether it is active at `at`.
    pub fn lives(&self, at: Micros) -> bool {
        self.ended_at.is_none() && self.expires_at > at
    }
}

fn from_row(row: &Row) -> ReviewAccess {
    ReviewAccess {
        user: UserId(row.int(0)),
        gateway: GatewayId(row.int(1)),
        password: Secret(row.text(2)),
        entry_point: EntryPointId(row.int(3)),
        queue: QueueId(row.int(4)),
        flow: FlowId(row.int(5)),
        created_at: Micros(row.int(6)),
        signed_in_at: row.opt_int(7).map(Micros),
        ended_at: row.opt_int(8).map(Micros),
        email: row.text(9),
        expires_at: Micros(row.opt_int(10).unwrap_or(i64::MAX)),
        code_word: row.opt_text(11),
        code: row.opt_text(12),
    }
}

/// The one of a gateway that was not ended.
pub async fn of_gateway(store: &Store, gateway: GatewayId) -> Result<Option<ReviewAccess>, Error> {
    Ok(store.row(OF_GATEWAY, values![gateway]).await?.as_ref().map(from_row))
}

/// The one of a user that was not ended.
pub async fn of_user(store: &Store, user: UserId) -> Result<Option<ReviewAccess>, Error> {
    Ok(store.row(OF_USER, values![user]).await?.as_ref().map(from_row))
}

/// Those that have ended or expired at a moment, and still have objects to remove.
pub async fn over(store: &Store, now: Micros) -> Result<Vec<ReviewAccess>, Error> {
    Ok(store.rows(OVER, values![now]).await?.iter().map(from_row).collect())
}

/// The published flow of a gateway's newest access: the operator may have changed it, so the next access uses it as
/// well.
pub async fn flow(store: &Store, gateway: GatewayId) -> Result<Option<FlowId>, Error> {
    Ok(store.row(FLOW, values![gateway]).await?.map(|row| FlowId(row.int(0))))
}

/// What was made for an access.
#[derive(Clone, Copy)]
pub struct NewReviewAccess<'a> {
    /// The guest.
    pub user: UserId,
    /// The gateway.
    pub gateway: GatewayId,
    /// The password, encrypted.
    pub password: &'a str,
    /// The entry point.
    pub entry_point: EntryPointId,
    /// The queue.
    pub queue: QueueId,
    /// The flow.
    pub flow: FlowId,
}

/// Gives access. A duplicate if the gateway already has an active one.
pub fn insert(batch: &mut Batch, new: &NewReviewAccess<'_>, at: Micros) {
    let password = new.password;
    batch.push(INSERT, values![new.user, new.gateway, password, new.entry_point, new.queue, new.flow, at]);
}

/// They signed in.
pub fn set_signed_in(batch: &mut Batch, user: UserId, at: Micros) {
    batch.push(SIGNED_IN, values![user, at]);
}

/// Ends the access and forgets its password; a conflict if it had already ended.
pub fn end(batch: &mut Batch, user: UserId, at: Micros) {
    batch.must(END, values![user, at]);
}

/// All objects of an ended access have been removed.
pub fn set_cleared(batch: &mut Batch, user: UserId, at: Micros) {
    batch.push(CLEARED, values![user, at]);
}
