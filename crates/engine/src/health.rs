//! Watches over gateways: asks Meta daily, at the start and after failures whether grants and subscriptions are still
//! valid; learns usual traffic; raises alarms; and deletes old rows.

mod account_action;
pub mod alarm;
mod check;
pub mod finding;
mod habit;
mod local;
pub mod report;
pub mod sends;
mod subscriptions;
mod tokens;

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use domain::id::GatewayId;
use domain::time::{DAY, HOUR, MINUTE, Micros};
use store::table::gateway::SecretState;
use store::table::message::json;
use store::table::{event, health, login_attempt, pending_update, session};
use store::{Batch, CommitError, Signal};

pub use self::check::{account_died, check, check_account};
use self::habit::Habit;
pub use self::subscriptions::{Renewed, renew};
use crate::engine::Engine;
use crate::inbox::revise;
use crate::sessions;
use crate::worker::guarded;
use crate::worker::{Context, Next, Schedule, Worker};

/// The pause between two checks of the store.
const TICK: Duration = Duration::from_secs(30);
/// Changes come in groups: a round waits this long for the rest of a group.
const SWARM: Duration = Duration::from_secs(2);
/// How often gateways are checked.
const DAILY: i64 = DAY;
/// The interval while something is unknown.
const UNSURE: i64 = 10 * MINUTE;
/// The delay after a failure, so that not each failure causes a check.
const DEBOUNCE: i64 = MINUTE;
/// At the start gateways are checked, unless there was a check within this time: Meta may have removed Pages in the
/// meantime.
const START: i64 = 5 * MINUTE;
/// How long events are stored. Streams that were disconnected for longer start over, and outgoing webhooks have been
/// switched off by then.
const EVENTS: i64 = 26 * HOUR;
/// How long the outcome of a login can be queried.
const ATTEMPTS: i64 = DAY;
/// The maximum number of manual checks per gateway and minute.
const MANUAL_CHECKS: usize = 10;

/// The fact that a host permanently refused a customer's file.
pub const FILE_REFUSED: &str = "file_refused";

/// Checks that users requested in the last minute.
#[derive(Debug, Default)]
pub struct ManualChecks(Mutex<HashMap<GatewayId, Vec<Micros>>>);

impl ManualChecks {
    /// Counts one. Returns the seconds to wait if there were too many.
    pub fn count(&self, gateway: GatewayId, at: Micros) -> Result<(), u64> {
        let mut map = self.0.lock().expect("nothing panics while it is held");
        let recent = map.entry(gateway).or_default();
        recent.retain(|before| at.since(*before) < MINUTE);
        if recent.len() >= MANUAL_CHECKS {
            let left = MINUTE - at.since(recent[0]);
            return Err(u64::try_from(left / domain::time::SECOND + 1).unwrap_or(60));
        }
        recent.push(at);
        Ok(())
    }
}

/// Watches over gateways, and deletes old rows.
#[derive(Debug)]
pub struct Health {
    app: Engine,
    started: Micros,
    watched: HashMap<GatewayId, Watched>,
    pruned: Micros,
}

impl Worker for Health {
    const SCHEDULE: Schedule = Schedule {
        poll: TICK,
        rest: SWARM,
        patience: Duration::from_secs(600),
        ..Schedule::new("health", Some(Signal::Config))
    };

    fn new(app: &Engine) -> Self {
        Self { app: app.clone(), started: app.clock.now(), watched: HashMap::new(), pruned: Micros(0) }
    }

    async fn round(&mut self, _: &Context) -> Result<Next, store::Error> {
        for (gateway, connection) in self.app.check_requests.take_accounts() {
            check_account(&self.app, gateway, connection).await;
        }
        let watched = round(&self.app, self.started, &mut self.watched).await;
        conflict_is_fine(watched)?;
        let at = self.app.clock.now();
        if at.since(self.pruned) >= HOUR {
            conflict_is_fine(prune(&self.app, at).await)?;
            self.pruned = at;
        }
        Ok(Next::Poll)
    }
}

/// A conflict means that another writer changed the same data: the next round reads it again.
fn conflict_is_fine(result: Result<(), CommitError>) -> Result<(), store::Error> {
    match result {
        Err(CommitError::Store(error)) => Err(error),
        _ => Ok(()),
    }
}

