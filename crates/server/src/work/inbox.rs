//! Applies what Meta delivered: in order of arrival for one customer, in parallel for different ones.
//!
//! An event is settled in the batch that applies it, so it is applied once, whoever dies when. One that cannot
//! be applied is written down with its delivery and never holds up anybody else.

mod apply;
mod facts;
mod line;
mod past;
mod pressure;
pub mod revise;

pub use past::Found;
pub use pressure::Pressure;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use domain::id::{DeliveryId, GatewayId};
use domain::inbound::Inbound;
use domain::thread_key::ThreadKey;
use futures_util::StreamExt as _;
use store::table::{event, inbox};
use store::{Batch, Bell, CommitError, values};
use tokio::sync::watch;

use self::facts::Facts;
use self::line::Held;
use crate::app::App;
use crate::clock::now;
use crate::work::{guarded, until, woken};

/// Customers served at the same time: as many turns share one commit …
const ABREAST: usize = 128;
/// … and of a long line, so that a commit that somebody else waits for is soon over.
const ABREAST_IN_LINE: usize = 48;
/// Customers whose turns' facts are read in one question.
const TOGETHER: usize = 64;

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
    /// Whether it stands in a long line that is worked off.
    pub bulk: bool,
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
        if waiting.bulk {
            event::in_bulk(batch);
        }
    }
}

/// The loop: sweeps over what waits, from the oldest on, until nothing does.
pub async fn run(app: App, mut drain: watch::Receiver<bool>) {
    let mut ear = app.store.bells().ear(Bell::Inbox);
    loop {
        if let Err(error) = line::sweep(&app, &drain).await {
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

/// Applies events: customers in parallel, those of one in order. Who is in `held` is passed over, and whose event
/// cannot be applied now is added to it, so that nothing of theirs overtakes it.
async fn apply(app: &App, rows: Vec<inbox::Due>, held: &mut Held, bulk: bool) -> Result<(), store::Error> {
    let rows: Vec<inbox::Due> = rows.into_iter().filter(|row| !held.holds(&row.key)).collect();
    metrics::counter!("deskbell_inbox_events_total").increment(rows.len() as u64);
    let stuck = Mutex::new(Vec::new());
    futures_util::stream::iter(lanes(app, rows, bulk).await?)
        .chunks(TOGETHER)
        .map(|lanes| facts::read(app, lanes))
        .buffered(2)
        .flat_map(futures_util::stream::iter)
        .for_each_concurrent(if bulk { ABREAST_IN_LINE } else { ABREAST }, |(lane, facts)| {
            serve(app, lane, facts, &stuck)
        })
        .await;
    let stuck = stuck.into_inner().expect("nothing panics while it is held");
    stuck.iter().for_each(|key| held.add(key));
    Ok(())
}

/// A customer's events of one page, in order.
#[derive(Debug)]
struct Lane {
    key: ThreadKey,
    events: Vec<Waiting>,
}

/// Sorts events by customer: in the order in which each one's first event came.
async fn lanes(app: &App, rows: Vec<inbox::Due>, bulk: bool) -> Result<Vec<Lane>, store::Error> {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(Vec::new()) };
    let bodies = app.store.rows(inbox::BODIES, values![first.place.delivery, last.place.delivery]).await?;
    let mut deliveries: HashMap<i64, (GatewayId, Found, Vec<Option<Inbound>>)> =
        HashMap::with_capacity(bodies.len());
    for row in bodies {
        let events = channels::meta::webhook::decode(&row.blob(2)).unwrap_or_default();
        let found = Found::from_column(row.int(3));
        deliveries.insert(row.int(0), (GatewayId(row.int(1)), found, events.into_iter().map(Some).collect()));
    }
    let mut lanes: Vec<Lane> = Vec::new();
    let mut at: HashMap<ThreadKey, usize> = HashMap::new();
    for inbox::Due { place, key } in rows {
        let (gateway, found, event) = match deliveries.get_mut(&place.delivery.0) {
            Some((gateway, found, events)) => {
                let index = usize::try_from(place.n).unwrap_or(usize::MAX);
                (*gateway, *found, events.get_mut(index).and_then(Option::take))
            }
            None => (GatewayId(0), Found::Live, None),
        };
        let waiting = Waiting { delivery: place.delivery, n: place.n, gateway, event, found, bulk };
        match at.get(&key) {
            Some(index) => lanes[*index].events.push(waiting),
            None => {
                at.insert(key.clone(), lanes.len());
                lanes.push(Lane { key, events: vec![waiting] });
            }
        }
    }
    Ok(lanes)
}

/// Applies a customer's events. One that cannot be applied now holds up the rest of this customer, so that order is kept.
async fn serve(app: &App, lane: Lane, mut facts: Option<Facts>, stuck: &Mutex<Vec<ThreadKey>>) {
    for waiting in lane.events {
        if let Err(error) = one(app, waiting, facts.take()).await {
            tracing::warn!(%error, "an event could not be applied now; it is kept and tried again");
            stuck.lock().expect("nothing panics while it is held").push(lane.key);
            break;
        }
    }
}

/// Applies one event, or writes down why not. An error means: later, with all that follows.
async fn one(app: &App, waiting: Waiting, facts: Option<Facts>) -> Result<(), store::Error> {
    let outcome = match guarded(apply::event(app, &waiting, facts)).await {
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
