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

use std::collections::HashMap;
use std::sync::Arc;
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
const PAGE: i64 = 512;
/// Customers served at the same time: as many turns share one commit.
const ABREAST: usize = 64;
/// While webhooks press hard, so many events are looked at together …
const PAGE_PRESSED: i64 = 32;
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

/// The loop.
pub async fn run(app: App, mut drain: watch::Receiver<bool>) {
    let mut ear = app.store.bells().ear(Bell::Inbox);
    loop {
        let mut place = (0_i64, -1_i64);
        loop {
            let pressed = app.pressure.is_hard();
            match page(&app, place, if pressed { PAGE_PRESSED } else { PAGE }).await {
                Ok(Some(next)) => place = next,
                Ok(None) => break,
                Err(error) => {
                    tracing::warn!(%error, "deliveries cannot be applied now; they are kept and tried again");
                    break;
                }
            }
            if *drain.borrow() {
                return;
            }
            if pressed {
                tokio::time::sleep(PAUSE_PRESSED).await;
            }
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

/// Applies one page of waiting events. Answers where the next one begins, or None if there was nothing more.
async fn page(app: &App, place: (i64, i64), size: i64) -> Result<Option<(i64, i64)>, store::Error> {
    let rows = app.store.rows(inbox::DUE, values![place.0, place.1, size]).await?;
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(None) };
    let next = (last.int(0), last.int(1));
    let bodies = app.store.rows(inbox::BODIES, values![first.int(0), last.int(0)]).await?;
    let mut deliveries: HashMap<i64, (GatewayId, Found, Vec<Option<Inbound>>)> =
        HashMap::with_capacity(bodies.len());
    for row in bodies {
        let events = channels::meta::webhook::decode(&row.blob(2)).unwrap_or_default();
        let found = Found::from_column(row.int(3));
        deliveries.insert(row.int(0), (GatewayId(row.int(1)), found, events.into_iter().map(Some).collect()));
    }
    // Customers in the order in which their first event came, each with their events in order.
    let mut lanes: Vec<(String, Vec<Waiting>)> = Vec::new();
    let mut at: HashMap<String, usize> = HashMap::new();
    for row in &rows {
        let (delivery, n, key) = (row.int(0), row.int(1), row.text(2));
        let (gateway, found, event) = match deliveries.get_mut(&delivery) {
            Some((gateway, found, events)) => {
                let index = usize::try_from(n).unwrap_or(usize::MAX);
                (*gateway, *found, events.get_mut(index).and_then(Option::take))
            }
            None => (GatewayId(0), Found::Live, None),
        };
        let waiting = Waiting { delivery: DeliveryId(delivery), n, gateway, event, found };
        match at.get(&key) {
            Some(index) => lanes[*index].1.push(waiting),
            None => {
                at.insert(key.clone(), lanes.len());
                lanes.push((key, vec![waiting]));
            }
        }
    }
    futures_util::stream::iter(lanes)
        .for_each_concurrent(ABREAST, async |(key, events)| {
            let _lane = app.lanes.enter(&key).await;
            for waiting in events {
                if let Err(error) = one(app, waiting).await {
                    // The rest of this customer waits too, so that order is kept.
                    tracing::warn!(%error, "an event could not be applied now; it is kept and tried again");
                    break;
                }
            }
        })
        .await;
    metrics::counter!("deskbell_inbox_events_total").increment(rows.len() as u64);
    Ok(Some(next))
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
