//! What one event means: which turn is played, or which message changes.

use domain::id::{ContactId, GatewayId, IdentityId, MessageId, UserId};
use domain::inbound::{Echo, Happening, Inbound, Measure, Verb};
use domain::review::Signs;
use domain::time::Micros;
use domain::turn::{Owner, Turn, With};
use store::table::contact::{self, Identity};
use store::table::{comment, event, message, page, record};
use store::{Batch, CommitError, values};

use super::facts::{self, Facts};
use super::{Found, Outcome, Waiting, finish, gateway, note_event, revise};
use crate::clock::now;
use crate::desk::Stage;
use crate::engine::Engine;
use crate::{commenter, control, settle};

/// How often a turn is played anew because somebody was quicker.
pub(super) const TRIES: usize = 20;

/// Applies one event and settles it in the same batch. `facts` were read shortly before, if they were.
pub async fn event(app: &Engine, waiting: &Waiting, facts: Option<Facts>) -> Result<(), store::Error> {
    let ignore = async |why: Option<String>| -> Result<(), store::Error> {
        let mut batch = Batch::new();
        Outcome::Ignored(why).settle(&mut batch, waiting);
        finish(app, batch).await.map(|_| ())
    };
    let Some(inbound) = &waiting.event else {
        return ignore(Some("The delivery is gone.".into())).await;
    };
    let Some(known) = gateway(app, waiting.gateway) else {
        return ignore(Some("Its gateway was deleted.".into())).await;
    };
    if !known.row.enabled {
        return ignore(Some("Its gateway is switched off.".into())).await;
    }
    if let Happening::NotForUs { reason } = &inbound.what {
        return ignore(Some(reason.clone())).await;
    }
    let directory = app.directory();
    let last_event = match directory.page(waiting.gateway, &inbound.page) {
        None => return ignore(Some(format!("Page {} is not connected.", inbound.page))).await,
        Some(page) if !page.subscribed => {
            return ignore(Some(format!("Page {} is switched off.", inbound.page))).await;
        }
        Some(page) => page.last_event_at,
    };
    let at = now();
    match &inbound.what {
        Happening::Measure { measure, text } => {
            let standing = (*measure != Measure::Unblock).then(|| (text.clone(), measure.word()));
            let (text, word) = standing.unzip();
            let mut batch = Batch::new();
            let since = inbound.at.unwrap_or(at).min(at);
            batch.push(page::POLICY, values![waiting.gateway, &inbound.page, text, word, since]);
            event::insert(&mut batch, "gateway", None, Some(waiting.gateway.0), "", at);
            batch.ring(store::Bell::Config);
            Outcome::Applied.settle(&mut batch, waiting);
            finish(app, batch).await.map(|_| ())
        }
        Happening::Commented(it) => {
            let mut batch = Batch::new();
            let when = inbound.at.unwrap_or(at).min(at);
            comment::happened(&mut batch, app.ids.next(), waiting.gateway, &inbound.page, it, when);
            if it.verb == Verb::Removed {
                commenter::unquote(app, &mut batch, &inbound.page, &it.id, when).await?;
            }
            note_event(&mut batch, waiting, &inbound.page, last_event);
            Outcome::Applied.settle(&mut batch, waiting);
            finish(app, batch).await.map(|_| ())
        }
        _ if inbound.customer.is_empty() => ignore(Some("It names no customer.".into())).await,
        Happening::Echo(echo) if settle::metadata(echo.metadata.as_deref()).is_some() => {
            ours(app, waiting, inbound, echo).await
        }
        Happening::Said(_) | Happening::Echo(_) if waiting.found.is_over(inbound.at) => {
            super::past::record(app, waiting, inbound).await
        }
        Happening::Said(_)
        | Happening::Referred(_)
        | Happening::Notice { .. }
        | Happening::Control(_)
        | Happening::Unknown { .. }
        | Happening::Echo(_) => talk(app, waiting, inbound, last_event, facts).await,
        Happening::Edited { .. } | Happening::Unsent { .. } | Happening::Reacted { .. } => {
            revise::change(app, waiting, inbound).await
        }
        Happening::Delivered { .. } | Happening::Read { .. } => revise::receipt(app, waiting, inbound).await,
        // Answered above, whatever page it names.
        Happening::NotForUs { .. } => Ok(()),
    }
}

