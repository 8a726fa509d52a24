//! Requests for a health check of a gateway, from any code that finds a failure. `health` carries them out.

use std::sync::Mutex;

use domain::id::GatewayId;
use domain::time::Micros;
use store::Batch;
use store::table::health;

/// Requests a check of a gateway, in the batch that records the failure.
pub fn request_check(batch: &mut Batch, gateway: GatewayId, page: &str, why: &str, at: Micros) {
    health::note(batch, gateway, page, "worry", at, why);
}

/// Accounts to be checked before the rest of their gateway. Losing them only costs time: the check of the gateway
/// includes them.
#[derive(Debug, Default)]
pub struct CheckRequests(Mutex<Vec<(GatewayId, i64)>>);

impl CheckRequests {
    /// Requests a check of an account, by the row of its connection.
    pub fn account(&self, gateway: GatewayId, connection: i64) {
        let mut waiting = self.0.lock().expect("nothing panics while it is held");
        if !waiting.contains(&(gateway, connection)) {
            waiting.push((gateway, connection));
        }
    }

    /// Takes the accounts that are waiting for a check.
    pub fn take_accounts(&self) -> Vec<(GatewayId, i64)> {
        std::mem::take(&mut *self.0.lock().expect("nothing panics while it is held"))
    }
}
