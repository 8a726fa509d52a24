//! Applies what Meta delivered: in order of arrival for one customer, in parallel for different ones.
//!
//! An event is settled in the batch that applies it, so it is applied once, whoever dies when. One that cannot
//! be applied is written down with its delivery and never holds up anybody else.

mod apply;
mod past;
mod pressure;
pub mod revise;

pub use past::Found;
pub use pressure::Pressure;

use std::collections::{HashMap, HashSet};
use std::hash::{Hash as _, Hasher as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::id::{DeliveryId, GatewayId};
use domain::inbound::Inbound;
use futures_util::StreamExt as _;
use store::table::inbox;
use store::{Batch, Bell, CommitError, values};
use tokio::sync::watch;

use crate::app::App;
use crate::clock::now;
use crate::work::{guarded, until, woken};

/// Events that are looked at together.
const PAGE: usize = 512;
/// The same while those who came later are let past a long line.
const PAGE_BESIDE: usize = 192;
/// Events of a long line that are looked through together for whose they are …
const LINE_PAGE: usize = 4_096;
/// … and how many at most: of a longer one nobody is let past.
const LONGEST_LINE: usize = 500_000;
/// Customers served at the same time: as many turns share one commit.
const ABREAST: usize = 64;
/// While webhooks press hard, so many events are looked at together …
const PAGE_PRESSED: usize = 32;
/// … with such a pause after them.
const PAUSE_PRESSED: Duration = Duration::from_millis(25);

/// One event that waits.
#[derive(Debug)]
pub struct Waiting {
    /// Its delivery.
    pub delivery: DeliveryId,
    /// Which event of it.
    pub n: i64,
    /// The gateway that it came to.
    pub gateway: GatewayId,
    /// What it says; None if its delivery cannot be read any more.
    pub event: Option<Inbound>,
    /// How it came to us.
    pub found: Found,
}

/// What became of an event, as the delivery counts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing in it was for us.
    Ignored(Option<String>),
    /// It is applied.
    Applied,
    /// It could not be applied; the sentence says why.
    Failed(String),
}

impl Outcome {
    /// Adds to a batch that the event is settled so.
    pub fn settle(self, batch: &mut Batch, waiting: &Waiting) {
        let (outcome, error) = match self {
            Outcome::Ignored(why) => (0, why),
            Outcome::Applied => (1, None),
            Outcome::Failed(why) => (2, Some(why)),
        };
        inbox::settle(batch, waiting.delivery, waiting.n, outcome, error);
    }
}

/// The loop: sweeps over what waits, from the oldest on, until nothing does.
pub async fn run(app: App, mut drain: watch::Receiver<bool>) {
    let mut ear = app.store.bells().ear(Bell::Inbox);
    loop {
        if let Err(error) = sweep(&app, &drain).await {
            tracing::warn!(%error, "deliveries cannot be applied now; they are kept and tried again");
        }
        // Changes whose message came after them; the table is empty but for moments.
        if let Some(Err(error)) = guarded(revise::ripen(&app)).await {
            tracing::warn!(%error, "changes that wait for their message cannot be made now; they are kept");
        }
        if !woken(&mut ear, &mut drain, until(None)).await {
            return;
        }
    }
}

async fn sweep(app: &App, drain: &watch::Receiver<bool>) -> Result<(), store::Error> {
    let mut place = inbox::START;
    let mut held = Held::default();
    let mut passing: Option<Passing> = None;
    while !*drain.borrow() {
        let pressed = app.pressure.is_hard();
        let size = match (pressed, &passing) {
            (true, _) => PAGE_PRESSED,
            (false, Some(_)) => PAGE_BESIDE,
            (false, None) => PAGE,
        };
        let rows = inbox::due(&app.store, place, size).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        place = last.place;
        let full = rows.len() == size;
        apply(app, rows, &mut held).await?;
        if pressed {
            tokio::time::sleep(PAUSE_PRESSED).await;
        } else if let Some(passing) = &mut passing {
            passing.on(app).await?;
        } else if full {
            passing = Passing::of(app, place, &held).await?;
        }
    }
    Ok(())
}