/// Our own message came back: it left, whatever we thought.
async fn ours(app: &Engine, waiting: &Waiting, inbound: &Inbound, echo: &Echo) -> Result<(), store::Error> {
    let mut batch = Batch::new();
    let mut unmet = None;
    if let Some(part) = settle::metadata(echo.metadata.as_deref()) {
        let to = (inbound.page.as_str(), inbound.customer.as_str());
        let said = settle::echoed(app, &mut batch, to, part, &echo.mid).await?;
        if let (Some(said), Some(at)) = (&said, inbound.at)
            && part.1 + 1 >= i64::from(said.extra.parts)
        {
            let known = values![said.id, to.0, to.1, at, now()];
            batch.push(message::READ_BEFORE_ECHO, known);
        }
        unmet = said.filter(|said| said.extra.comment.is_some()).map(|said| said.identity);
    }
    Outcome::Applied.settle(&mut batch, waiting);
    finish(app, batch).await?;
    // Before the customer's next words are read, which belong into the same conversation.
    match unmet {
        Some(identity) => commenter::meet(app, identity).await,
        None => Ok(()),
    }
}

/// Something was said: a turn of the open conversation, or of a new one.
async fn talk(
    app: &Engine,
    waiting: &Waiting,
    inbound: &Inbound,
    last_event: Option<Micros>,
    mut facts: Option<Facts>,
) -> Result<(), store::Error> {
    for _ in 0..TRIES {
        let facts = match facts.take() {
            Some(facts) => facts,
            None => Facts::of(app, inbound).await?,
        };
        let Facts { identity: known, mut open, reply_to } = facts;
        if let Some(reason) = open.is_none().then(|| pointless(app, waiting, inbound)).flatten() {
            let mut batch = Batch::new();
            Outcome::Ignored(Some(reason.into())).settle(&mut batch, waiting);
            return finish(app, batch).await.map(|_| ());
        }
        let is_new = known.is_none();
        let identity = known.unwrap_or_else(|| newcomer(app, waiting, inbound));
        let called = review_called(app, waiting, inbound);
        let mut batch = Batch::new();
        if is_new {
            contact::insert(&mut batch, &identity);
        }
        // A review never goes on in a customer's conversation: that one gives way, unless somebody of ours speaks in it.
        let mut must_wait = false;
        if let Some(before) = open.take_if(|it| called.is_some() && it.review != called) {
            let stage =
                Stage::of(app, waiting.gateway, &inbound.page, before.review, identity.name.clone(), None).await?;
            let scene = stage.scene();
            let mut ids = app.id_source();
            let mut turn = Turn::of(before.clone(), &scene, &mut ids);
            if turn.gives_way_to_review() {
                batch.append(record::decision(&turn.finish(), stage.now()));
            } else {
                must_wait = true;
                open = Some(before);
            }
        }
        let review = open.as_ref().map_or(called, |it| it.review);

        let running = open.as_ref().and_then(|it| it.more.run.as_ref().and(it.more.flow));
        let stage = Stage::of(app, waiting.gateway, &inbound.page, review, identity.name.clone(), running).await?;
        let scene = stage.scene();
        let decision = {
            let mut ids = app.id_source();
            let mut turn = match open {
                Some(it) => Turn::of(it, &scene, &mut ids),
                None => Turn::begin(with(&identity, review), &scene, &mut ids),
            };
            play(app, &mut turn, waiting, inbound, reply_to);
            if must_wait {
                turn.gives_way_to_review();
            } else if called.is_some() && matches!(inbound.what, Happening::Referred(_)) {
                turn.greet_review();
            }
            if waiting.found != Found::Live {
                turn.mark_caught_up();
            }
            turn.finish()
        };
        batch.append(record::decision(&decision, stage.now()));
        if waiting.found == Found::Live {
            note_event(&mut batch, waiting, &inbound.page, last_event);
        }
        Outcome::Applied.settle(&mut batch, waiting);
        match app.store.commit(batch).await {
            Ok(_) => return Ok(()),
            Err(CommitError::Store(error)) => return Err(error),
            Err(CommitError::Conflict | CommitError::Duplicate) => {
                // The same message a second time is no news: it is in its thread already.
                if known_mid(app, inbound).await? {
                    let mut batch = Batch::new();
                    Outcome::Applied.settle(&mut batch, waiting);
                    return finish(app, batch).await.map(|_| ());
                }
            }
        }
    }
    let mut batch = Batch::new();
    Outcome::Failed("The conversation changed too quickly to apply it. It can be retried.".into())
        .settle(&mut batch, waiting);
    finish(app, batch).await.map(|_| ())
}

