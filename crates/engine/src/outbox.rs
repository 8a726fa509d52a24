//! Sends waiting requests: in order for one customer, in parallel for different ones, and at most once by us.
//!
//! A request is durably marked as being sent before it is sent. A request that was being sent when a process died, or
//! got no readable answer, is *uncertain*: an echo decides, or Meta's record of the conversation (`uncertain.rs`),
//! never a second attempt by us. `scheduler.rs` chooses which request is next, `pace.rs` how fast.

mod deliver;
mod pace;
mod persona;
mod reaction;
mod scheduler;

use std::time::Duration;

use channels::meta::error::{Class, GraphError, Mender};
use channels::recipient::{Recipient, Right, Whom};
use domain::failure::Failure;
use domain::message_template::is_marketing;
use domain::outbound::{Part, Speaker};
use domain::page_trouble::PageTrouble;
use domain::time::{HOUR, MINUTE, Micros, SECOND};
use domain::window::{Permit, may_reply, may_send, window};
use store::table::outbox::{self, Queued};
use store::table::{account, activity, comment, event, identity, mid};
use store::{Batch, CommitError, Signal};

use self::deliver::{Outcome, SendAttempt};
use self::scheduler::SendScheduler;
use crate::directory::GatewayEntry;
use crate::engine::Engine;
use crate::optimistic::commit_if_first;
use crate::send_result;
use crate::turns;
use crate::worker::{Context, Next, Schedule, Worker};

/// How long an uncertain request blocks the requests after it.
const HOLD: i64 = 15 * SECOND;
/// How often a temporary failure is retried before it counts as permanent.
const TRIES: i64 = 10;
/// While a Page has no valid token, its messages are tried again this often; Reconnect makes them due at once.
const NO_TOKEN: i64 = 300 * SECOND;
/// When it is tried again if the account has a token by then.
const NEW_TOKEN: i64 = 5 * SECOND;
/// The longest time until a request is finished, including the slowest upload with the last of several tokens; after
/// it the sender is considered dead.
const LONGEST: i64 = HOUR;
/// How often requests of dead senders are searched for.
const RECOVERY: i64 = 30 * SECOND;
/// How long until a Page that Meta has restricted is tried again; doubled with each refusal.
const RESTRICTED: i64 = 15 * MINUTE;
/// The maximum of that pause.
const RESTRICTED_LONGEST: i64 = 6 * HOUR;

/// Sends waiting requests.
pub struct Outbox {
    app: Engine,
    scheduler: SendScheduler,
    /// When requests of dead processes were last searched for.
    recovered: Option<Micros>,
}

impl Worker for Outbox {
    const SCHEDULE: Schedule = Schedule::new("outbox", Some(Signal::Outbox));

    fn new(app: &Engine) -> Self {
        Self { app: app.clone(), scheduler: SendScheduler::new(app), recovered: None }
    }

    /// Requests being sent continue; the rest starts from a clean state.
    fn after_panic(self, app: &Engine) -> Self {
        Self { app: app.clone(), scheduler: self.scheduler.afresh(), recovered: None }
    }

    async fn round(&mut self, _: &Context) -> Result<Next, store::Error> {
        if self.recovered.is_none_or(|at| self.app.clock.now().since(at) > RECOVERY) {
            recover_abandoned(&self.app).await?;
            self.recovered = Some(self.app.clock.now());
        }
        self.scheduler.round().await.map(Next::At)
    }

    async fn finish(self) {
        self.scheduler.finish().await;
    }
}

/// Requests that a process was sending when it died may have been sent.
async fn recover_abandoned(app: &Engine) -> Result<(), store::Error> {
    let abandoned = outbox::abandoned(&app.store, &app.node, app.clock.now()).await?;
    for request in abandoned {
        let mut batch = Batch::new();
        let at = app.clock.now();
        send_result::uncertain(&mut batch, &request, at.plus(HOLD), at);
        commit(app, batch).await?;
    }
    Ok(())
}

