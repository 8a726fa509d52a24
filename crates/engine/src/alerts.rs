//! Alerts of queues: a passed limit is reported once, and once more when it is cleared. Both are events on the bus,
//! committed with the row that ensures they happen only once. Outgoing webhooks read them there, the wallboard reads
//! the rows. The same worker reports failed steps of flows (`flow_failures.rs`): each hands a customer over, which is when
//! it runs.

use std::collections::HashMap;
use std::time::Duration;

use domain::alert::{has_limits, passed};
use domain::id::QueueId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::json::json;
use store::table::conversation::{self, Waiting};
use store::table::event::{self, Event};
use store::table::queue_alert::{self, Stored};
use store::{Batch, Signal};

use crate::clock::rfc3339;
use crate::engine::Engine;
use crate::flow_failures;
use crate::optimistic::commit_if_first;
use crate::view::wallboard::QueueAlert;
use crate::worker::{Context, Next, Schedule, Worker};

/// Compares the limits of queues with the waiting customers.
#[derive(Debug)]
pub struct Alerts {
    app: Engine,
    /// Whether no alert was active after the last round.
    quiet: bool,
}

impl Worker for Alerts {
    const SCHEDULE: Schedule = Schedule {
        // Thousands may wait, and every change of a queue signals.
        rest: Duration::from_secs(1),
        ..Schedule::new("alerts", Some(Signal::Routing))
    };

    fn new(app: &Engine) -> Self {
        Self { app: app.clone(), quiet: false }
    }

    async fn round(&mut self, _: &Context) -> Result<Next, store::Error> {
        flow_failures::announce(&self.app).await?;
        let limited = self.app.directory().queues.iter().any(|queue| has_limits(&queue.settings));
        if limited || !self.quiet {
            self.quiet = compare(&self.app).await?;
        }
        Ok(Next::Poll)
    }
}

/// Whether an alert begins or ends.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Change {
    Raised,
    Cleared,
}

/// The content of an alert's event, and of outgoing webhooks.
#[derive(Debug, Serialize, Deserialize)]
struct Announcement {
    state: Change,
    #[serde(flatten)]
    alert: QueueAlert,
}

/// Raises and clears alerts. Returns whether no alert is active.
async fn compare(app: &Engine) -> Result<bool, store::Error> {
    let out = queue_alert::list(&app.store).await?;
    let counts = conversation::waiting_counts(&app.store).await?;
    let now = current(app, &counts);
    let at = app.clock.now();
    let mut batch = Batch::new();
    let announce = |batch: &mut Batch, queue, state, alert: QueueAlert| {
        event::add(batch, &Event::QueueAlert(queue, json(&Announcement { state, alert })), at);
    };
    for alert in &now {
        let kind = alert.kind.word();
        if !out.iter().any(|known| known.queue == alert.queue_id && known.kind == kind) {
            let stored = Stored { queue: alert.queue_id, kind: kind.to_owned(), data: json(alert) };
            queue_alert::raise(&mut batch, &stored);
            announce(&mut batch, alert.queue_id, Change::Raised, alert.clone());
            tracing::info!(queue = %alert.queue_id, kind, value = alert.value, "a queue has passed a limit");
        }
    }
    for over in &out {
        if now.iter().any(|alert| alert.queue_id == over.queue && alert.kind.word() == over.kind) {
            continue;
        }
        queue_alert::clear(&mut batch, over);
        // An alert that another version wrote in another format ends without an event.
        if let Some(alert) = read(over) {
            announce(&mut batch, over.queue, Change::Cleared, alert);
        }
    }
    if !batch.is_empty() {
        // On a conflict another process has reported the same.
        commit_if_first(&app.store, batch).await?;
    }
    Ok(now.is_empty())
}

/// The limits that are passed now.
fn current(app: &Engine, counts: &HashMap<QueueId, Waiting>) -> Vec<QueueAlert> {
    let (directory, at) = (app.directory(), app.clock.now());
    let of_queue = |queue: &store::table::queue::Queue| {
        let waiting = counts.get(&queue.id).copied().unwrap_or_default();
        let (queue_id, name) = (queue.id, queue.name.clone());
        passed(&queue.settings, directory.targets(queue), waiting.count, waiting.oldest_since, at).into_iter().map(
            move |it| QueueAlert {
                queue_id,
                queue: name.clone(),
                kind: it.kind,
                limit: it.limit,
                value: it.value,
                since: rfc3339(at),
            },
        )
    };
    directory.queues.iter().flat_map(of_queue).collect()
}

fn read(stored: &Stored) -> Option<QueueAlert> {
    serde_json::from_str(&stored.data).ok()
}

/// The active alerts.
pub async fn all(app: &Engine) -> Result<Vec<QueueAlert>, store::Error> {
    Ok(queue_alert::list(&app.store).await?.iter().filter_map(read).collect())
}

/// An alert in the form of outgoing webhooks, from the detail of its event.
pub fn shown(detail: &str) -> Option<Value> {
    let announcement: Announcement = serde_json::from_str(detail).ok()?;
    serde_json::to_value(announcement).ok()
}
