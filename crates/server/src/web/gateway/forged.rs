//! Counts deliveries with a wrong signature. A flood of them costs one write a second, not one each.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use domain::id::GatewayId;
use store::table::gateway;
use store::{Batch, values};

use crate::app::App;

/// Between two writes for one gateway.
const PAUSE: Duration = Duration::from_secs(1);

/// What is counted but not written down yet, by gateway. While an entry is there, somebody is writing it down.
#[derive(Debug, Default)]
pub struct Forged(Mutex<HashMap<GatewayId, i64>>);

impl Forged {
    /// One more. The first one is written down at once, those that follow together.
    pub(super) fn count(app: &App, gateway: GatewayId) {
        let mut map = app.forged.0.lock().expect("nothing panics while it is held");
        if let Some(waiting) = map.get_mut(&gateway) {
            *waiting = waiting.saturating_add(1);
            return;
        }
        map.insert(gateway, 1);
        drop(map);
        tracing::warn!(%gateway, "a delivery with a wrong or missing signature came");
        let app = app.clone();
        tokio::spawn(async move {
            while app.forged.write_down(&app, gateway).await {
                tokio::time::sleep(PAUSE).await;
            }
        });
    }

    /// How many are not written down yet.
    pub fn waiting(&self, gateway: GatewayId) -> i64 {
        self.0.lock().expect("nothing panics while it is held").get(&gateway).copied().unwrap_or(0)
    }

    /// Writes down what was counted so far. False when there is nothing left to do.
    async fn write_down(&self, app: &App, gateway: GatewayId) -> bool {
        let count = {
            let mut map = self.0.lock().expect("nothing panics while it is held");
            match map.get(&gateway) {
                Some(count) if *count > 0 => *count,
                _ => {
                    map.remove(&gateway);
                    return false;
                }
            }
        };
        let mut batch = Batch::new();
        batch.push(gateway::BAD_SIGNATURE, values![gateway, count]);
        if let Err(error) = app.store.commit(batch).await {
            tracing::warn!(%error, "wrong signatures could not be counted");
            return true;
        }
        let mut map = self.0.lock().expect("nothing panics while it is held");
        if let Some(waiting) = map.get_mut(&gateway) {
            *waiting -= count;
        }
        true
    }
}