/// Claims one request, sends it and records the result. Another process may have claimed it first.
async fn one(app: &Engine, request: &Queued) -> Result<(), store::Error> {
    let mut batch = Batch::new();
    let at = app.clock.now();
    outbox::claim(&mut batch, request.id, &app.node, at.plus(LONGEST), at);
    match app.store.commit(batch).await {
        Ok(_) => send(app, request).await,
        Err(CommitError::Store(error)) => return Err(error),
        Err(_) => {}
    }
    Ok(())
}

/// Sends one request and records how it ended, even if the store is unreachable for long.
async fn send(app: &Engine, request: &Queued) {
    let batch = match attempt(app, request).await {
        Ok(batch) => batch,
        Err(error) => {
            tracing::warn!(%error, "a request could not be prepared; it is tried again");
            let mut batch = Batch::new();
            let at = app.clock.now();
            let why = Failure::StoreUnreachable {};
            send_result::later(&mut batch, request, at.plus(2 * SECOND), &why, at);
            batch
        }
    };
    record(app, batch).await;
}

/// Records an outcome, however long that takes: it is a fact, and without it the message would seem to hang.
async fn record(app: &Engine, batch: Batch) {
    let mut pause = Duration::from_millis(100);
    while let Err(error) = commit(app, batch.clone()).await {
        tracing::warn!(%error, "what became of a message cannot be written down yet");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(5));
    }
}

async fn commit(app: &Engine, batch: Batch) -> Result<(), store::Error> {
    commit_if_first(&app.store, batch).await.map(|_| ())
}

