//! Meta's App Review of a gateway: the operator's answers, and the status at Meta when it was last asked. Both are
//! JSON that only the server reads.

use domain::id::GatewayId;
use domain::time::Micros;

use super::account::{self, Account};
use super::connection::{self, Connection};
use super::gateway::{self, Gateway};
use super::permission_use::{self, PermissionUse};
use crate::batch::statements;
use crate::{Batch, Error, Store, values};

statements! {
    /// The operator's answers for a gateway's review.
    ANSWERS = "SELECT answers, version FROM review WHERE gateway_id = $1";
    /// Saves the operator's first answers; changes nothing if another user was faster.
    BEGIN = "INSERT INTO review (gateway_id, answers, version) VALUES ($1, $2, 1) ON CONFLICT (gateway_id) DO NOTHING";
    /// Changes the operator's answers; $3 is the version that was read.
    SAVE = "UPDATE review SET answers = $2, version = version + 1 WHERE gateway_id = $1 AND version = $3";
    /// Meta's status when it was last asked.
    META_STATUS = "SELECT at, status FROM review_meta_status WHERE gateway_id = $1";
    /// Meta was asked.
    SET_META_STATUS = "INSERT INTO review_meta_status (gateway_id, at, status) VALUES ($1, $2, $3)
        ON CONFLICT (gateway_id) DO UPDATE SET at = excluded.at, status = excluded.status";
    /// The gateway is gone.
    FORGET = "DELETE FROM review WHERE gateway_id = $1";
    /// The gateway is gone, or belongs to another app now.
    FORGET_META_STATUS = "DELETE FROM review_meta_status WHERE gateway_id = $1";
    /// The customer who last wrote to a gateway: $2 is a Page of it.
    LAST_CUSTOMER = "SELECT external_id FROM identity WHERE gateway_id = $1 AND account_id = $2 AND last_user_at IS NOT NULL
        ORDER BY last_user_at DESC LIMIT 1";
}

/// The operator's answers, as JSON, and their version; 0 if there are none yet.
pub async fn answers(store: &Store, gateway: GatewayId) -> Result<(String, i64), Error> {
    let row = store.row(ANSWERS, values![gateway]).await?;
    Ok(row.map_or_else(|| ("{}".to_owned(), 0), |row| (row.text(0), row.int(1))))
}

/// Meta's status of a gateway when it was last asked, as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetaStatus {
    /// When it was asked.
    pub at: Micros,
    /// The status.
    pub json: String,
}

/// Everything that App Review's facts are built from.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The gateway; None if it was deleted.
    pub gateway: Option<Gateway>,
    /// What customers write to, by name.
    pub accounts: Vec<Account>,
    /// The logins that connected them.
    pub connections: Vec<Connection>,
    /// The last successful call for each permission.
    pub uses: Vec<PermissionUse>,
    /// Meta's status.
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

/// The customer who last wrote to a Page of a gateway, by the Page's id for them.
pub async fn last_customer(store: &Store, gateway: GatewayId, page: &str) -> Result<Option<String>, Error> {
    Ok(store.row(LAST_CUSTOMER, values![gateway, page]).await?.map(|row| row.text(0)))
}

/// Saves the operator's answers, as JSON. A conflict unless `version` is the current one; 0 for the first time.
pub fn save(batch: &mut Batch, gateway: GatewayId, answers: &str, version: i64) {
    match version {
        0 => batch.must(BEGIN, values![gateway, answers]),
        version => batch.must(SAVE, values![gateway, answers, version]),
    };
}

/// Replaces Meta's status.
pub fn set_meta_status(batch: &mut Batch, gateway: GatewayId, status: &MetaStatus) {
    batch.push(SET_META_STATUS, values![gateway, status.at, &status.json]);
}

/// Deletes Meta's status: the gateway belongs to another app now.
pub fn forget_meta_status(batch: &mut Batch, gateway: GatewayId) {
    batch.push(FORGET_META_STATUS, values![gateway]);
}

/// Deletes all of a gateway.
pub fn delete(batch: &mut Batch, gateway: GatewayId) {
    batch.push(FORGET, values![gateway]);
    forget_meta_status(batch, gateway);
}
