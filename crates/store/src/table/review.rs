//! Meta's App Review of a gateway: what the operator says of it, and what Meta said when it was asked last. Both are JSON
//! that only the server reads.

use domain::id::GatewayId;
use domain::time::Micros;

use super::account::{self, Account};
use super::connection::{self, Connection};
use super::gateway::{self, Gateway};
use super::permission_use::{self, PermissionUse};
use crate::batch::statements;
use crate::{Batch, Error, Store, values};

statements! {
    /// What the operator says of a gateway's review.
    ANSWERS = "SELECT answers, version FROM review WHERE gateway_id = $1";
    /// The operator says the first word; changes nothing if someone was quicker.
    BEGIN = "INSERT INTO review (gateway_id, answers, version) VALUES ($1, $2, 1) ON CONFLICT (gateway_id) DO NOTHING";
    /// The operator says something else; $3 is the version that was read.
    SAVE = "UPDATE review SET answers = $2, version = version + 1 WHERE gateway_id = $1 AND version = $3";
    /// What Meta said when it was asked last.
    META_STATUS = "SELECT at, status FROM review_meta_status WHERE gateway_id = $1";
    /// Meta was asked.
    SET_META_STATUS = "INSERT INTO review_meta_status (gateway_id, at, status) VALUES ($1, $2, $3)
        ON CONFLICT (gateway_id) DO UPDATE SET at = excluded.at, status = excluded.status";
    /// The gateway is gone.
    FORGET = "DELETE FROM review WHERE gateway_id = $1";
    /// The gateway is gone, or belongs to another app now.
    FORGET_META_STATUS = "DELETE FROM review_meta_status WHERE gateway_id = $1";
    /// The customer who wrote to a gateway last: $2 is a Page of it.
    LAST_CUSTOMER = "SELECT external_id FROM identity WHERE gateway_id = $1 AND account_id = $2 AND last_user_at IS NOT NULL
        ORDER BY last_user_at DESC LIMIT 1";
}

/// What the operator says, as JSON, and its version; 0 while nothing was ever said.
pub async fn answers(store: &Store, gateway: GatewayId) -> Result<(String, i64), Error> {
    let row = store.row(ANSWERS, values![gateway]).await?;
    Ok(row.map_or_else(|| ("{}".to_owned(), 0), |row| (row.text(0), row.int(1))))
}

/// What Meta said of a gateway when it was asked, as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetaStatus {
    /// When it was asked.
    pub at: Micros,
    /// What it said.
    pub json: String,
}

/// Everything that App Review's facts are made of.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The gateway; None if it was deleted.
    pub gateway: Option<Gateway>,
    /// What customers write to, by name.
    pub accounts: Vec<Account>,
    /// The logins that connected them.
    pub connections: Vec<Connection>,
    /// The last good call of each permission.
    pub uses: Vec<PermissionUse>,
    /// What Meta said.
    pub meta_status: Option<MetaStatus>,
}

/// Reads a snapshot.
pub async fn snapshot(store: &Store, gateway: GatewayId) -> Result<Snapshot, Error> {
    let answers = store
        .ask(vec![
            (gateway::BY_ID, values![gateway]),
            (account::OF_GATEWAY, values![gateway, "", "", 1_000_i64]),
            (connection::CONNECTIONS, values![gateway]),
            (permission_use::USES, values![gateway]),
            (META_STATUS, values![gateway]),
        ])
        .await?;
    Ok(Snapshot {
        gateway: answers[0].first().map(gateway::from_row),
        accounts: answers[1].iter().map(account::from_row).collect(),
        connections: answers[2].iter().map(connection::from_row).collect(),
        uses: answers[3].iter().map(permission_use::from_row).collect(),
        meta_status: answers[4].first().map(|row| MetaStatus { at: Micros(row.int(0)), json: row.text(1) }),
    })
}

/// The customer who wrote to a Page of a gateway last, by the Page's id for them.
pub async fn last_customer(store: &Store, gateway: GatewayId, page: &str) -> Result<Option<String>, Error> {
    Ok(store.row(LAST_CUSTOMER, values![gateway, page]).await?.map(|row| row.text(0)))
}

/// What the operator says now, as JSON. A conflict unless `version` is the one that is there; 0 for the first time.
pub fn save(batch: &mut Batch, gateway: GatewayId, answers: &str, version: i64) {
    match version {
        0 => batch.must(BEGIN, values![gateway, answers]),
        version => batch.must(SAVE, values![gateway, answers, version]),
    };
}

/// What Meta said, in place of what it said before.
pub fn set_meta_status(batch: &mut Batch, gateway: GatewayId, status: &MetaStatus) {
    batch.push(SET_META_STATUS, values![gateway, status.at, &status.json]);
}

/// Forgets what Meta said: the gateway belongs to another app now.
pub fn forget_meta_status(batch: &mut Batch, gateway: GatewayId) {
    batch.push(FORGET_META_STATUS, values![gateway]);
}

/// Forgets all of a gateway.
pub fn delete(batch: &mut Batch, gateway: GatewayId) {
    batch.push(FORGET, values![gateway]);
    forget_meta_status(batch, gateway);
}
