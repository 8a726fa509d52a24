//! The author of a comment has a different id in messages. Their identity is based on the comment until a private
//! reply has reached them. Then it is linked to the person: a new contact, or one who already writes to us.

use domain::channel::{Account, Address};
use domain::conversation::State;
use domain::decision::Change;
use domain::id::IdentityId;
use domain::thread_event::{SystemClose, ThreadEvent};
use domain::time::Micros;
use domain::turn::Commented;
use store::table::contact::{self, Identity};
use store::table::{conversation, event, identity, message, mid, record};
use store::{Batch, Error, Signal};

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
    for pending in identity::pending_links(&app.store).await? {
        link(app, pending.id).await?;
    }
    Ok(())
}

/// Applies the known id of a comment's author, if there is one. On a conflict the worker tries again.
pub async fn link(app: &Engine, id: IdentityId) -> Result<(), Error> {
    let Some(pending) = identity::by_id(&app.store, id).await? else { return Ok(()) };
    let Some(user) = pending.known_as.as_deref() else { return Ok(()) };
    let known = identity::by_address(&app.store, &Address::new(pending.address.account.clone(), user)).await?;
    match known {
        None => commit_if_first(&app.store, promote(app, &pending).await?).await.map(|_| ()),
        Some(known) => merge(app, &pending, &known).await,
    }
}

/// They have never written to us: the identity gets their id.
async fn promote(app: &Engine, pending: &Identity) -> Result<Batch, Error> {
    let (mut batch, at) = (Batch::new(), app.clock.now());
    identity::promote(&mut batch, pending.id, at);
    batch.notify(Signal::Fetch);
    announce(app, &mut batch, pending, at).await?;
    Ok(batch)
}

/// They already write to us: the private reply becomes part of their history. If they have an open conversation, an
/// event in it quotes the reply, and the other conversation is closed.
async fn merge(app: &Engine, pending: &Identity, known: &Identity) -> Result<(), Error> {
    let open = async |identity: &Identity| -> Result<_, Error> {
        conversation::open_of_customer(&app.store, &identity.address).await
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
    let event = match message::last_reply_to(&app.store, pending.id).await? {
        Some((name, reply)) => ThreadEvent::PrivateReplyElsewhere { by: Some(name), reply },
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

/// Moves everything of the comment's identity to the other.
async fn merged(app: &Engine, pending: &Identity, known: &Identity) -> Result<Batch, Error> {
    let (mut batch, at) = (Batch::new(), app.clock.now());
    identity::merge(&mut batch, pending, known);
    let others = identity::of_contact(&app.store, pending.contact).await?;
    if pending.contact != known.contact
        && others.len() == 1
        && let (Some(left), Some(stays)) = contact::find_two(&app.store, pending.contact, known.contact).await?
    {
        crate::contacts::fold_into(&mut batch, stays, &left, at);
    }
    announce(app, &mut batch, pending, at).await?;
    Ok(batch)
}

/// Adds events, so that all of their open conversations show who they are now.
async fn announce(app: &Engine, batch: &mut Batch, pending: &Identity, at: Micros) -> Result<(), Error> {
    let open = contact::open_conversations(&app.store, pending.contact).await?;
    event::conversations_changed(batch, &open, at);
    Ok(())
}

/// A comment was removed: the event in the thread stops quoting it.
pub async fn remove_quote(app: &Engine, batch: &mut Batch, account: &Account, comment: &str) -> Result<(), Error> {
    let key = Commented::key(comment);
    let Some(id) = mid::message(&app.store, account, &key).await? else { return Ok(()) };
    let Some(stored) = message::by_id(&app.store, id).await? else { return Ok(()) };
    let message = stored.message;
    if let Some(event) = message.data.event.as_deref().and_then(ThreadEvent::without_comment) {
        let event = Box::new(event);
        record::change(batch, message.conversation, &Change::Event { message: id, event }, app.clock.now());
    }
    Ok(())
}
