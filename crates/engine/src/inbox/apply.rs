//! What one event means: which turn is decided, or which message changes. Nothing is committed here.

use domain::id::{ContactId, GatewayId, IdentityId, MessageId, UserId};
use domain::inbound::{Echo, Inbound, InboundEvent, PolicyAction, Verb};
use domain::review::Signs;
use domain::time::Micros;
use domain::turn::{Owner, Turn};
use store::table::contact::Identity;
use store::table::inbox::Source;
use store::table::{comment, delivery_status, mid, page};

use super::{Application, Outcome, PendingEvent, gateway, note_event, past, revise};
use crate::engine::Engine;
use crate::turns::{Thread, ThreadState, TurnError, decide};
use crate::{comment_identity, control, send_result};
use store::table::thread::Facts;

/// What the event means. `facts` were read shortly before, if they were; `again` says that another writer was quicker at an
/// earlier attempt.
pub async fn event(
    app: &Engine,
    pending: &PendingEvent,
    facts: Option<Facts>,
    again: bool,
) -> Result<Application, TurnError> {
    let ignored = |why: &str| Ok(Application::ignored(why));
    let Some(inbound) = &pending.event else { return ignored("The delivery is gone.") };
    let Some(known) = gateway(app, pending.gateway) else { return ignored("Its gateway was deleted.") };
    if !known.row.enabled {
        return ignored("Its gateway is switched off.");
    }
    if let InboundEvent::NotForUs { reason } = &inbound.what {
        return ignored(reason);
    }
    let directory = app.directory();
    let last_event = match directory.page(pending.gateway, &inbound.page) {
        None => return ignored(&format!("Page {} is not connected.", inbound.page)),
        Some(page) if !page.subscribed => return ignored(&format!("Page {} is switched off.", inbound.page)),
        Some(page) => page.last_event_at,
    };
    // The same message again is in its thread already.
    if again && known_mid(app, inbound).await? {
        return Ok(Application::applied(pending.batch()));
    }
    match &inbound.what {
        InboundEvent::PolicyAction { measure, reason } => {
            Ok(policy_action(pending, inbound, *measure, reason.as_deref(), app.clock.now()))
        }
        InboundEvent::Commented(_) => commented(app, pending, inbound, last_event).await,
        _ if inbound.customer.is_empty() => ignored("It names no customer."),
        InboundEvent::Echo(echo) if send_result::metadata(echo.metadata.as_deref()).is_some() => {
            own_echo(app, pending, inbound, echo).await
        }
        InboundEvent::Said(_) | InboundEvent::Echo(_)
            if past::is_over(pending.source, inbound.at, app.clock.now()) =>
        {
            past::record(app, pending, inbound).await
        }
        InboundEvent::Said(_)
        | InboundEvent::Referral(_)
        | InboundEvent::Notice { .. }
        | InboundEvent::Control(_)
        | InboundEvent::Unknown { .. }
        | InboundEvent::Echo(_) => talk(app, pending, inbound, last_event, facts).await,
        InboundEvent::Edited { .. } | InboundEvent::Unsent { .. } | InboundEvent::Reacted { .. } => {
            revise::change(app, pending, inbound).await
        }
        InboundEvent::Delivered { .. } | InboundEvent::Read { .. } => revise::receipt(app, pending, inbound).await,
        // Answered above, whatever page it names.
        InboundEvent::NotForUs { .. } => ignored("It is not for us."),
    }
}

/// Meta restricted the Page, warned it, or lifted a restriction.
fn policy_action(
    pending: &PendingEvent,
    inbound: &Inbound,
    measure: PolicyAction,
    reason: Option<&str>,
    at: Micros,
) -> Application {
    let mut batch = pending.batch();
    let since = inbound.at.unwrap_or(at).min(at);
    page::set_policy(&mut batch, pending.gateway, &inbound.page, (measure, reason), since, at);
    Application::applied(batch)
}

