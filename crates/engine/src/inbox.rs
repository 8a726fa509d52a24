//! Applies what Meta delivered: in order of arrival for one customer, in parallel for different ones.
//!
//! An event gets its outcome in the batch that applies it, so it is applied once even if the process dies. One that
//! cannot be applied is recorded with its delivery and never delays other customers.

mod account_event;
mod apply;
mod backlog;
mod customer;
mod facts;
mod past;
pub mod revise;
mod satisfaction;
mod status;
mod threads;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use domain::channel::Address;
use domain::id::{DeliveryId, GatewayId, IdentityId};
use domain::inbound::Inbound;
use domain::not_applied::NotApplied;
use domain::time::MINUTE;
use futures_util::StreamExt as _;
use store::table::activity;
use store::table::inbox::{self, Arrived, Place, Source};
use store::table::thread::Facts;
use store::{Batch, CommitError, Signal};

use self::backlog::BlockedKeys;
use self::threads::{ThreadBatch, Threads};
use crate::comment_identity;
use crate::engine::Engine;
use crate::optimistic::{Attempt, commit_if_first, optimistic};
use crate::turns::TurnError;
use crate::worker::guarded;
use crate::worker::{Context, Next, Schedule, Worker};

/// How many threads are applied at the same time: their turns share commits.
const ABREAST: usize = 128;
/// The same while a backlog is applied: smaller commits, so that other writers wait less.
const ABREAST_IN_BACKLOG: usize = 48;
/// The number of threads whose facts are read in one query.
const TOGETHER: usize = 64;

/// One waiting event.
#[derive(Debug)]
pub struct PendingEvent {
    /// Its place in the order of arrival.
    pub place: Place,
    /// The gateway that received it.
    pub gateway: GatewayId,
    /// The event; None if its delivery can no longer be read.
    pub event: Option<Inbound>,
    /// How it arrived.
    pub source: Source,
    /// Whether it is part of a backlog.
    pub backlog: bool,
}

impl PendingEvent {
    /// An empty batch for what this event changes.
    pub fn batch(&self) -> Batch {
        if self.backlog { Batch::of_backlog() } else { Batch::new() }
    }
}

/// The outcome of an event, as counted for the delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing in it was for us, and why.
    Ignored(NotApplied),
    Applied,
    /// It could not be applied, and why.
    Failed(NotApplied),
}

impl Outcome {
    /// Adds to a batch that the event has this outcome: it conflicts if the event already has one.
    fn write(self, batch: &mut Batch, pending: &PendingEvent) {
        let (outcome, error) = match self {
            Outcome::Ignored(why) => (inbox::Outcome::Ignored, Some(why)),
            Outcome::Applied => (inbox::Outcome::Applied, None),
            Outcome::Failed(why) => (inbox::Outcome::Failed, Some(why)),
        };
        inbox::finish(batch, pending.place, outcome, error.as_ref());
    }
}

/// The result of one event: everything that it changes, and its outcome.
#[derive(Debug)]
pub struct Application {
    batch: Batch,
    outcome: Outcome,
    /// The author of a comment whose id became known through this event. They are linked once it is committed.
    link: Option<IdentityId>,
}

impl Application {
    fn new(batch: Batch, outcome: Outcome) -> Self {
        Self { batch, outcome, link: None }
    }

    fn applied(batch: Batch) -> Self {
        Self::new(batch, Outcome::Applied)
    }

    fn failed(why: NotApplied) -> Self {
        Self::new(Batch::new(), Outcome::Failed(why))
    }

    fn ignored(why: NotApplied) -> Self {
        Self::new(Batch::new(), Outcome::Ignored(why))
    }
}

