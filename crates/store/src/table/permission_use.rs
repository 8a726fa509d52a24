//! The last successful call for each permission, by gateway: evidence for App Review.

use domain::id::GatewayId;
use domain::time::Micros;

use crate::batch::statements;
use crate::{Batch, Error, Row, Store, values};

statements! {
    /// Records the last successful call that needed a permission.
    USED = "INSERT INTO permission_use (gateway_id, permission, endpoint, at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (gateway_id, permission) DO UPDATE SET endpoint = excluded.endpoint, at = excluded.at";
    /// The last successful call for each permission.
    USES = "SELECT permission, endpoint, at FROM permission_use WHERE gateway_id = $1 ORDER BY permission";
    /// Calls for another app are no evidence for this one.
    FORGET_USES = "DELETE FROM permission_use WHERE gateway_id = $1";
}

/// The last successful call that needed a permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionUse {
    /// The permission.
    pub permission: String,
    /// What was called.
    pub endpoint: String,
    /// When.
    pub at: Micros,
}

pub(crate) fn from_row(row: &Row) -> PermissionUse {
    PermissionUse { permission: row.text(0), endpoint: row.text(1), at: Micros(row.int(2)) }
}

/// The last successful call for each permission of a gateway.
pub async fn of_gateway(store: &Store, gateway: GatewayId) -> Result<Vec<PermissionUse>, Error> {
    Ok(store.rows(USES, values![gateway]).await?.iter().map(from_row).collect())
}

/// A call that needed a permission succeeded.
pub fn note(batch: &mut Batch, gateway: GatewayId, permission: &str, endpoint: &str, at: Micros) {
    batch.push(USED, values![gateway, permission, endpoint, at]);
}

/// Deletes all of a gateway: it belongs to another app now.
pub fn delete_all(batch: &mut Batch, gateway: GatewayId) {
    batch.push(FORGET_USES, values![gateway]);
}
