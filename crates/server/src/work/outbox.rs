//! Sends what waits: in order for one customer, in parallel for different ones, at most once on our own account.
//!
//! A request is marked as on its way, durably, before it leaves. What was on its way when a process died, and
//! what got no readable answer, is *uncertain*: an echo tells, never a second try of ours.

mod deliver;
mod reaction;

use std::sync::Arc;
use std::time::Duration;

use channels::meta::error::{Class, GraphError};
use channels::meta::graph;
use channels::meta::send::{Recipient, Right};
use domain::outbound::{Failure, Part};
use domain::time::{Micros, SECOND};
use domain::window::{Permit, may_send, window};
use store::table::outbox::{self, Queued};
use store::table::{contact, event, gateway, message, page};
use store::{Batch, Bell, CommitError, values};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use self::deliver::{Errand, Outcome};
use crate::app::App;
use crate::clock::now;
use crate::directory::KnownGateway;
use crate::work::{guarded, settle, until, woken};

/// Requests under way at the same time.
const ABREAST: usize = 64;
/// The same while webhooks press hard.
const ABREAST_PRESSED: usize = 2;
/// How long an uncertain one holds those behind it.
const HOLD: i64 = 15 * SECOND;
/// How often a passing failure is tried before it counts as one for good.
const TRIES: i64 = 10;
/// While a page has no living token its messages look again so often; Reconnect wakes them at once.
const NO_TOKEN: i64 = 300 * SECOND;

/// The loop.
pub async fn run(app: App, mut drain: watch::Receiver<bool>) {
    let mut ear = app.store.bells().ear(Bell::Outbox);
    let places = Arc::new(Semaphore::new(ABREAST));
    let mut under_way = JoinSet::new();
    if let Err(error) = heirs(&app).await {
        tracing::warn!(%error, "requests of a dead process could not be taken over");
    }
    loop {
        let next = match round(&app, &places, &mut under_way).await {
            Ok(next) => next,
            Err(error) => {
                tracing::warn!(%error, "nothing can be sent now; it is kept and tried again");
                None
            }
        };
        while under_way.try_join_next().is_some() {}
        if !woken(&mut ear, &mut drain, until(next)).await {
            break;
        }
    }
    while under_way.join_next().await.is_some() {}
}

/// What another process had on its way when it died may have left.
async fn heirs(app: &App) -> Result<(), store::Error> {
    let abandoned = outbox::list(&app.store, outbox::ABANDONED, values![&app.node]).await?;
    for request in abandoned {
        let mut batch = Batch::new();
        settle::uncertain(&mut batch, &request, now().plus(HOLD));
        commit(app, batch).await?;
    }
    Ok(())
}

/// Sends whatever may leave now. Answers when something next may.
async fn round(
    app: &App,
    places: &Arc<Semaphore>,
    tasks: &mut JoinSet<()>,
) -> Result<Option<Micros>, store::Error> {
    // Held long enough: those behind an uncertain one go on.
    for request in outbox::list(&app.store, outbox::HELD_ENOUGH, values![now()]).await? {
        let mut batch = Batch::new();
        batch.push(outbox::REMOVE, values![request.id]);
        commit(app, batch).await?;
    }
    loop {
        let abreast = if app.pressure.is_hard() { ABREAST_PRESSED } else { ABREAST };
        let under_way = ABREAST - places.available_permits();
        let free = i64::try_from(abreast.saturating_sub(under_way)).unwrap_or(0);
        if free == 0 {
            break;
        }
        let due = outbox::list(&app.store, outbox::DUE, values![now(), free]).await?;
        if due.is_empty() {
            break;
        }
        for request in due {
            let mut batch = Batch::new();
            batch.must(outbox::CLAIM, values![request.id, &app.node]);
            match app.store.commit(batch).await {
                Ok(_) => {}
                Err(CommitError::Store(error)) => return Err(error),
                Err(_) => continue,
            }
            let Ok(place) = Arc::clone(places).acquire_owned().await else { return Ok(None) };
            let app = app.clone();
            tasks.spawn(async move {
                let _place = place;
                if guarded(one(&app, &request)).await.is_none() {
                    tracing::error!(request = %request.id, "sending panicked; the message is uncertain");
                    let mut batch = Batch::new();
                    settle::uncertain(&mut batch, &request, now().plus(HOLD));
                    let _ = commit(&app, batch).await;
                }
                app.ring(Bell::Outbox);
            });
        }
    }
    let row = app.store.row(outbox::NEXT_DUE, values![]).await?;
    Ok(row.and_then(|row| row.opt_int(0)).map(Micros))
}

/// Sends one request and settles it, however long the store takes to be reachable again.
async fn one(app: &App, request: &Queued) {
    let batch = match attempt(app, request).await {
        Ok(batch) => batch,
        Err(error) => {
            tracing::warn!(%error, "a request could not be prepared; it is tried again");
            let mut batch = Batch::new();
            let why = failure("The store could not be read.", "Deskbell tries again by itself.");
            settle::later(&mut batch, request, now().plus(2 * SECOND), &why);
            batch
        }
    };
    // The outcome is a fact by now: it must be written down, or the message would look as if it hung.
    let mut pause = Duration::from_millis(100);
    while let Err(error) = commit(app, batch.clone()).await {
        tracing::warn!(%error, "what became of a message cannot be written down yet");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(5));
    }
}

async fn commit(app: &App, batch: Batch) -> Result<(), store::Error> {
    match app.store.commit(batch).await {
        Err(CommitError::Store(error)) => Err(error),
        _ => Ok(()),
    }
}