async fn commented(
    app: &Engine,
    pending: &PendingEvent,
    inbound: &Inbound,
    last_event: Option<Micros>,
) -> Result<Application, TurnError> {
    let InboundEvent::Commented(comment) = &inbound.what else { return Ok(Application::applied(pending.batch())) };
    let at = app.clock.now();
    let mut batch = pending.batch();
    let when = inbound.at.unwrap_or(at).min(at);
    comment::happened(&mut batch, app.ids.next(), pending.gateway, &inbound.page, comment, when);
    if comment.verb == Verb::Removed {
        comment_identity::remove_quote(app, &mut batch, &inbound.page, &comment.id).await?;
    }
    note_event(&mut batch, pending, &inbound.page, last_event, app.clock.now());
    Ok(Application::applied(batch))
}

/// Our own message came back: it left, whatever was thought of it.
async fn own_echo(
    app: &Engine,
    pending: &PendingEvent,
    inbound: &Inbound,
    echo: &Echo,
) -> Result<Application, TurnError> {
    let mut applied = Application::applied(pending.batch());
    let Some(part) = send_result::metadata(echo.metadata.as_deref()) else { return Ok(applied) };
    let to = (inbound.page.as_str(), inbound.customer.as_str());
    let sent = send_result::echoed(app, &mut applied.batch, to, part, &echo.mid).await?;
    if let (Some(sent), Some(at)) = (&sent, inbound.at)
        && part.1 + 1 >= i64::from(sent.data.parts)
    {
        delivery_status::read_before_echo(&mut applied.batch, sent.id, to, at, app.clock.now());
    }
    applied.link = sent.filter(|sent| sent.data.comment.is_some()).map(|sent| sent.identity);
    Ok(applied)
}

/// Something was said: a turn of the open conversation, or of a new one.
async fn talk(
    app: &Engine,
    pending: &PendingEvent,
    inbound: &Inbound,
    last_event: Option<Micros>,
    facts: Option<Facts>,
) -> Result<Application, TurnError> {
    let facts = match facts {
        Some(facts) => facts,
        None => super::facts::of(app, inbound).await?,
    };
    let Facts { identity: known, mut open, reply_to } = facts;
    if let Some(reason) = open.is_none().then(|| pointless(app, pending, inbound)).flatten() {
        return Ok(Application::new(pending.batch(), Outcome::Ignored(Some(reason.into()))));
    }
    let mut is_new = known.is_none();
    let identity = known.unwrap_or_else(|| newcomer(app, pending, inbound));
    let called = review_called(app, pending, inbound);
    let mut batch = pending.batch();
    // A review never continues in a customer's conversation: that one closes, unless an agent holds it.
    let mut must_wait = false;
    if let Some(before) = open.take_if(|it| called.is_some() && it.review != called) {
        let state =
            ThreadState { identity: identity.clone(), is_new, conversation: Thread::Existing(before.clone()) };
        let ended = decide(app, state, |turn| Ok(turn.gives_way_to_review())).await?;
        if ended.value {
            ended.write(&mut batch);
            is_new = false;
        } else {
            must_wait = true;
            open = Some(before);
        }
    }
    let conversation = open.map_or(Thread::New { review: called }, Thread::Existing);
    let decided = decide(app, ThreadState { identity, is_new, conversation }, |turn| {
        play(app, turn, pending, inbound, reply_to);
        if must_wait {
            turn.gives_way_to_review();
        } else if called.is_some() && matches!(inbound.what, InboundEvent::Referral(_)) {
            turn.greet_review();
        }
        if pending.source != Source::Webhook {
            turn.mark_caught_up();
        }
        Ok(())
    });
    decided.await?.write(&mut batch);
    if pending.source == Source::Webhook {
        note_event(&mut batch, pending, &inbound.page, last_event, app.clock.now());
    }
    Ok(Application::applied(batch))
}