/// Stores a delivery of Meta with the events that are to be applied. It may only be acknowledged after this has
/// returned.
pub async fn receive(app: &Engine, arrived: Arrived, events: Vec<Inbound>) -> Result<(), CommitError> {
    app.pressure.arrived();
    let (id, gateway, bytes) = (arrived.id, arrived.gateway, arrived.body.len());
    // Before it is stored: the inbox may look for it as soon as it is.
    let entry = app.decoded.put(id, gateway, events, bytes);
    app.store.commit_grouped(inbox::arrive(arrived)).await?;
    entry.stored();
    Ok(())
}

/// Applies waiting events, from the oldest on.
#[derive(Debug)]
pub struct Inbox(Engine);

impl Worker for Inbox {
    const SCHEDULE: Schedule = Schedule::new("inbox", Some(Signal::Inbox));

    fn new(app: &Engine) -> Self {
        Self(app.clone())
    }

    async fn round(&mut self, context: &Context) -> Result<Next, store::Error> {
        backlog::sweep(&self.0, context).await?;
        // Updates that arrived before their message; the table is nearly always empty.
        revise::apply_ready(&self.0).await?;
        Ok(Next::Poll)
    }
}

/// Applies events: different threads in parallel, those of one in order. A thread in `blocked` is skipped, and one whose event
/// cannot be applied now is added to it, so that no later event overtakes it.
async fn apply(
    app: &Engine,
    rows: Vec<inbox::Due>,
    blocked: &mut BlockedKeys,
    backlog: bool,
) -> Result<(), store::Error> {
    let rows: Vec<inbox::Due> = rows.into_iter().filter(|row| !blocked.contains(&row.key)).collect();
    metrics::counter!("deskbell_inbox_events_total").increment(rows.len() as u64);
    let newly_blocked = Mutex::new(Vec::new());
    let mut threads = thread_batches(app, rows, backlog).await?;
    // A thread may be blocked under another id of its customer.
    threads.retain(|thread| {
        let is_blocked = thread.names.iter().any(|name| blocked.contains(name));
        if is_blocked {
            thread.names.iter().for_each(|name| blocked.add(name));
        }
        !is_blocked
    });
    futures_util::stream::iter(threads)
        .chunks(TOGETHER)
        .map(|threads| facts::read(app, threads))
        .buffered(2)
        .flat_map(futures_util::stream::iter)
        .for_each_concurrent(if backlog { ABREAST_IN_BACKLOG } else { ABREAST }, |(thread, facts)| {
            apply_thread(app, thread, facts, &newly_blocked)
        })
        .await;
    let newly_blocked = newly_blocked.into_inner().expect("nothing panics while it is held");
    newly_blocked.iter().for_each(|key| blocked.add(key));
    Ok(())
}

/// Sorts events by thread.
async fn thread_batches(
    app: &Engine,
    rows: Vec<inbox::Due>,
    backlog: bool,
) -> Result<Vec<ThreadBatch>, store::Error> {
    let mut deliveries = decoded_events(app, &rows).await?;
    let mut threads = Threads::default();
    for inbox::Due { place, key } in rows {
        let (gateway, source, event) = match deliveries.get_mut(&place.delivery) {
            Some((gateway, source, events)) => {
                let index = usize::try_from(place.n).unwrap_or(usize::MAX);
                (*gateway, *source, events.get_mut(index).and_then(Option::take))
            }
            None => (GatewayId(0), Source::Webhook, None),
        };
        threads.add(key, PendingEvent { place, gateway, event, source, backlog });
    }
    Ok(threads.finish())
}

/// The events of waiting deliveries: their gateway, their source, and each event until it is taken.
type Deliveries = HashMap<DeliveryId, (GatewayId, Source, Vec<Option<Inbound>>)>;

