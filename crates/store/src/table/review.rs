//! Meta's App Review of a gateway: what the operator says of it, and what Meta said when it was asked last. Both are JSON
//! that only the server reads.

use domain::id::GatewayId;

use crate::batch::statements;
use crate::{Error, Store, values};

statements! {
    /// What the operator says of a gateway's review.
    SAID = "SELECT said, version FROM review WHERE gateway_id = $1";
    /// The operator says the first word; changes nothing if somebody was quicker.
    BEGIN = "INSERT INTO review (gateway_id, said, version) VALUES ($1, $2, 1) ON CONFLICT (gateway_id) DO NOTHING";
    /// The operator says something else; $3 is the version that was read.
    SAVE = "UPDATE review SET said = $2, version = version + 1 WHERE gateway_id = $1 AND version = $3";
    /// What Meta said when it was asked last.
    HEARD = "SELECT at, heard FROM review_heard WHERE gateway_id = $1";
    /// Meta was asked.
    HEAR = "INSERT INTO review_heard (gateway_id, at, heard) VALUES ($1, $2, $3)
        ON CONFLICT (gateway_id) DO UPDATE SET at = excluded.at, heard = excluded.heard";
    /// The gateway is gone.
    FORGET = "DELETE FROM review WHERE gateway_id = $1";
    /// The gateway is gone, or belongs to another app now.
    UNHEAR = "DELETE FROM review_heard WHERE gateway_id = $1";
    /// The customer who wrote to a gateway last: $2 is a Page of it.
    LAST_CUSTOMER = "SELECT external_id FROM identity WHERE gateway_id = $1 AND page_id = $2 AND last_user_at IS NOT NULL
        ORDER BY last_user_at DESC LIMIT 1";
}

/// What the operator says, as JSON, and its version; 0 while nothing was ever said.
pub async fn said(store: &Store, gateway: GatewayId) -> Result<(String, i64), Error> {
    let row = store.row(SAID, values![gateway]).await?;
    Ok(row.map_or_else(|| ("{}".to_owned(), 0), |row| (row.text(0), row.int(1))))
}