/// The reviewer whose review this event calls, by code word or link. In a thread that another app holds nothing of ours
/// would be answered, so nothing begins.
fn review_called(app: &Engine, waiting: &Waiting, inbound: &Inbound) -> Option<UserId> {
    let directory = app.directory();
    let reviewer = directory.reviewer_of(waiting.gateway, now()).filter(|_| !inbound.standby)?;
    let signs = Signs { code_word: &reviewer.code_word, ref_token: &reviewer.ref_token };
    signs.call(&inbound.what).then_some(reviewer.user)
}

fn play(app: &Engine, turn: &mut Turn<'_>, waiting: &Waiting, inbound: &Inbound, reply_to: Option<MessageId>) {
    match &inbound.what {
        Happening::Said(said) if inbound.standby => turn.overhear(said, inbound.at, reply_to),
        Happening::Said(said) => turn.receive(said.clone(), inbound.at, reply_to),
        Happening::Referred(referral) => turn.referred(referral, inbound.at),
        Happening::Notice { key, text } => turn.notice(text.clone(), key.clone()),
        Happening::Unknown { key, .. } => turn.puzzled(key.clone(), inbound.at),
        Happening::Control(step) => {
            let ours = our_app(app, waiting.gateway);
            turn.controlled(step, control::owner(step, &ours), control::line(step, &ours));
        }
        Happening::Echo(echo) => {
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
fn pointless(app: &Engine, waiting: &Waiting, inbound: &Inbound) -> Option<&'static str> {
    match &inbound.what {
        Happening::Unknown { .. } => Some("It is of a kind that nobody knows, and no conversation is open."),
        Happening::Control(step) if control::owner(step, &our_app(app, waiting.gateway)) != Owner::Us => {
            Some("Other apps speak with this customer; no conversation is open here.")
        }
        _ => None,
    }
}

fn our_app(app: &Engine, id: GatewayId) -> String {
    gateway(app, id).map(|known| known.row.app_id.clone()).unwrap_or_default()
}

/// A customer whom we have not met; their name and picture are fetched afterwards.
pub(super) fn newcomer(app: &Engine, waiting: &Waiting, inbound: &Inbound) -> Identity {
    Identity {
        id: IdentityId(app.ids.next()),
        gateway: waiting.gateway,
        page: inbound.page.clone(),
        external: inbound.customer.clone(),
        contact: ContactId(app.ids.next()),
        last_user_at: None,
        profile_tries: 0,
        profile_next_at: None,
        name: None,
        picture: None,
        created_at: now(),
        known_as: None,
    }
}

pub(super) fn with(identity: &Identity, review: Option<UserId>) -> With {
    With {
        identity: identity.id,
        contact: identity.contact,
        gateway: identity.gateway,
        page: identity.page.clone(),
        review,
    }
}

/// The message of ours that the customer answers.
pub(super) async fn reply_to(app: &Engine, inbound: &Inbound) -> Result<Option<MessageId>, store::Error> {
    let Some(mid) = facts::answered(inbound) else { return Ok(None) };
    let row = app.store.row(message::ID_BY_MID, values![&inbound.page, mid]).await?;
    Ok(row.map(|row| MessageId(row.int(0))))
}

/// Whether it is in a thread already.
pub(super) async fn known_mid(app: &Engine, inbound: &Inbound) -> Result<bool, store::Error> {
    let mid = match &inbound.what {
        Happening::Said(said) => &said.mid,
        Happening::Echo(echo) => &echo.mid,
        Happening::Referred(referral) => &referral.key,
        Happening::Notice { key, .. } | Happening::Unknown { key, .. } => key,
        Happening::Control(step) => &step.key,
        _ => return Ok(false),
    };
    Ok(app.store.row(message::ID_BY_MID, values![&inbound.page, mid]).await?.is_some())
}