/// Prepares and sends. Returns the batch that records the result. An error means that nothing was sent.
async fn attempt(app: &Engine, request: &Queued) -> Result<Batch, store::Error> {
    let mut batch = Batch::new();
    if let Some(Part::React { emoji }) = &request.part {
        return reaction::send(app, request, emoji.as_deref()).await;
    }
    let Some(known) = app.directory().gateways.get(&request.gateway).cloned() else {
        send_result::failed(&mut batch, request, &Failure::GatewayDeleted {}, app.clock.now());
        return Ok(batch);
    };
    if app.directory().account(request.gateway, &request.account.id).is_none() {
        send_result::failed(&mut batch, request, &Failure::PageRemoved {}, app.clock.now());
        return Ok(batch);
    }
    let (Some(identity), Some(part)) =
        (identity::by_id(&app.store, request.identity).await?, request.part.clone())
    else {
        send_result::failed(&mut batch, request, &Failure::CustomerGone {}, app.clock.now());
        return Ok(batch);
    };
    if let Part::Approved { template } = &part
        && identity.marketing_stopped_at.is_some()
        && is_marketing(&template.category)
    {
        send_result::failed(&mut batch, request, &Failure::MarketingRefused {}, app.clock.now());
        return Ok(batch);
    }
    let Some(channel) = app.channels.get(request.account.channel) else {
        let why = Failure::ChannelMissing { channel: request.account.channel };
        send_result::failed(&mut batch, request, &why, app.clock.now());
        return Ok(batch);
    };
    let commented = match identity.comment() {
        Some(id) => comment::by_comment(&app.store, &request.account.id, id).await?,
        None => None,
    };
    let reply = commented.as_ref().filter(|it| it.belongs_to(request.message));
    let policy = &channel.capabilities().window;
    let permit = match reply {
        // Approved templates may be sent at any time.
        _ if matches!(part, Part::Approved { .. }) => Permit::Response,
        // It already has the right to reply: only the time may have expired.
        Some(it) => may_reply(
            app.clock.now(),
            it.written_at,
            None,
            it.state == domain::comment::State::Removed,
            crate::private_reply::limit(app, request.account.channel),
        )
        .map(|()| Permit::Response)
        .unwrap_or_else(Permit::Closed),
        None => may_send(
            app.clock.now(),
            &window(identity.last_user_at, policy, known.row.human_agent),
            policy,
            request.speaker,
        ),
    };
    let right = match permit {
        Permit::Response => Right::Window,
        Permit::HumanAgent => Right::HumanAgent,
        Permit::Closed(_) if request.speaker == Speaker::Bot => return leave_out(app, request).await,
        Permit::Closed(why) => {
            send_result::failed(&mut batch, request, &why, app.clock.now());
            return Ok(batch);
        }
    };
    let whom = match reply {
        Some(it) if it.is_post => Whom::Post(&it.comment),
        Some(it) => Whom::Comment(&it.comment),
        None => Whom::Customer(&identity.address.user),
    };
    let Some(token) = crate::account_tokens::account_token(app, request.gateway, &request.account.id).await?
    else {
        let at = app.clock.now();
        wait_for_token(&mut batch, request, &Failure::Disconnected {}, at);
        return Ok(batch);
    };
    let reply_to = match request.reply_to {
        Some(id) => mid::of_message(&app.store, &request.account, id).await?,
        // Typing and seen marks refer to the customer's last message, where the channel requires that.
        None if !part.speaks() && channel.marks_name_a_message() => {
            mid::last_inbound(&app.store, &request.account, request.conversation).await?
        }
        None => None,
    };
    let mark = request.message.map(|id| send_result::mark(id, request.part_no));
    let attempt = SendAttempt { app, channel, gateway: &known, token: &token, request };
    let persona = attempt.persona().await?;
    let recipient = Recipient {
        node: &token.node,
        whom,
        right,
        metadata: mark.as_deref(),
        reply_to: reply_to.as_deref(),
        persona: persona.as_deref(),
        uploaded: &[],
    };
    match attempt.deliver(&part, &recipient).await? {
        Outcome::Taken(answer) => {
            metrics::counter!("deskbell_sent_total", "result" => "sent").increment(1);
            let sent = channel.read_sent(&answer);
            let to = sent.recipient_id.filter(|_| reply.is_some());
            send_result::sent(&mut batch, request, sent.message_id.as_deref(), to.as_deref(), app.clock.now());
            if app
                .directory()
                .account(request.gateway, &request.account.id)
                .is_some_and(|page| page.trouble.is_some())
            {
                // Any trouble of the page is over.
                account::set_trouble(&mut batch, request.gateway, &request.account.id, None);
                event::gateway_changed(&mut batch, known.row.id, app.clock.now());
                batch.notify(Signal::Config);
            }
            let last = app.activity().last_sent(request.gateway);
            if last.is_none_or(|last| app.clock.now().since(last) > MINUTE) {
                activity::note_sent(&mut batch, request.gateway, app.clock.now());
            }
            let at = app.clock.now();
            let directory = app.directory();
            let paused =
                directory.account(request.gateway, &request.account.id).and_then(|page| page.paused_until);
            if paused.is_some_and(|until| until <= at) {
                account::resume(&mut batch, request.gateway, &request.account.id, at);
                event::gateway_changed(&mut batch, request.gateway, at);
                batch.notify(Signal::Config);
            }
        }
        Outcome::Impossible(why) => send_result::failed(&mut batch, request, &why, app.clock.now()),
        Outcome::Refused(refused) => {
            metrics::counter!("deskbell_sent_total", "result" => refused.error.class().word()).increment(1);
            tracing::warn!(
                page = %request.account.id, code = refused.error.code, subcode = refused.error.subcode,
                class = refused.error.class().word(), trace = refused.error.fbtrace_id.as_deref(),
                "Meta did not take a message"
            );
            if request.speaker == Speaker::Bot && refused.error.class() == Class::WindowClosed {
                return leave_out(app, request).await;
            }
            not_taken(app, &mut batch, request, &known, &refused.error, refused.wait_seconds);
        }
    }
    Ok(batch)
}

