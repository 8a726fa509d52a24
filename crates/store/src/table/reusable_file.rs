//! Files that Meta stores for a Page (meta-platform.md §3.3): identified by their content, so that the same price
//! list is uploaded only once, no matter which agent sends it.

use domain::id::GatewayId;
use domain::time::Micros;

use crate::batch::statements;
use crate::{Batch, Error, Store, values};

statements! {
    /// Meta's id of a file, if Meta still stores it.
    OF = "SELECT attachment_id FROM reusable_file WHERE gateway_id = $1 AND account_id = $2 AND digest = $3 AND expires_at > $4";
    /// Records a file that Meta stores.
    STORE = "INSERT INTO reusable_file (gateway_id, account_id, digest, attachment_id, expires_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (gateway_id, account_id, digest) DO UPDATE SET attachment_id = excluded.attachment_id, expires_at = excluded.expires_at";
    /// Meta no longer knows an id.
    FORGET = "DELETE FROM reusable_file WHERE gateway_id = $1 AND account_id = $2 AND attachment_id = $3";
    /// Deletes expired ones.
    FORGET_EXPIRED = "DELETE FROM reusable_file WHERE expires_at <= $1";
}

/// Meta's id of a file with this content, if Meta still stores it at `now`.
pub async fn of(
    store: &Store,
    gateway: GatewayId,
    page: &str,
    digest: &str,
    now: Micros,
) -> Result<Option<String>, Error> {
    Ok(store.row(OF, values![gateway, page, digest, now]).await?.map(|row| row.text(0)))
}

/// Stores Meta's id of a file, and deletes those that expired by `now`.
pub fn store(
    batch: &mut Batch,
    gateway: GatewayId,
    page: &str,
    digest: &str,
    id: &str,
    now: Micros,
    expires_at: Micros,
) {
    batch.push(FORGET_EXPIRED, values![now]);
    batch.push(STORE, values![gateway, page, digest, id, expires_at]);
}

/// Meta no longer knows an id.
pub fn forget(batch: &mut Batch, gateway: GatewayId, page: &str, id: &str) {
    batch.push(FORGET, values![gateway, page, id]);
}