/// Prepares and sends. Answers the batch that settles it. An error means that nothing has left.
async fn attempt(app: &App, request: &Queued) -> Result<Batch, store::Error> {
    let mut batch = Batch::new();
    if let Some(Part::React { emoji }) = &request.part {
        return reaction::send(app, request, emoji.as_deref()).await;
    }
    let Some(known) = app.directory().gateways.get(&request.gateway).cloned() else {
        let gone = failure("The gateway was deleted.", "Connect the Page again, then write anew.");
        settle::failed(&mut batch, request, &gone);
        return Ok(batch);
    };
    if app.directory().page(request.gateway, &request.page).is_none() {
        let gone = failure("The Page was removed from the gateway.", "Connect the Page again, then write anew.");
        settle::failed(&mut batch, request, &gone);
        return Ok(batch);
    }
    let (Some(identity), Some(part)) = (contact::by_id(&app.store, request.identity).await?, request.part.clone())
    else {
        let gone = failure("The customer or the message is gone.", "Nothing can be done.");
        settle::failed(&mut batch, request, &gone);
        return Ok(batch);
    };
    let right = match may_send(now(), &window(identity.last_user_at, false), request.speaker) {
        Permit::Response => Right::Window,
        Permit::HumanAgent => Right::HumanAgent,
        Permit::Closed { reason, opens } => {
            settle::failed(&mut batch, request, &failure(&reason, &opens));
            return Ok(batch);
        }
    };
    let Some(token) = crate::outside::graph::page_token(app, request.gateway, &request.page).await? else {
        let dead = failure(
            "The Page's connection to Facebook is dead.",
            "An administrator opens the gateway and presses Reconnect; the message then leaves by itself.",
        );
        settle::later(&mut batch, request, now().plus(NO_TOKEN), &dead);
        return Ok(batch);
    };
    let reply_to = match request.reply_to {
        Some(id) => app.store.row(message::MID_OF, values![&request.page, id]).await?.map(|row| row.text(0)),
        None => None,
    };
    let mark = request.message.map(|id| settle::mark(id, request.part_no));
    let recipient = Recipient {
        page: &request.page,
        customer: &identity.external,
        right,
        metadata: mark.as_deref(),
        reply_to: reply_to.as_deref(),
        persona: None,
        kept: &[],
    };
    let errand = Errand { app, gateway: &known, token: &token, request };
    match errand.deliver(&part, &recipient).await? {
        Outcome::Taken(answer) => {
            metrics::counter!("deskbell_sent_total", "result" => "sent").increment(1);
            let mid = graph::read::<graph::Sent>(200, &answer).ok().and_then(|sent| sent.message_id);
            settle::sent(&mut batch, request, mid.as_deref());
            if known.row.last_sent_at.is_none_or(|last| now().since(last) > domain::time::MINUTE) {
                batch.push(gateway::SENT_AT, values![request.gateway, now()]);
                batch.ring(Bell::Config);
            }
        }
        Outcome::Impossible(why) => settle::failed(&mut batch, request, &why),
        Outcome::Refused(refused) => {
            metrics::counter!("deskbell_sent_total", "result" => refused.error.class().word()).increment(1);
            tracing::warn!(
                page = %request.page, code = refused.error.code, subcode = refused.error.subcode,
                class = refused.error.class().word(), trace = refused.error.fbtrace_id.as_deref(),
                "Meta did not take a message"
            );
            not_taken(&mut batch, request, &known, &refused.error, refused.wait_seconds);
        }
    }
    Ok(batch)
}

/// What a refusal of Meta's means for the request, by its class (meta-platform.md §6.5).
fn not_taken(batch: &mut Batch, request: &Queued, known: &KnownGateway, error: &GraphError, wait: Option<u32>) {
    let why: Failure = error.into();
    let at = now();
    match error.class() {
        Class::Uncertain => settle::uncertain(batch, request, at.plus(HOLD)),
        Class::Retry if request.tries < TRIES => {
            let pause = (2 << request.tries.clamp(0, 7)) * SECOND;
            settle::later(batch, request, at.plus(pause), &why);
        }
        Class::Throttled => {
            // So that all who waited do not come at the same moment again.
            let jitter = request.id.0 % (10 * SECOND);
            let until = at.plus(wait.map_or(60 * SECOND + jitter, |wait| i64::from(wait) * SECOND));
            settle::later(batch, request, until, &why);
            batch.push(outbox::HOLD_PAGE, values![request.gateway, &request.page, until]);
        }
        Class::TokenDead => {
            settle::later(batch, request, at.plus(NO_TOKEN), &why);
            trouble(batch, request, known, &why);
        }
        class => {
            settle::failed(batch, request, &why);
            if matches!(class, Class::Restricted | Class::Permission) {
                trouble(batch, request, known, &why);
            }
        }
    }
}

/// The page itself is in trouble: its row says so, and Health shows it.
fn trouble(batch: &mut Batch, request: &Queued, known: &KnownGateway, why: &Failure) {
    batch.push(page::TROUBLE, values![request.gateway, &request.page, format!("{} {}", why.reason, why.action)]);
    event::insert(batch, "gateway", None, Some(known.row.id.0), "", now());
    batch.ring(Bell::Config);
}

fn failure(reason: &str, action: &str) -> Failure {
    Failure { code: 0, subcode: 0, reason: reason.to_owned(), action: action.to_owned() }
}
