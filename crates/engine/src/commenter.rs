//! Who wrote a comment is known to the page under another id than in messages. Their identity is the comment's until a
//! private reply has reached them: then they are who they are, somebody new or somebody who writes to us already.

use domain::conversation::State;
use domain::decision::Change;
use domain::id::{IdentityId, MessageId};
use domain::time::Micros;
use domain::turn::Commented;
use store::table::contact::{self, Identity};
use store::table::{conversation, event, message, record};
use store::{Batch, Bell, CommitError, Error, values};
use tokio::sync::watch;

use crate::clock::now;
use crate::desk::{self, TurnError};
use crate::engine::Engine;
use crate::worker::{guarded, until};

/// Why a conversation that holds nothing but the private reply is closed.
const GOES_ON: &str = "The customer was writing to us already: it goes on in their open conversation";

/// The loop: whoever became known while nobody looked, or just before a crash.
pub async fn run(app: Engine, mut drain: watch::Receiver<bool>) {
    loop {
        match guarded(round(&app)).await {
            Some(Ok(())) => {}
            Some(Err(error)) => tracing::warn!(%error, "writers of comments cannot be looked up now"),
            None => tracing::error!("looking up writers of comments panicked; it is tried again"),
        }
        tokio::select! {
            () = tokio::time::sleep(until(None)) => {}
            _ = drain.changed() => return,
        }
    }
}

async fn round(app: &Engine) -> Result<(), Error> {
    for row in app.store.rows(contact::MET, values![]).await? {
        meet(app, contact::from_row(&row).id).await?;
    }
    Ok(())
}

/// Applies what was learned of the writer of a comment, if anything was. Who is in the way is waited for: the loop
/// comes again.
pub async fn meet(app: &Engine, id: IdentityId) -> Result<(), Error> {
    let Some(unmet) = contact::by_id(&app.store, id).await? else { return Ok(()) };
    let Some(psid) = unmet.known_as.as_deref() else { return Ok(()) };
    let committed = match desk::identity(app, &unmet.page, psid).await? {
        None => app.store.commit(become_them(app, &unmet).await?).await.map(|_| ()),
        Some(known) => return join(app, &unmet, &known).await,
    };
    match committed {
        Err(CommitError::Store(error)) => Err(error),
        _ => Ok(()),
    }
}

/// They have never written to us: the identity gets their id.
async fn become_them(app: &Engine, unmet: &Identity) -> Result<Batch, Error> {
    let (mut batch, at) = (Batch::new(), now());
    batch.must(contact::BECOME, values![unmet.id, at]);
    batch.ring(Bell::Fetch);
    tell(app, &mut batch, unmet, at).await?;
    Ok(batch)
}

/// They write to us already: the private reply becomes a part of their history. If they have an open conversation,
/// a line there says what was written, and the other is closed.
async fn join(app: &Engine, unmet: &Identity, known: &Identity) -> Result<(), Error> {
    let open = async |it: &Identity| -> Result<_, Error> {
        let row = app.store.row(conversation::OPEN_BY_EXTERNAL, values![&it.page, &it.external]).await?;
        Ok(row.as_ref().map(conversation::from_row))
    };
    let theirs = open(known).await?;
    if let (Some(ours), Some(_)) = (open(unmet).await?, &theirs) {
        desk::settle(
            desk::turn(app, ours.id, |turn| {
                turn.abandon(GOES_ON);
                Ok(())
            })
            .await,
        )?;
    }
    let batch = joined(app, unmet, known).await?;
    let Some(theirs) = theirs else {
        return match app.store.commit(batch).await {
            Err(CommitError::Store(error)) => Err(error),
            _ => Ok(()),
        };
    };
    let line = match app.store.row(message::LAST_REPLY_TO, values![unmet.id]).await? {
        Some(row) => format!("{} answered a comment of theirs privately: “{}”", row.text(0), row.text(1)),
        None => "A comment of theirs was answered privately".to_owned(),
    };
    let key = format!("{}:here", Commented::key(unmet.comment().unwrap_or_default()));
    let told = desk::turn_with(
        app,
        theirs.id,
        |turn| {
            if turn.conversation().state != State::Closed {
                turn.notice(line.clone(), key.clone());
            }
            Ok(())
        },
        |all, _| {
            all.append(batch.clone());
        },
    )
    .await;
    match told {
        Err(TurnError::Store(error)) => Err(error),
        _ => Ok(()),
    }
}

/// What was of the comment's identity is of the other.
async fn joined(app: &Engine, unmet: &Identity, known: &Identity) -> Result<Batch, Error> {
    let (mut batch, at) = (Batch::new(), now());
    batch.must(contact::JOINED, values![unmet.id, unmet.known_as.clone()]);
    batch.push(contact::JOIN_MESSAGES, values![unmet.id, known.id]);
    batch.push(contact::JOIN_OUTBOX, values![unmet.id, known.id, &unmet.page]);
    batch.push(contact::JOIN_CONVERSATIONS, values![unmet.id, known.id, known.contact]);
    let others = app.store.rows(contact::OF_CONTACT, values![unmet.contact]).await?;
    if unmet.contact != known.contact && others.len() == 1 {
        let questions =
            [unmet, known].map(|one| (contact::CONTACT, values![one.contact])).into_iter().collect::<Vec<_>>();
        let answers = app.store.ask(questions).await?;
        if let (Some(left), Some(stays)) = (answers[0].first(), answers[1].first()) {
            crate::contacts::fold_into(&mut batch, contact::person(stays), &contact::person(left), at);
        }
    }
    tell(app, &mut batch, unmet, at).await?;
    Ok(batch)
}

/// Every conversation that shows them shows who they are now.
async fn tell(app: &Engine, batch: &mut Batch, unmet: &Identity, at: Micros) -> Result<(), Error> {
    for row in app.store.rows(contact::OPEN_CONVERSATIONS, values![unmet.contact]).await? {
        event::insert(batch, "conversation", Some(row.int(0)), None, "", at);
    }
    Ok(())
}

/// A comment was removed: the line that quotes it in a thread does not any more.
pub async fn unquote(app: &Engine, batch: &mut Batch, page: &str, comment: &str, at: Micros) -> Result<(), Error> {
    let key = Commented::key(comment);
    let Some(row) = app.store.row(message::ID_BY_MID, values![page, key]).await? else { return Ok(()) };
    let id = MessageId(row.int(0));
    let Some(row) = app.store.row(message::BY_ID, values![id]).await? else { return Ok(()) };
    let conversation = message::from_row(&row).message.conversation;
    let text = "A comment was answered privately; it has been removed since".to_owned();
    record::change(batch, conversation, &Change::Edited { message: id, text, number: 0, at }, now());
    Ok(())
}