/// Customers of whom something waits that must come first, by a hash of their key.
#[derive(Debug, Default, Clone)]
struct Held(HashSet<u64>);

impl Held {
    fn hash(key: &str) -> u64 {
        let mut hasher = std::hash::DefaultHasher::new();
        key.hash(&mut hasher);
        hasher.finish()
    }

    fn add(&mut self, key: &str) {
        self.0.insert(Self::hash(key));
    }

    fn holds(&self, key: &str) -> bool {
        self.0.contains(&Self::hash(key))
    }
}

/// After an outage thousands wait in line. Who writes now, and has nothing in that line, need not stand behind it.
#[derive(Debug)]
struct Passing {
    place: inbox::Place,
    in_line: Held,
}

impl Passing {
    /// The line behind a place, as it is now. None if it is too long to be remembered.
    async fn of(app: &App, mut place: inbox::Place, held: &Held) -> Result<Option<Self>, store::Error> {
        let mut in_line = held.clone();
        for _ in 0..LONGEST_LINE / LINE_PAGE {
            let rows = inbox::due(&app.store, place, LINE_PAGE).await?;
            let Some(last) = rows.last() else { return Ok(Some(Self { place, in_line })) };
            place = last.place;
            rows.iter().for_each(|row| in_line.add(&row.key));
        }
        Ok(None)
    }

    /// Applies what has come since, of customers who are not in the line. The others' is left to the sweep.
    async fn on(&mut self, app: &App) -> Result<(), store::Error> {
        let rows = inbox::due(&app.store, self.place, PAGE_BESIDE).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        self.place = last.place;
        apply(app, rows, &mut self.in_line).await
    }
}

/// Applies events: customers in parallel, those of one in order. Who is in `held` is passed over, and whose event
/// cannot be applied now is added to it, so that nothing of theirs overtakes it.
async fn apply(app: &App, rows: Vec<inbox::Due>, held: &mut Held) -> Result<(), store::Error> {
    let rows: Vec<inbox::Due> = rows.into_iter().filter(|row| !held.holds(&row.key)).collect();
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(()) };
    let bodies = app.store.rows(inbox::BODIES, values![first.place.delivery, last.place.delivery]).await?;
    let mut deliveries: HashMap<i64, (GatewayId, Found, Vec<Option<Inbound>>)> =
        HashMap::with_capacity(bodies.len());
    for row in bodies {
        let events = channels::meta::webhook::decode(&row.blob(2)).unwrap_or_default();
        let found = Found::from_column(row.int(3));
        deliveries.insert(row.int(0), (GatewayId(row.int(1)), found, events.into_iter().map(Some).collect()));
    }
    metrics::counter!("deskbell_inbox_events_total").increment(rows.len() as u64);
    // Customers in the order in which their first event came, each with their events in order.
    let mut lanes: Vec<(String, Vec<Waiting>)> = Vec::new();
    let mut at: HashMap<String, usize> = HashMap::new();
    for inbox::Due { place, key } in rows {
        let (gateway, found, event) = match deliveries.get_mut(&place.delivery.0) {
            Some((gateway, found, events)) => {
                let index = usize::try_from(place.n).unwrap_or(usize::MAX);
                (*gateway, *found, events.get_mut(index).and_then(Option::take))
            }
            None => (GatewayId(0), Found::Live, None),
        };
        let waiting = Waiting { delivery: place.delivery, n: place.n, gateway, event, found };
        match at.get(&key) {
            Some(index) => lanes[*index].1.push(waiting),
            None => {
                at.insert(key.clone(), lanes.len());
                lanes.push((key, vec![waiting]));
            }
        }
    }
    let stuck = Mutex::new(Vec::new());
    futures_util::stream::iter(lanes)
        .for_each_concurrent(ABREAST, async |(key, events)| {
            let _lane = app.lanes.enter(&key).await;
            for waiting in events {
                if let Err(error) = one(app, waiting).await {
                    // The rest of this customer waits too, so that order is kept.
                    tracing::warn!(%error, "an event could not be applied now; it is kept and tried again");
                    stuck.lock().expect("nothing panics while it is held").push(key);
                    break;
                }
            }
        })
        .await;
    let stuck = stuck.into_inner().expect("nothing panics while it is held");
    stuck.iter().for_each(|key| held.add(key));
    Ok(())
}

