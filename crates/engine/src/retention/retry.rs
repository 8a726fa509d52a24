//! Retries all failed deliveries, a few at a time. Its position is stored in a setting, so a restart continues.

use domain::id::{DeliveryId, GatewayId};
use serde::{Deserialize, Serialize};
use store::Batch;
use store::json::json;
use store::table::{delivery, inbox, setting};
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
        let gateway = Some(GatewayId(order.gateway)).filter(|id| id.0 != 0);
        let failed = delivery::failed(&app.store, gateway, DeliveryId(order.after), TOGETHER).await?;
        let mut batch = Batch::new();
        let directory = app.directory();
        let mut more = false;
        for (it, body) in failed.into_iter().filter(|(it, _)| it.id.0 <= order.up_to) {
            let body = body::decoded(body);
            let enabled = directory.gateways.get(&it.gateway).map(|known| known.row.enabled);
            // What would fail in the same way stays where it is, with its reason.
            if let Ok(keys) = worth_retrying(&app.channels, it.state, enabled, &body) {
                inbox::reopen(&mut batch, it.id, body, keys);
            }
            order.after = it.id.0;
            more = true;
        }
        if more {
            setting::replace(&mut batch, KEY, Some(&text), &json(&order));
        } else {
            setting::remove(&mut batch, KEY, &text);
        }
        // A person may have retried one of them, or started again, at the same moment: it is looked at again.
        commit(app, batch).await?;
        if !rest(drain).await {
            return Ok(());
        }
    }
    Ok(())
}
