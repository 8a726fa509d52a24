//! Outgoing webhooks: each follows the event table from its own place and posts one event after the other. A failed
//! post is retried for a day. A dead endpoint delays no other, and a restart continues where it was.

pub mod manage;

use std::collections::HashSet;

use domain::hook_error::HookError;
use domain::time::{DAY, MINUTE, Micros, SECOND};
use serde_json::{Value, json};
use store::table::event::{self, Event, Place, Stored};
use store::table::webhook::{self, FailedTry, Webhook};
use store::table::{conversation, message};
use store::{Batch, Signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::alerts;
use crate::clients::hook::{HookEvent, NotTaken};
use crate::clock::rfc3339;
use crate::engine::Engine;
use crate::flow_failures;
use crate::health::alarm;
use crate::optimistic::commit_if_first;
use crate::view;
use crate::worker::{self, Context, Schedule, Worker};
use crate::worker::{guarded, notified, until};

/// The kinds of events that a webhook can get.
pub const KINDS: [&str; 7] = [
    "health.alarm",
    "health.cleared",
    "queue.alert",
    "flow.failed",
    "message.created",
    "message.changed",
    "conversation.changed",
];
/// Events that are read from the bus at once.
const PAGE: i64 = 200;
/// The first pause after a failure; it doubles each time.
const PAUSE: i64 = 5 * SECOND;
/// The maximum of that pause.
const LONGEST_PAUSE: i64 = 15 * MINUTE;
/// An endpoint that accepts nothing for this long is switched off.
const GIVE_UP: i64 = DAY;

/// The purpose for which a webhook's secret is encrypted.
pub fn secret_purpose(id: i64) -> String {
    format!("webhook {id} secret")
}

/// Runs a separate task for every webhook that is on.
#[derive(Debug)]
pub struct Webhooks {
    app: Engine,
    tasks: JoinSet<i64>,
    followed: HashSet<i64>,
}

impl Worker for Webhooks {
    const SCHEDULE: Schedule = Schedule::new("webhooks", Some(Signal::Config));

    fn new(app: &Engine) -> Self {
        Self { app: app.clone(), tasks: JoinSet::new(), followed: HashSet::new() }
    }

    fn after_panic(self, _: &Engine) -> Self {
        self
    }

    async fn round(&mut self, context: &Context) -> Result<worker::Next, store::Error> {
        while let Some(ended) = self.tasks.try_join_next() {
            match ended {
                Ok(id) => drop(self.followed.remove(&id)),
                Err(error) => tracing::error!(%error, "the task of a webhook ended badly"),
            }
        }
        let hooks = webhook::list(&self.app.store).await?;
        for hook in hooks.into_iter().filter(|hook| hook.enabled) {
            if self.followed.insert(hook.id) {
                let (app, stop) = (self.app.clone(), context.stop().clone());
                self.tasks.spawn(async move {
                    if guarded(follow(&app, hook.id, stop)).await.is_none() {
                        tracing::error!(webhook = hook.id, "serving a webhook panicked; it will be tried again");
                    }
                    hook.id
                });
            }
        }
        Ok(worker::Next::Poll)
    }

    async fn finish(mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Posts events to one webhook, until it is switched off or the server stops.
async fn follow(app: &Engine, id: i64, mut drain: watch::Receiver<bool>) {
    let (mut events, mut config) =
        (app.store.signals().subscribe(Signal::Events), app.store.signals().subscribe(Signal::Config));
    loop {
        let longest = match round(app, id, &drain).await {
            Ok(Next::Ended) => return,
            Ok(Next::Wait) => until(&app.clock, None),
            // A change of the webhook makes it try at once.
            Ok(Next::Pause(next)) => {
                if !notified(&mut config, &mut drain, until(&app.clock, Some(next))).await {
                    return;
                }
                continue;
            }
            Err(error) => {
                tracing::warn!(webhook = id, %error, "a webhook cannot be served now; nothing is lost");
                until(&app.clock, None)
            }
        };
        if !notified(&mut events, &mut drain, longest).await {
            return;
        }
    }
}

/// What comes after a round.
enum Next {
    /// The webhook was deleted or switched off.
    Ended,
    /// There are no more events.
    Wait,
    /// It did not accept an event: try again then.
    Pause(Micros),
}

async fn round(app: &Engine, id: i64, drain: &watch::Receiver<bool>) -> Result<Next, store::Error> {
    loop {
        let Some(hook) = webhook::by_id(&app.store, id).await?.filter(|hook| hook.enabled) else {
            return Ok(Next::Ended);
        };
        if *drain.borrow() {
            return Ok(Next::Wait);
        }
        if let Some(next) = hook.next_at.filter(|next| *next > app.clock.now()) {
            return Ok(Next::Pause(next));
        }
        let page = event::after(&app.store, hook.place, PAGE).await?;
        if page.is_empty() {
            return Ok(Next::Wait);
        }
        let mut passed = hook.place;
        for it in &page {
            let Some((kind, data)) = payload(app, &hook, it).await? else {
                passed = it.place;
                continue;
            };
            let mut batch = Batch::new();
            match tell(app, &hook, it, kind, data).await {
                Ok(status) => {
                    passed = it.place;
                    metrics::counter!("deskbell_webhooks_out_total", "result" => "taken").increment(1);
                    webhook::set_delivered(&mut batch, &hook, passed, status, app.clock.now());
                }
                Err(not_taken) => {
                    metrics::counter!("deskbell_webhooks_out_total", "result" => "not_taken").increment(1);
                    pass(&mut batch, &hook, passed);
                    failed(app, &mut batch, &hook, &not_taken);
                }
            }
            commit(app, batch).await?;
            // Its place is read again: an administrator may have changed or moved it.
            passed = Place::default();
            break;
        }
        if passed != Place::default() {
            let mut batch = Batch::new();
            pass(&mut batch, &hook, passed);
            commit(app, batch).await?;
        }
    }
}

fn pass(batch: &mut Batch, hook: &Webhook, to: Place) {
    if to != hook.place {
        webhook::set_passed(batch, hook, to);
    }
}

async fn commit(app: &Engine, batch: Batch) -> Result<(), store::Error> {
    // On a conflict it was moved in the meantime: its new place counts.
    commit_if_first(&app.store, batch).await.map(|_| ())
}

/// Counts a failure; after a day of failures the webhook is switched off, which Health reports.
fn failed(app: &Engine, batch: &mut Batch, hook: &Webhook, why: &NotTaken) {
    let at = app.clock.now();
    let pause = (PAUSE << hook.tries.clamp(0, 10)).min(LONGEST_PAUSE);
    let failed = FailedTry { at, next_at: at.plus(pause), status: why.status, error: &why.why };
    webhook::set_failed(batch, hook.id, &failed);
    if hook.failing_since.is_some_and(|since| at.since(since) >= GIVE_UP) {
        webhook::stop(batch, hook.id, &why.why);
        for gateway in app.directory().gateways.keys() {
            event::gateway_changed(batch, *gateway, at);
        }
        batch.notify(Signal::Config);
        tracing::warn!(webhook = hook.id, "a webhook took nothing for a day and was switched off");
    }
}

/// The payload of an event for a webhook; None if it is not for it, or about an object that no longer exists.
async fn payload(
    app: &Engine,
    hook: &Webhook,
    it: &Stored,
) -> Result<Option<(&'static str, Value)>, store::Error> {
    let Some(event) = &it.event else { return Ok(None) };
    let kind = match event {
        Event::Alarm(..) => "health.alarm",
        Event::AlarmCleared(..) => "health.cleared",
        Event::QueueAlert(..) => "queue.alert",
        Event::FlowFailed(..) => "flow.failed",
        Event::MessageAdded(..) => "message.created",
        Event::MessageChanged(..) => "message.changed",
        Event::Conversation(_) | Event::ConversationGone(_) => "conversation.changed",
        Event::Offer(..)
        | Event::OfferEnded(..)
        | Event::Queue(_)
        | Event::Agent(_)
        | Event::AgentStatus(_)
        | Event::Gateway(_)
        | Event::Comment(_)
        | Event::Connect(_) => return Ok(None),
    };
    if !hook.events.iter().any(|wanted| wanted == kind) {
        return Ok(None);
    }
    if let Event::Alarm(_, detail) | Event::AlarmCleared(_, detail) = event {
        return Ok(alarm::shown(detail).map(|data| (kind, data)));
    }
    if let Event::QueueAlert(_, detail) = event {
        return Ok(alerts::shown(detail).map(|data| (kind, data)));
    }
    if let Event::FlowFailed(_, detail) = event {
        return Ok(flow_failures::shown(detail).map(|data| (kind, data)));
    }
    let Some(id) = event.conversation() else { return Ok(None) };
    let Some(conversation) = conversation::by_id(&app.store, id).await? else { return Ok(None) };
    let (Event::MessageAdded(_, message) | Event::MessageChanged(_, message)) = event else {
        let view = view::conversation(app, &conversation).await?;
        return Ok(Some((kind, json!({ "conversation_id": id, "conversation": view }))));
    };
    let Some(stored) = message::by_id(&app.store, *message).await? else { return Ok(None) };
    let view = view::message(app, stored).await?;
    Ok(Some((kind, json!({ "conversation_id": id, "message": view }))))
}

async fn tell(app: &Engine, hook: &Webhook, it: &Stored, kind: &str, data: Value) -> Result<u16, NotTaken> {
    let id = format!("{}-{}", it.place.xact, it.place.seq);
    send(app, hook, &id, kind, it.at, data).await
}

/// Sends one event, signed with the webhook's secret.
pub async fn send(
    app: &Engine,
    hook: &Webhook,
    id: &str,
    kind: &str,
    at: Micros,
    data: Value,
) -> Result<u16, NotTaken> {
    let Some(secret) = app.cipher.open(&hook.secret, &secret_purpose(hook.id)) else {
        return Err(NotTaken { status: None, why: HookError::SecretUnreadable {} });
    };
    let body = json!({ "id": id, "type": kind, "created_at": rfc3339(at), "data": data }).to_string();
    let seconds = app.clock.now().0.div_euclid(SECOND);
    app.hooks.post(HookEvent { url: &hook.url, secret: &secret, id, kind, at: seconds, body }).await
}