/// The reviewer whose review this event starts, by code word or link. In a thread that another app holds we could not
/// answer, so no review starts.
fn review_called(app: &Engine, pending: &PendingEvent, inbound: &Inbound) -> Option<UserId> {
    let directory = app.directory();
    let reviewer = directory.reviewer_of(pending.gateway, app.clock.now()).filter(|_| !inbound.standby)?;
    let signs = Signs { code_word: &reviewer.code_word, ref_token: &reviewer.ref_token };
    signs.call(&inbound.what).then_some(reviewer.user)
}

fn play(
    app: &Engine,
    turn: &mut Turn<'_>,
    pending: &PendingEvent,
    inbound: &Inbound,
    reply_to: Option<MessageId>,
) {
    match &inbound.what {
        InboundEvent::Said(said) if inbound.standby => turn.overhear(said, inbound.at, reply_to),
        InboundEvent::Said(said) => turn.receive(said.clone(), inbound.at, reply_to),
        InboundEvent::Referral(referral) => turn.referred(referral, inbound.at),
        InboundEvent::Notice { key, event } => turn.notice(event.clone(), key.clone()),
        InboundEvent::Unknown { key, .. } => turn.puzzled(key.clone(), inbound.at),
        InboundEvent::Control(step) => {
            let ours = our_app(app, pending.gateway);
            turn.controlled(step, control::owner(step, &ours), control::event(step, &ours));
        }
        InboundEvent::Echo(echo) => {
            let holder = control::holder(echo.app.as_deref());
            let sender = if holder.inbox { "Page inbox" } else { "Another app" };
            if inbound.standby {
                turn.held_elsewhere(holder);
            }
            turn.answered_elsewhere(echo, inbound.at, reply_to, sender);
        }
        _ => {}
    }
}

/// Why an event is of no use while the customer has no open conversation.
fn pointless(app: &Engine, pending: &PendingEvent, inbound: &Inbound) -> Option<&'static str> {
    match &inbound.what {
        InboundEvent::Unknown { .. } => Some("It is of a kind that nobody knows, and no conversation is open."),
        InboundEvent::Control(step) if control::owner(step, &our_app(app, pending.gateway)) != Owner::Us => {
            Some("Other apps speak with this customer; no conversation is open here.")
        }
        _ => None,
    }
}

fn our_app(app: &Engine, id: GatewayId) -> String {
    gateway(app, id).map(|known| known.row.app_id.clone()).unwrap_or_default()
}

/// A customer who writes for the first time. Name and picture are fetched afterwards.
pub(super) fn newcomer(app: &Engine, pending: &PendingEvent, inbound: &Inbound) -> Identity {
    Identity {
        id: IdentityId(app.ids.next()),
        gateway: pending.gateway,
        page: inbound.page.clone(),
        external: inbound.customer.clone(),
        contact: ContactId(app.ids.next()),
        last_user_at: None,
        profile_tries: 0,
        profile_next_at: None,
        name: None,
        picture: None,
        created_at: app.clock.now(),
        known_as: None,
    }
}

/// Our message that the customer answers.
pub(super) async fn reply_to(app: &Engine, inbound: &Inbound) -> Result<Option<MessageId>, store::Error> {
    let Some(mid) = super::facts::answered(inbound) else { return Ok(None) };
    mid::message(&app.store, &inbound.page, mid).await
}

/// Whether it is in a thread already.
pub(super) async fn known_mid(app: &Engine, inbound: &Inbound) -> Result<bool, store::Error> {
    let mid = match &inbound.what {
        InboundEvent::Said(said) => &said.mid,
        InboundEvent::Echo(echo) => &echo.mid,
        InboundEvent::Referral(referral) => &referral.key,
        InboundEvent::Notice { key, .. } | InboundEvent::Unknown { key, .. } => key,
        InboundEvent::Control(step) => &step.key,
        _ => return Ok(false),
    };
    Ok(mid::message(&app.store, &inbound.page, mid).await?.is_some())
}
