//! What one event means: which turn is played, or which message changes.

use channels::meta::webhook::PAGE_INBOX;
use domain::decision::{Change, react};
use domain::id::{ContactId, IdentityId, MessageId};
use domain::inbound::{Echo, Happening, Inbound};
use domain::message::Status;
use domain::time::Micros;
use domain::turn::{Turn, With};
use store::table::contact::{self, Identity};
use store::table::{conversation, event, message, page, record};
use store::{Batch, CommitError, values};

use super::{Found, Outcome, Waiting, finish, gateway, note_event};
use crate::app::App;
use crate::clock::now;
use crate::work::desk::Stage;
use crate::work::settle;

/// How often a turn is played anew because somebody was quicker.
pub(super) const TRIES: usize = 20;

/// Applies one event and settles it in the same batch.
pub async fn event(app: &App, waiting: &Waiting) -> Result<(), store::Error> {
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
    let directory = app.directory();
    let last_event = match directory.page(waiting.gateway, &inbound.page) {
        None => return ignore(Some(format!("Page {} is not connected.", inbound.page))).await,
        Some(page) if !page.subscribed => {
            return ignore(Some(format!("Page {} is switched off.", inbound.page))).await;
        }
        Some(page) => page.last_event_at,
    };
    match &inbound.what {
        Happening::NotForUs { reason } => ignore(Some(reason.clone())).await,
        Happening::PageAlarm { text } => {
            let mut batch = Batch::new();
            batch.push(page::TROUBLE, values![waiting.gateway, &inbound.page, text]);
            event::insert(&mut batch, "gateway", None, Some(waiting.gateway.0), "", now());
            batch.ring(store::Bell::Config);
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
        Happening::Said(_) | Happening::Referred(_) | Happening::Notice { .. } | Happening::Echo(_) => {
            talk(app, waiting, inbound, last_event).await
        }
        Happening::Edited { .. }
        | Happening::Unsent { .. }
        | Happening::Reacted { .. }
        | Happening::Delivered { .. }
        | Happening::Read { .. } => change(app, waiting, inbound).await,
    }
}

/// Our own message came back: it left, whatever we thought.
async fn ours(app: &App, waiting: &Waiting, inbound: &Inbound, echo: &Echo) -> Result<(), store::Error> {
    let mut batch = Batch::new();
    if let Some((message, part)) = settle::metadata(echo.metadata.as_deref()) {
        settle::echoed(app, &mut batch, &inbound.page, message, part, &echo.mid).await?;
    }
    Outcome::Applied.settle(&mut batch, waiting);
    finish(app, batch).await.map(|_| ())
}

/// Something was said: a turn of the open conversation, or of a new one.
async fn talk(
    app: &App,
    waiting: &Waiting,
    inbound: &Inbound,
    last_event: Option<Micros>,
) -> Result<(), store::Error> {
    for _ in 0..TRIES {
        let found = app
            .store
            .ask(vec![
                (contact::BY_EXTERNAL, values![&inbound.page, &inbound.customer]),
                (conversation::OPEN_BY_EXTERNAL, values![&inbound.page, &inbound.customer]),
            ])
            .await?;
        let known = found[0].first().map(contact::from_row);
        let open = found[1].first().map(conversation::from_row);
        let is_new = known.is_none();
        let identity = known.unwrap_or_else(|| newcomer(app, waiting, inbound));
        let reply_to = reply_to(app, inbound).await?;

        let running = open.as_ref().and_then(|it| it.more.run.as_ref().and(it.more.flow));
        let stage = Stage::of(app, waiting.gateway, &inbound.page, identity.name.clone(), running).await?;
        let scene = stage.scene();
        let decision = {
            let mut ids = app.id_source();
            let mut turn = match open {
                Some(it) => Turn::of(it, &scene, &mut ids),
                None => Turn::begin(with(&identity), &scene, &mut ids),
            };
            play(&mut turn, inbound, reply_to);
            if waiting.found != Found::Live {
                turn.mark_caught_up();
            }
            turn.finish()
        };
        let mut batch = Batch::new();
        if is_new {
            contact::insert(&mut batch, &identity);
        }
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

fn play(turn: &mut Turn<'_>, inbound: &Inbound, reply_to: Option<MessageId>) {
    match &inbound.what {
        Happening::Said(said) => turn.receive(said.clone(), inbound.at, reply_to),
        Happening::Referred(referral) => turn.referred(referral, inbound.at),
        Happening::Notice { text } => turn.notice(text.clone()),
        Happening::Echo(echo) => {
            let inbox = echo.app.as_deref().is_some_and(|app| PAGE_INBOX.contains(&app));
            let sender = if inbox { "Page inbox" } else { "Another app" };
            turn.answered_elsewhere(echo, inbound.at, sender);
        }
        _ => {}
    }
}

/// A customer whom we have not met; their name and picture are fetched afterwards.
pub(super) fn newcomer(app: &App, waiting: &Waiting, inbound: &Inbound) -> Identity {
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
    }
}

pub(super) fn with(identity: &Identity) -> With {
    With {
        identity: identity.id,
        contact: identity.contact,
        gateway: identity.gateway,
        page: identity.page.clone(),
    }
}

/// The message of ours that the customer answers.
pub(super) async fn reply_to(app: &App, inbound: &Inbound) -> Result<Option<MessageId>, store::Error> {
    let Happening::Said(said) = &inbound.what else { return Ok(None) };
    let Some(mid) = &said.reply_to else { return Ok(None) };
    let row = app.store.row(message::BY_MID, values![&inbound.page, mid]).await?;
    Ok(row.map(|row| message::from_row(&row).message.id))
}

/// Whether what was said is in a thread already.
pub(super) async fn known_mid(app: &App, inbound: &Inbound) -> Result<bool, store::Error> {
    let mid = match &inbound.what {
        Happening::Said(said) => &said.mid,
        Happening::Echo(echo) => &echo.mid,
        Happening::Referred(referral) => &referral.key,
        _ => return Ok(false),
    };
    Ok(app.store.row(message::BY_MID, values![&inbound.page, mid]).await?.is_some())
}

/// Something happened to messages that are there: edits, reactions, receipts.
async fn change(app: &App, waiting: &Waiting, inbound: &Inbound) -> Result<(), store::Error> {
    let at = now();
    let when = inbound.at.unwrap_or(at);
    let mut batch = Batch::new();
    let Some(identity) = crate::work::desk::identity(app, &inbound.page, &inbound.customer).await? else {
        Outcome::Ignored(Some("It speaks of a customer who never wrote.".into())).settle(&mut batch, waiting);
        return finish(app, batch).await.map(|_| ());
    };
    let mut outcome = Outcome::Applied;
    match &inbound.what {
        Happening::Delivered { watermark, .. } => {
            receipts(app, &mut batch, identity.id, Status::Delivered, *watermark, when).await?;
        }
        Happening::Read { watermark } => {
            receipts(app, &mut batch, identity.id, Status::Read, *watermark, when).await?;
        }
        Happening::Edited { mid, .. } | Happening::Unsent { mid } | Happening::Reacted { mid, .. } => {
            match app.store.row(message::BY_MID, values![&inbound.page, mid]).await? {
                Some(row) => {
                    let it = message::from_row(&row).message;
                    let change = match &inbound.what {
                        Happening::Edited { text, .. } => {
                            Change::Edited { message: it.id, text: text.clone(), at: when }
                        }
                        Happening::Reacted { emoji, .. } => Change::Reactions {
                            message: it.id,
                            extra: react(&it.extra, "contact", emoji.as_deref()),
                        },
                        _ => Change::Unsent { message: it.id, at: when },
                    };
                    record::change(&mut batch, it.conversation, &change, at);
                }
                None => outcome = Outcome::Ignored(Some("It speaks of a message that is not here.".into())),
            }
        }
        _ => {}
    }
    if inbound.what.opens_window() {
        record::move_window(&mut batch, identity.id, when.min(at));
    }
    outcome.settle(&mut batch, waiting);
    finish(app, batch).await.map(|_| ())
}

/// Everything of ours up to the watermark arrived or was read. Never backwards.
async fn receipts(
    app: &App,
    batch: &mut Batch,
    identity: IdentityId,
    status: Status,
    watermark: Micros,
    at: Micros,
) -> Result<(), store::Error> {
    let sql = if status == Status::Read { message::UNREAD } else { message::UNDELIVERED };
    for row in app.store.rows(sql, values![identity, watermark]).await? {
        let change = Change::Receipt { message: MessageId(row.int(0)), status, at };
        record::change(batch, domain::id::ConversationId(row.int(1)), &change, now());
    }
    Ok(())
}