/// An automatic text is too late for the window. No person waits for it, so it is withdrawn, and the thread shows
/// this in one line.
async fn leave_out(app: &Engine, request: &Queued) -> Result<Batch, store::Error> {
    turns::ignore_refusal(
        turns::play(app, request.conversation, |turn| {
            turn.leave_texts_out();
            Ok(())
        })
        .await,
    )?;
    let mut batch = Batch::new();
    send_result::left_out(&mut batch, request, app.clock.now());
    Ok(batch)
}

/// Handles a refusal of Meta for a request, by its class (meta-platform.md §6.5).
fn not_taken(
    app: &Engine,
    batch: &mut Batch,
    request: &Queued,
    known: &GatewayEntry,
    error: &GraphError,
    wait: Option<u32>,
) {
    let why: Failure = error.into();
    let at = app.clock.now();
    match error.class() {
        Class::Uncertain => send_result::uncertain(batch, request, at.plus(HOLD), at),
        Class::Retry if request.tries < TRIES => {
            let pause = (2 << request.tries.clamp(0, 7)) * SECOND;
            send_result::later(batch, request, at.plus(pause), &why, at);
        }
        Class::Throttled => {
            // So that Pages that were refused together are not retried at the same moment.
            let jitter = request.id.0 % (10 * SECOND);
            let until = at.plus(wait.map_or(60 * SECOND + jitter, |wait| i64::from(wait) * SECOND));
            send_result::later(batch, request, until, &why, at);
            pause(batch, request, until, &why, at);
        }
        Class::ThrottledCustomer => {
            // Meta wants 4^n seconds between the attempts (§7.4); the account's other customers do not wait.
            let pause = wait.map_or(4 << (2 * request.tries.clamp(0, 5)), i64::from);
            send_result::later(batch, request, at.plus(pause * SECOND), &why, at);
        }
        Class::Restricted => {
            let directory = app.directory();
            let before = directory.account(request.gateway, &request.account.id).map_or(0, |page| page.pauses);
            let until = restricted_until(at, before);
            send_result::later(batch, request, until, &why, at);
            pause(batch, request, until, &why, at);
        }
        Class::TokenDead => {
            wait_for_token(batch, request, &why, at);
            trouble(batch, request, known, &why, at);
        }
        class => {
            send_result::failed(batch, request, &why, at);
            // A setting that the account's owner must switch on at Meta blocks every message.
            let by_owner = class == Class::Configuration && error.explain().mender == Mender::AccountOwner;
            if matches!(class, Class::Permission | Class::Billing) || by_owner {
                trouble(batch, request, known, &why, at);
            }
        }
    }
}

/// Until when sends of an account that Meta has restricted are paused, given the number of earlier pauses.
pub(crate) fn restricted_until(at: Micros, pauses: i64) -> Micros {
    at.plus((RESTRICTED << pauses.clamp(0, 6)).min(RESTRICTED_LONGEST))
}

/// Pauses the sends of a page: all its requests wait, and Health shows it until Meta accepts one again.
fn pause(batch: &mut Batch, request: &Queued, until: Micros, why: &Failure, at: Micros) {
    account::pause(batch, request.gateway, &request.account.id, until, why, at);
    event::gateway_changed(batch, request.gateway, at);
    batch.notify(Signal::Config);
}

/// Records trouble of the page itself, which Health shows.
fn trouble(batch: &mut Batch, request: &Queued, known: &GatewayEntry, why: &Failure, at: Micros) {
    let trouble = PageTrouble::Refused { failure: why.clone() };
    account::set_trouble(batch, request.gateway, &request.account.id, Some(&trouble));
    crate::check_requests::request_check(batch, request.gateway, &request.account.id, "send", at);
    event::gateway_changed(batch, known.row.id, at);
    batch.notify(Signal::Config);
}

/// It waits until the account is connected again.
fn wait_for_token(batch: &mut Batch, request: &Queued, why: &Failure, at: Micros) {
    outbox::lock_access(batch, request);
    send_result::later(batch, request, at.plus(NO_TOKEN), why, at);
    outbox::sooner_if_connected(batch, request.id, at.plus(NEW_TOKEN));
}
