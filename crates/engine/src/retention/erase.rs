//! Erases one person. At once they can no longer be found or reached; then conversations, deliveries and files go in
//! small batches, in the order of the row's `state`. After a crash it continues where it was. If they write again,
//! they are a new contact.

use std::sync::Arc;

use domain::id::{ContactId, ConversationId, DeliveryId, MediumId, UserId};
use domain::thread_key::ThreadKey;
use domain::time::MINUTE;
use store::table::contact;
use store::table::early;
use store::table::erasure::{self, Erasure, Subject};
use store::table::{event, inbox, setting};
use store::{Batch, Bell, CommitError, values};
use tokio::sync::watch;

use super::{body, commit, rest, subject};
use crate::engine::Engine;

/// Messages that go together.
const MESSAGES: i64 = 200;
/// Deliveries that are looked through together.
const DELIVERIES: i64 = 50;
/// How many conversations screens are notified about at once.
const TOLD: i64 = 500;
/// A file is looked at once more after this long: a fetch in progress may have written it since.
const AGAIN: i64 = 10 * MINUTE;
/// How often it starts over because another writer was quicker.
const TRIES: usize = 20;

/// Begins to erase a contact. None if there is none; the one that runs or ran already if it was asked for before.
/// `code` is that of a person's own request to Meta; `extra` is committed with it.
pub async fn begin(
    app: &Engine,
    contact: ContactId,
    by: Option<UserId>,
    code: Option<&str>,
    extra: &Batch,
) -> Result<Option<Erasure>, CommitError> {
    for _ in 0..TRIES {
        if let Some(known) = erasure::of_contact(&app.store, contact).await? {
            return Ok(Some(known));
        }
        let answers = app
            .store
            .ask(vec![
                (contact::CONTACT, values![contact]),
                (contact::OF_CONTACT, values![contact]),
                (erasure::CONVERSATIONS, values![contact, TOLD]),
            ])
            .await?;
        let Some(person) = answers[0].first().map(contact::person) else { return Ok(None) };
        let (at, id) = (app.clock.now(), app.ids.next());
        let subjects: Vec<Subject> = answers[1]
            .iter()
            .map(contact::from_row)
            .map(|one| Subject { gateway: one.gateway.0, page: one.page, external: one.external })
            .collect();
        let mut batch = extra.clone();
        for subject in &subjects {
            let key = ThreadKey::new(&subject.page, &subject.external).to_string();
            for row in app.store.rows(erasure::WAITING, values![key, id]).await? {
                let why = Some("Its customer was erased.".to_owned());
                inbox::settle(&mut batch, DeliveryId(row.int(0)), row.int(1), 0, why);
            }
        }
        let json = store::table::message::json(&subjects);
        batch.must(erasure::INSERT, values![id, contact, json, id, at, by, code.map(str::to_owned)]);
        batch.must(contact::REMOVE, values![contact, person.version]);
        batch.push(early::ERASE, values![contact]);
        batch.push(erasure::DELETE_OUTBOX, values![contact]);
        batch.push(erasure::DELETE_IDENTITIES, values![contact]);
        batch.push(erasure::END_CONVERSATIONS, values![contact]);
        for picture in [person.picture, person.picture_wanted].into_iter().flatten() {
            erasure::bury(&mut batch, picture.0, at);
        }
        for row in &answers[2] {
            event::insert(&mut batch, "conversation", Some(row.int(0)), None, "gone", at);
        }
        let object = format!("contact {contact}");
        setting::audit(&mut batch, &mut app.id_source(), at, by, "contact.erase", &object, "");
        batch.ring(Bell::Keep);
        match app.store.commit(batch).await {
            Ok(_) => return Ok(erasure::of_contact(&app.store, contact).await?),
            Err(CommitError::Store(error)) => return Err(error.into()),
            Err(CommitError::Conflict | CommitError::Duplicate) => {}
        }
    }
    Err(CommitError::Conflict)
}

/// One look at everything that is to be erased. True if something went.
pub async fn round(app: &Engine, drain: &watch::Receiver<bool>) -> Result<bool, store::Error> {
    let mut worked = false;
    for row in app.store.rows(erasure::RUNNING, values![]).await? {
        step(app, drain, erasure::from_row(&row)).await?;
        worked = true;
        if *drain.borrow() {
            return Ok(worked);
        }
    }
    files(app, drain).await?;
    if worked {
        finish(app).await?;
    }
    Ok(worked)
}

/// Takes an erasure as far as its files.
async fn step(app: &Engine, drain: &watch::Receiver<bool>, it: Erasure) -> Result<(), store::Error> {
    if it.state == "conversations" {
        loop {
            let rows = app.store.rows(erasure::CONVERSATIONS, values![it.contact, 20_i64]).await?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                if !conversation(app, drain, ConversationId(row.int(0)), Some(it.id)).await? {
                    return Ok(());
                }
            }
        }
        to(app, &it, "deliveries").await?;
    }
    if it.state != "files" {
        if !deliveries(app, drain, &it).await? {
            return Ok(());
        }
        to(app, &it, "files").await?;
    }
    Ok(())
}

async fn to(app: &Engine, it: &Erasure, state: &str) -> Result<(), store::Error> {
    let mut batch = Batch::new();
    batch.push(erasure::STEP, values![it.id, state]);
    commit(app, batch).await.map(|_| ())
}

