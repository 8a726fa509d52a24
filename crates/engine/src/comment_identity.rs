//! The writer of a comment has a different id in messages. Their identity is the comment's until a private reply has
//! reached them. Then it is linked to the person: a new contact, or one who writes to us already.

use domain::conversation::State;
use domain::decision::Change;
use domain::id::{IdentityId, MessageId};
use domain::thread_event::{SystemClose, ThreadEvent};
use domain::time::Micros;
use domain::turn::Commented;
use store::table::contact::{self, Identity};
use store::table::{conversation, event, message, record};
use store::{Batch, Bell, Error, values};

use crate::engine::Engine;
use crate::optimistic::commit_if_first;
use crate::turns::{ignore_refusal, play, play_on};
use crate::worker::{Context, Next, Schedule, Worker};

/// Links identities that became linkable during a crash, or whose link conflicted.
#[derive(Debug)]
pub struct CommentIdentities(Engine);

impl Worker for CommentIdentities {
    const SCHEDULE: Schedule = Schedule::new("comment_identities", None);

    fn new(app: &Engine) -> Self {
        Self(app.clone())
    }

    async fn round(&mut self, _: &Context) -> Result<Next, Error> {
        round(&self.0).await.map(|()| Next::Poll)
    }
}

async fn round(app: &Engine) -> Result<(), Error> {
    for row in app.store.rows(contact::MET, values![]).await? {
        link(app, contact::from_row(&row).id).await?;
    }
    Ok(())
}

/// Applies what was learned of the writer of a comment, if anything was. On a conflict the loop comes again.
pub async fn link(app: &Engine, id: IdentityId) -> Result<(), Error> {
    let Some(pending) = contact::by_id(&app.store, id).await? else { return Ok(()) };
    let Some(user) = pending.known_as.as_deref() else { return Ok(()) };
    let known = app.store.row(contact::BY_EXTERNAL, values![&pending.page, user]).await?;
    match known.as_ref().map(contact::from_row) {
        None => commit_if_first(&app.store, promote(app, &pending).await?).await.map(|_| ()),
        Some(known) => merge(app, &pending, &known).await,
    }
}

/// They have never written to us: the identity gets their id.
async fn promote(app: &Engine, pending: &Identity) -> Result<Batch, Error> {
    let (mut batch, at) = (Batch::new(), app.clock.now());
    batch.must(contact::BECOME, values![pending.id, at]);
    batch.ring(Bell::Fetch);
    announce(app, &mut batch, pending, at).await?;
    Ok(batch)
}

/// They write to us already: the private reply becomes part of their history. If they have an open conversation, an event
/// in it quotes the reply, and the other conversation is closed.
async fn merge(app: &Engine, pending: &Identity, known: &Identity) -> Result<(), Error> {
    let open = async |identity: &Identity| -> Result<_, Error> {
        let params = values![&identity.page, &identity.external];
        let row = app.store.row(conversation::OPEN_BY_EXTERNAL, params).await?;
        Ok(row.as_ref().map(conversation::from_row))
    };
    let theirs = open(known).await?;
    if let (Some(ours), Some(_)) = (open(pending).await?, &theirs) {
        let closed = play(app, ours.id, |turn| {
            turn.abandon(SystemClose::ContinuedElsewhere);
            Ok(())
        });
        ignore_refusal(closed.await)?;
    }
    let batch = merged(app, pending, known).await?;
    let Some(theirs) = theirs else { return commit_if_first(&app.store, batch).await.map(|_| ()) };
    let event = match app.store.row(message::LAST_REPLY_TO, values![pending.id]).await? {
        Some(row) => ThreadEvent::PrivateReplyElsewhere { by: Some(row.text(0)), reply: row.opt_text(1) },
        None => ThreadEvent::PrivateReplyElsewhere { by: None, reply: None },
    };
    let key = format!("{}:here", Commented::key(pending.comment().unwrap_or_default()));
    let noted = play_on(
        app,
        theirs.id.into(),
        |turn, _| {
            if turn.conversation().state != State::Closed {
                turn.notice(event.clone(), key.clone());
            }
            Ok(())
        },
        |all, _| {
            all.append(batch.clone());
        },
    );
    ignore_refusal(noted.await).map(|_| ())
}

/// Moves all that belongs to the comment's identity to the other.
async fn merged(app: &Engine, pending: &Identity, known: &Identity) -> Result<Batch, Error> {
    let (mut batch, at) = (Batch::new(), app.clock.now());
    batch.must(contact::JOINED, values![pending.id, pending.known_as.clone()]);
    batch.push(contact::JOIN_MESSAGES, values![pending.id, known.id]);
    batch.push(contact::JOIN_OUTBOX, values![pending.id, known.id, &pending.page]);
    batch.push(contact::JOIN_CONVERSATIONS, values![pending.id, known.id, known.contact]);
    let others = app.store.rows(contact::OF_CONTACT, values![pending.contact]).await?;
    if pending.contact != known.contact && others.len() == 1 {
        let questions =
            [pending, known].map(|one| (contact::CONTACT, values![one.contact])).into_iter().collect::<Vec<_>>();
        let answers = app.store.ask(questions).await?;
        if let (Some(left), Some(stays)) = (answers[0].first(), answers[1].first()) {
            crate::contacts::fold_into(&mut batch, contact::person(stays), &contact::person(left), at);
        }
    }
    announce(app, &mut batch, pending, at).await?;
    Ok(batch)
}

/// All of their open conversations show who they are now.
async fn announce(app: &Engine, batch: &mut Batch, pending: &Identity, at: Micros) -> Result<(), Error> {
    for row in app.store.rows(contact::OPEN_CONVERSATIONS, values![pending.contact]).await? {
        event::insert(batch, "conversation", Some(row.int(0)), None, "", at);
    }
    Ok(())
}

/// A comment was removed: the event in the thread stops quoting it.
pub async fn remove_quote(app: &Engine, batch: &mut Batch, page: &str, comment: &str) -> Result<(), Error> {
    let key = Commented::key(comment);
    let Some(row) = app.store.row(message::ID_BY_MID, values![page, key]).await? else { return Ok(()) };
    let id = MessageId(row.int(0));
    let Some(row) = app.store.row(message::BY_ID, values![id]).await? else { return Ok(()) };
    let message = message::from_row(&row).message;
    if let Some(event) = message.extra.event.as_deref().and_then(ThreadEvent::without_comment) {
        let event = Box::new(event);
        record::change(batch, message.conversation, &Change::Event { message: id, event }, app.clock.now());
    }
    Ok(())
}
