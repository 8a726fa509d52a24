//! Retries all failed deliveries, a few at a time. Its position is stored in a setting, so a restart continues.

use serde::{Deserialize, Serialize};
use store::table::{inbox, setting};
use store::{Batch, values};
use tokio::sync::watch;

use super::{body, commit, rest};
use crate::deliveries::worth_retrying;
use crate::engine::Engine;

/// Deliveries that are opened again together.
const TOGETHER: i64 = 20;
pub const KEY: &str = "deliveries.retry";

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Order {
    /// A gateway, or 0 for all.
    pub gateway: i64,
    /// Deliveries up to this id were tried.
    pub after: i64,
    /// Those beyond this id failed later.
    pub up_to: i64,
}

/// Goes on until all are open again or the server ends.
pub async fn round(app: &Engine, drain: &watch::Receiver<bool>) -> Result<(), store::Error> {
    while let Some(text) = setting::get(&app.store, KEY).await? {
        let mut order: Order = serde_json::from_str(&text).unwrap_or_default();
        let rows = app.store.rows(inbox::FAILED, values![order.after, order.gateway, TOGETHER]).await?;
        let mut batch = Batch::new();
        let directory = app.directory();
        let mut more = false;
        for row in rows.iter().filter(|row| row.int(0) <= order.up_to) {
            let (it, body) = (inbox::from_row(row), body::decoded(row.int(8), row.blob(9)));
            let enabled = directory.gateways.get(&it.gateway).map(|known| known.row.enabled);
            // What would fail in the same way stays where it is, with its reason.
            if let Ok(keys) = worth_retrying(&it.state, enabled, &body) {
                inbox::reopen(&mut batch, it.id, body, keys);
            }
            order.after = it.id.0;
            more = true;
        }
        if more {
            batch.must(setting::REPLACE, values![KEY, store::table::message::json(&order), &text]);
        } else {
            batch.must(setting::REMOVE_IF, values![KEY, &text]);
        }
        // A person may have retried one of them, or started again, at the same moment: it is looked at again.
        commit(app, batch).await?;
        if !rest(drain).await {
            return Ok(());
        }
    }
    Ok(())
}
