//! Counts deliveries with a wrong signature. Even very many of them cost one write a second, not one each.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::id::GatewayId;
use domain::time::{HOUR, Micros};
use store::table::{gateway, health};
use store::{Batch, Store};

use crate::check_requests::request_check;
use crate::clock::Clock;

/// Between two writes for one gateway.
const PAUSE: Duration = Duration::from_secs(1);

/// What is counted but not stored yet, by gateway. While an entry exists, a task is storing it.
#[derive(Debug, Clone)]
pub struct SignatureFailures(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    store: Store,
    clock: Clock,
    waiting: Mutex<HashMap<GatewayId, i64>>,
    /// When Meta was last asked because of them: strangers must not be able to make us ask all the time.
    worried: Mutex<HashMap<GatewayId, Micros>>,
}

impl SignatureFailures {
    /// Creates a counter for this store.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self(Arc::new(Counts { store, clock, waiting: Mutex::default(), worried: Mutex::default() }))
    }

    /// Counts one more. The first one is stored at once, the following ones together.
    pub fn count(&self, gateway: GatewayId) {
        let mut map = self.0.waiting.lock().expect("nothing panics while it is held");
        if let Some(waiting) = map.get_mut(&gateway) {
            *waiting = waiting.saturating_add(1);
            return;
        }
        map.insert(gateway, 1);
        drop(map);
        tracing::warn!(%gateway, "a delivery with a wrong or missing signature came");
        let counts = Arc::clone(&self.0);
        tokio::spawn(async move {
            while counts.write_down(gateway).await {
                tokio::time::sleep(PAUSE).await;
            }
        });
    }

    /// How many are not stored yet.
    pub fn waiting(&self, gateway: GatewayId) -> i64 {
        self.0.waiting.lock().expect("nothing panics while it is held").get(&gateway).copied().unwrap_or(0)
    }
}

impl Counts {
    /// Whether Meta may be asked again whether our secret is still the right one.
    fn is_worth_asking(&self, gateway: GatewayId, at: Micros) -> bool {
        let mut map = self.worried.lock().expect("nothing panics while it is held");
        let last = map.entry(gateway).or_default();
        let worth = at.since(*last) > HOUR;
        if worth {
            *last = at;
        }
        worth
    }

    /// Stores what was counted so far. False when there is nothing left to do.
    async fn write_down(&self, gateway: GatewayId) -> bool {
        let count = {
            let mut map = self.waiting.lock().expect("nothing panics while it is held");
            match map.get(&gateway) {
                Some(count) if *count > 0 => *count,
                _ => {
                    map.remove(&gateway);
                    return false;
                }
            }
        };
        let mut batch = Batch::new();
        gateway::count_bad_signatures(&mut batch, gateway, count);
        health::note_times(&mut batch, gateway, "", "bad_signatures", self.clock.now(), count);
        if self.is_worth_asking(gateway, self.clock.now()) {
            request_check(&mut batch, gateway, "", "signature", self.clock.now());
        }
        if let Err(error) = self.store.commit(batch).await {
            tracing::warn!(%error, "wrong signatures could not be counted");
            return true;
        }
        let mut map = self.waiting.lock().expect("nothing panics while it is held");
        if let Some(waiting) = map.get_mut(&gateway) {
            *waiting -= count;
        }
        true
    }
}