/// Applies one event, or writes down why not. An error means: later, with all that follows.
async fn one(app: &App, waiting: Waiting) -> Result<(), store::Error> {
    let outcome = match guarded(apply::event(app, &waiting)).await {
        Some(Ok(())) => return Ok(()),
        Some(Err(error)) => return Err(error),
        None => {
            Outcome::Failed("Deskbell made a mistake while applying it: see its log. It can be retried.".into())
        }
    };
    let mut batch = Batch::new();
    outcome.settle(&mut batch, &waiting);
    finish(app, batch).await.map(|_| ())
}

/// Commits; a conflict means that another one settled the event, which is just as well. True if it was us.
pub(super) async fn finish(app: &App, batch: Batch) -> Result<bool, store::Error> {
    match app.store.commit(batch).await {
        Ok(_) => Ok(true),
        Err(CommitError::Store(error)) => Err(error),
        Err(_) => Ok(false),
    }
}

/// The gateway that an event came to, if it is still there.
fn gateway(app: &App, id: GatewayId) -> Option<Arc<crate::directory::KnownGateway>> {
    app.directory().gateways.get(&id).cloned()
}

/// Notes when the last event came, beside the road and at most once a minute.
fn note_event(batch: &mut Batch, waiting: &Waiting, page: &str, known: Option<domain::time::Micros>) {
    let at = now();
    if known.is_none_or(|last| at.since(last) > domain::time::MINUTE) {
        batch.push(store::table::gateway::EVENT_AT, values![waiting.gateway, at]);
        batch.push(store::table::page::EVENT_AT, values![waiting.gateway, page, at]);
        batch.ring(Bell::Config);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    async fn app(folder: &std::path::Path) -> App {
        let data = folder.display().to_string();
        let database = format!("sqlite:{data}/deskbell.db");
        App::open(Config::load(None, &[("data_dir", data), ("database_url", database)]).unwrap()).await.unwrap()
    }

    /// Keeps one event for each key, as a delivery of a gateway that is gone: it needs nothing to be settled.
    async fn arrive(app: &App, keys: &[&str]) {
        let arrived = inbox::Arrived {
            id: DeliveryId(app.ids.next()),
            gateway: GatewayId(1),
            page: None,
            at: now(),
            body: b"{}".to_vec(),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            unreadable: None,
        };
        app.store.commit(inbox::arrive(arrived)).await.unwrap();
    }

    async fn waiting(app: &App) -> Vec<String> {
        let rows = inbox::due(&app.store, inbox::START, 100).await.unwrap();
        rows.into_iter().map(|row| row.key).collect()
    }

    #[tokio::test]
    async fn who_writes_now_passes_a_long_line_unless_something_of_theirs_stands_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let app = app(folder.path()).await;
        arrive(&app, &["200 ann", "200 ben"]).await;
        let mut passing = Passing::of(&app, inbox::START, &Held::default()).await.unwrap().unwrap();

        arrive(&app, &["200 ann", "200 cai", "200 cai"]).await;
        passing.on(&app).await.unwrap();
        assert_eq!(waiting(&app).await, ["200 ann", "200 ben", "200 ann"], "only Cai was served");

        let (_drain, drained) = watch::channel(false);
        sweep(&app, &drained).await.unwrap();
        assert_eq!(waiting(&app).await, Vec::<String>::new());
    }

    #[tokio::test]
    async fn nothing_of_a_customer_overtakes_an_event_that_could_not_be_applied() {
        let folder = tempfile::tempdir().unwrap();
        let app = app(folder.path()).await;
        arrive(&app, &["200 ann", "200 ben"]).await;
        let mut held = Held::default();
        held.add("200 ann");
        let rows = inbox::due(&app.store, inbox::START, 100).await.unwrap();
        apply(&app, rows, &mut held).await.unwrap();
        assert_eq!(waiting(&app).await, ["200 ann"]);
    }
}