/// The events of the deliveries that `rows` belong to.
async fn decoded_events(app: &Engine, rows: &[inbox::Due]) -> Result<Deliveries, store::Error> {
    let mut deliveries = Deliveries::new();
    let mut missing: Vec<DeliveryId> = Vec::new();
    for id in rows.iter().map(|row| row.place.delivery) {
        if deliveries.contains_key(&id) || missing.last() == Some(&id) {
            continue;
        }
        match app.decoded.take(id) {
            Some(found) => {
                let events = found.events.into_iter().map(Some).collect();
                deliveries.insert(id, (found.gateway, Source::Webhook, events));
            }
            None => missing.push(id),
        }
    }
    if let (Some(first), Some(last)) = (missing.first(), missing.last()) {
        for delivery in inbox::waiting(&app.store, *first, *last).await? {
            deliveries.entry(delivery.id).or_insert_with(|| {
                let events = app.channels.decode(&delivery.body).unwrap_or_default();
                (delivery.gateway, delivery.source, events.into_iter().map(Some).collect())
            });
        }
    }
    Ok(deliveries)
}

/// Applies the events of one thread. One that cannot be applied now holds back the rest of its thread, to preserve
/// the order.
async fn apply_thread(app: &Engine, thread: ThreadBatch, mut facts: Option<Facts>, blocked: &Mutex<Vec<Address>>) {
    for pending in thread.events {
        if let Err(error) = apply_event(app, pending, facts.take()).await {
            tracing::warn!(%error, "an event could not be applied now; it is stored and will be tried again");
            blocked.lock().expect("nothing panics while it is held").extend(thread.names);
            break;
        }
    }
}

/// Applies one event: the only place where an event gets its outcome. An error means that it, and what follows in its
/// thread, must be tried again later.
async fn apply_event(app: &Engine, pending: PendingEvent, mut facts: Option<Facts>) -> Result<(), store::Error> {
    let waiting = &pending;
    let applied = guarded(optimistic(&app.store, "inbox", |attempt| {
        let facts = facts.take();
        async move {
            // A conflict may mean that another process has applied it.
            if attempt > 0 && !inbox::is_pending(&app.store, waiting.place).await? {
                return Ok(Attempt::Done(None));
            }
            let Application { batch, outcome, link } = apply::event(app, waiting, facts, attempt > 0).await?;
            // The outcome comes first: if the event already has one, nothing else may happen.
            let mut whole = waiting.batch();
            outcome.write(&mut whole, waiting);
            whole.append(batch);
            Ok::<_, TurnError>(Attempt::Commit(whole, link))
        }
    }));
    let why = match applied.await {
        // Before the customer's next message is read, which belongs to the same conversation.
        Some(Ok(Some(identity))) => return comment_identity::link(app, identity).await,
        Some(Ok(None)) => return Ok(()),
        // Trying again changes nothing, and the customer's next message must not wait for it.
        Some(Err(TurnError::Store(error))) if error.cannot_hold() => {
            tracing::error!(%error, delivery = %pending.place.delivery, "the database cannot hold what an event says");
            NotApplied::NotStorable {}
        }
        Some(Err(TurnError::Store(error))) => return Err(error),
        Some(Err(TurnError::Contended(_))) => NotApplied::Contended {},
        Some(Err(error)) => {
            tracing::error!(%error, delivery = %pending.place.delivery, "an event could not be applied");
            NotApplied::Refused {}
        }
        None => NotApplied::Mistake {},
    };
    let mut batch = pending.batch();
    Outcome::Failed(why).write(&mut batch, &pending);
    commit_if_first(&app.store, batch).await.map(|_| ())
}

/// The gateway that received an event, if it still exists.
fn gateway(app: &Engine, id: GatewayId) -> Option<Arc<crate::directory::GatewayEntry>> {
    app.directory().gateways.get(&id).cloned()
}

/// Records when the last event came, at most once a minute.
fn note_event(app: &Engine, batch: &mut Batch, pending: &PendingEvent, account: &str) {
    let (last, at) = (app.activity().last_event_of(pending.gateway, account), app.clock.now());
    if last.is_none_or(|last| at.since(last) > MINUTE) {
        activity::note_event(batch, pending.gateway, account, at);
    }
}