/// What the worker remembers about a gateway.
#[derive(Debug, Default)]
struct Watched {
    checked: Micros,
    habits: HashMap<String, (Habit, Micros)>,
}

async fn round(
    app: &Engine,
    started: Micros,
    watched: &mut HashMap<GatewayId, Watched>,
) -> Result<(), CommitError> {
    let worries = health::requested_checks(&app.store).await?;
    let gateways: Vec<_> = app.directory().gateways.values().cloned().collect();
    watched.retain(|id, _| gateways.iter().any(|known| known.row.id == *id));
    for known in gateways {
        let (id, at) = (known.row.id, app.clock.now());
        let it = match watched.entry(id) {
            std::collections::hash_map::Entry::Occupied(it) => it.into_mut(),
            std::collections::hash_map::Entry::Vacant(place) => {
                let checked = report::last_check(app, id).await.map_or(Micros(0), |last| last.at);
                let mut habits = HashMap::new();
                for fact in health::facts(&app.store, id).await?.into_iter().filter(|fact| fact.name == "habit") {
                    let habit = serde_json::from_str(&fact.word).unwrap_or_default();
                    habits.insert(fact.page, (habit, fact.at));
                }
                place.insert(Watched { checked, habits })
            }
        };
        learn(app, id, &mut it.habits, at).await?;
        let unsure = known.secret.is_some() && known.row.secret_state == SecretState::Unchecked;
        let worried = worries.get(&id).is_some_and(|requested| *requested > it.checked);
        let start = it.checked < started.plus(-START);
        let pause = match () {
            () if start => 0,
            () if worried => DEBOUNCE,
            () if unsure => UNSURE,
            () => DAILY,
        };
        if at.since(it.checked) >= pause {
            it.checked = at;
            guarded(check(app, id)).await;
        } else {
            alarm::update(app, id).await;
        }
    }
    Ok(())
}

/// Learns how often the pages of a gateway get events. Stored now and then, so a restart loses a few minutes.
async fn learn(
    app: &Engine,
    gateway: GatewayId,
    habits: &mut HashMap<String, (Habit, Micros)>,
    at: Micros,
) -> Result<(), CommitError> {
    let (directory, activity) = (app.directory(), app.activity());
    let mut batch = Batch::new();
    for page in directory.accounts.values().filter(|page| page.gateway == gateway) {
        let Some(last) = activity.last_event_of(gateway, &page.account_id) else { continue };
        let (habit, written) = habits.entry(page.account_id.clone()).or_default();
        if habit.saw(last) && at.since(*written) > START {
            health::note(&mut batch, gateway, &page.account_id, "habit", at, &json(habit));
            *written = at;
        }
    }
    if batch.is_empty() { Ok(()) } else { app.store.commit(batch).await.map(|_| ()) }
}

/// Deletes old rows, in several small writes, so that none of them delays a webhook.
async fn prune(app: &Engine, at: Micros) -> Result<(), CommitError> {
    let forget: [&(dyn Fn(&mut Batch) + Sync); 4] = [
        &|batch| event::forget(batch, at.plus(-EVENTS)),
        &|batch| pending_update::forget(batch, at.plus(-revise::PATIENCE)),
        &|batch| login_attempt::forget(batch, at.plus(-ATTEMPTS)),
        &|batch| session::forget(batch, at.plus(-sessions::IDLE), at.plus(-sessions::LONGEST)),
    ];
    for forget in forget {
        let mut batch = Batch::new();
        forget(&mut batch);
        app.store.commit(batch).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_by_hand_are_free_until_they_are_too_many() {
        let manual_checks = ManualChecks::default();
        let at = Micros(1_000 * MINUTE);
        for _ in 0..MANUAL_CHECKS {
            assert_eq!(manual_checks.count(GatewayId(1), at), Ok(()));
        }
        assert_eq!(manual_checks.count(GatewayId(1), at), Err(61));
        assert_eq!(manual_checks.count(GatewayId(2), at), Ok(()));
        assert_eq!(manual_checks.count(GatewayId(1), at.plus(MINUTE)), Ok(()));
    }
}