/// Deletes a conversation with all that belongs to it; `erasure` counts. False when the server ends.
pub async fn conversation(
    app: &Engine,
    drain: &watch::Receiver<bool>,
    id: ConversationId,
    erasure: Option<i64>,
) -> Result<bool, store::Error> {
    loop {
        let row = app.store.row(erasure::NEXT_MESSAGES, values![id, MESSAGES]).await?;
        let (last, count) = row.map_or((None, 0), |row| (row.opt_int(0), row.int(1)));
        let mut batch = Batch::new();
        match last {
            Some(last) => {
                batch.push(erasure::DELETE_MIDS, values![id, last]);
                batch.push(erasure::DELETE_MESSAGES, values![id, last]);
            }
            None => {
                erasure::delete_conversation(&mut batch, id, app.clock.now());
                event::insert(&mut batch, "conversation", Some(id.0), None, "gone", app.clock.now());
            }
        }
        if let Some(erasure) = erasure {
            batch.push(erasure::COUNT, values![erasure, i64::from(last.is_none()), count]);
        }
        commit(app, batch).await?;
        if last.is_none() {
            return Ok(true);
        }
        if !rest(drain).await {
            return Ok(false);
        }
    }
}

/// Takes the customer's items out of what Meta delivered. False when there is more to do later.
async fn deliveries(app: &Engine, drain: &watch::Receiver<bool>, it: &Erasure) -> Result<bool, store::Error> {
    let mut place = it.delivery;
    let subjects: Arc<[Subject]> = it.subjects.clone().into();
    loop {
        let rows = app.store.rows(erasure::DELIVERIES, values![place, it.up_to, DELIVERIES]).await?;
        if rows.is_empty() {
            return Ok(true);
        }
        let theirs = Arc::clone(&subjects);
        // Looking through bodies is work for a thread of its own.
        let looked = tokio::task::spawn_blocking(move || {
            let (mut changed, mut last, mut waits) = (Vec::new(), None, false);
            for row in rows {
                let body = body::decoded(row.int(2), row.blob(3));
                if subject::names(&body, &theirs) {
                    // Its events are counted by their places, so nothing is taken out before they are settled.
                    if row.int(4) > 0 {
                        waits = true;
                        break;
                    }
                    changed.push((row.int(0), subject::without(&body, &theirs)));
                }
                last = Some(row.int(0));
            }
            (changed, last, waits)
        });
        let Ok((changed, last, waits)) = looked.await else { return Ok(false) };
        if let Some(last) = last {
            let mut batch = Batch::new();
            let count = i64::try_from(changed.len()).unwrap_or(i64::MAX);
            for (id, body) in changed {
                let events = channels::meta::webhook::decode(&body).map_or(0, |events| events.len());
                batch.must(erasure::REWRITE_DELIVERY, values![id, body, i64::try_from(events).unwrap_or(0)]);
            }
            batch.push(erasure::LOOKED, values![it.id, last, count]);
            if !commit(app, batch).await? {
                return Ok(false);
            }
            place = last;
        }
        if waits || !rest(drain).await {
            return Ok(false);
        }
    }
}

/// If a receipt names no identity we know, adds to its batch that the delivery is stored without it: it may be of a
/// person who was erased before it arrived. It stays while other events of the delivery wait, because events are
/// counted by their places.
pub async fn straggler(
    app: &Engine,
    batch: &mut Batch,
    delivery: DeliveryId,
    subject: Subject,
) -> Result<(), store::Error> {
    let place = values![delivery.0 - 1, delivery, 1_i64];
    if let Some(row) = app.store.row(erasure::DELIVERIES, place).await? {
        let body = subject::without(&body::decoded(row.int(2), row.blob(3)), &[subject]);
        let events = channels::meta::webhook::decode(&body).map_or(0, |events| events.len());
        batch.push(erasure::REWRITE_DELIVERY, values![delivery, body, i64::try_from(events).unwrap_or(0)]);
    }
    Ok(())
}

/// Removes files whose rows are gone. One that cannot be removed stays on the list.
async fn files(app: &Engine, drain: &watch::Receiver<bool>) -> Result<(), store::Error> {
    loop {
        let rows = app.store.rows(erasure::DEAD_FILES, values![app.clock.now().plus(-AGAIN)]).await?;
        let mut batch = Batch::new();
        for row in &rows {
            match app.blobs.remove(MediumId(row.int(0))).await {
                Ok(()) if row.flag(1) => {
                    batch.push(erasure::FILE_FORGOTTEN, values![row.int(0)]);
                }
                Ok(()) => {
                    batch.push(erasure::FILE_REMOVED, values![row.int(0), app.clock.now()]);
                }
                Err(error) => tracing::error!(%error, "a file could not be removed from the media folder"),
            }
        }
        if batch.is_empty() {
            return Ok(());
        }
        commit(app, batch).await?;
        if !rest(drain).await {
            return Ok(());
        }
    }
}

/// Ends what has only its files left, once they are gone and the store's log holds nothing of it.
async fn finish(app: &Engine) -> Result<(), store::Error> {
    let left = app.store.row(erasure::FILES_LEFT, values![]).await?.map_or(0, |row| row.int(0));
    if left > 0 || !app.store.checkpoint().await? {
        return Ok(());
    }
    for row in app.store.rows(erasure::RUNNING, values![]).await? {
        let it = erasure::from_row(&row);
        if it.state != "files" {
            continue;
        }
        let (mut batch, at) = (Batch::new(), app.clock.now());
        batch.must(erasure::DONE, values![it.id, at]);
        if let Some(code) = &it.request_code {
            batch.push(erasure::REQUEST_DONE, values![code, at]);
        }
        let object = format!("contact {}", it.contact);
        let detail =
            format!("{} conversations, {} messages, {} deliveries", it.conversations, it.messages, it.deliveries);
        setting::audit(&mut batch, &mut app.id_source(), at, None, "contact.erased", &object, &detail);
        commit(app, batch).await?;
    }
    Ok(())
}
