//! Watches over gateways: asks Meta daily, and when something failed, whether grants and subscriptions still hold;
//! and forgets what has become old.

mod check;
pub mod report;

use std::collections::HashMap;
use std::time::Duration;

use domain::id::GatewayId;
use domain::time::{DAY, HOUR, MINUTE, Micros};
use store::table::{account, event, gateway};
use store::{Batch, values};
use tokio::sync::watch;

pub use self::check::{account_died, check, check_account};
use crate::app::App;
use crate::clock::now;
use crate::work::guarded;

/// Between two looks at the clock.
const TICK: Duration = Duration::from_secs(30);
/// Gateways are asked about so often …
const DAILY: i64 = DAY;
/// … and sooner while something is unknown or wrong.
const WORRIED: i64 = 10 * MINUTE;
/// How long events are kept: streams that were away longer begin anew.
const EVENTS: i64 = 24 * HOUR;
/// How long the outcome of a login can be asked for.
const ATTEMPTS: i64 = DAY;

/// The loop.
pub async fn run(app: App, mut drain: watch::Receiver<bool>) {
    let mut checked: HashMap<GatewayId, Micros> = HashMap::new();
    let mut pruned = Micros(0);
    loop {
        let at = now();
        for known in app.directory().gateways.values() {
            let id = known.row.id;
            let last = match checked.get(&id) {
                Some(last) => *last,
                None => report::last_check(&app, id).await.map_or(Micros(0), |last| last.at),
            };
            let worried = known.secret.is_some() && known.row.secret_state == "unchecked";
            if at.since(last) >= if worried { WORRIED } else { DAILY } {
                guarded(check(&app, id)).await;
                checked.insert(id, at);
            }
        }
        if at.since(pruned) >= HOUR {
            match guarded(prune(&app, at)).await {
                Some(Err(error)) => tracing::warn!(%error, "what is old could not be forgotten"),
                _ => pruned = at,
            }
        }
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            _ = drain.changed() => return,
        }
    }
}

/// Forgets what has become old. In several small writes: none of them holds up a webhook.
async fn prune(app: &App, at: Micros) -> Result<(), store::CommitError> {
    for (sql, params) in [
        (event::FORGET, values![at.plus(-EVENTS)]),
        (gateway::FORGET_ATTEMPTS, values![at.plus(-ATTEMPTS)]),
        (account::FORGET_SESSIONS, values![at.plus(-12 * HOUR), at.plus(-30 * DAY)]),
    ] {
        let mut batch = Batch::new();
        batch.push(sql, params);
        app.store.commit(batch).await?;
    }
    Ok(())
}
