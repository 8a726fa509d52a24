//! Erases one person. They can immediately no longer be found or reached; then conversations, deliveries and files
//! are deleted in small batches, in the order of the row's `state`. After a crash it continues where it was. If they
//! write again, they are a new contact.

use std::sync::Arc;

use domain::audit_detail::AuditDetail;
use domain::id::{ContactId, ConversationId, DeliveryId, UserId};
use domain::not_applied::NotApplied;
use domain::time::MINUTE;
use store::Batch;
use store::table::erasure::{self, Erasure, Requested, State, Subject};
use store::table::{dead_file, event, inbox, setting};
use tokio::sync::watch;

use super::{body, commit, rest, subject};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::optimistic::{Attempt, optimistic};

/// The number of messages that are deleted together.
const MESSAGES: i64 = 200;
/// The number of deliveries that are searched together.
const DELIVERIES: i64 = 50;
/// How many conversations screens are notified about at once.
const TOLD: i64 = 500;
/// A file is checked again after this long, because a fetch in progress may have written it since.
const AGAIN: i64 = 10 * MINUTE;

/// Begins to erase a contact. None if it does not exist; the existing erasure if it was requested before. `code` is
/// that of a person's own request to Meta; `extra` is committed with it.
pub async fn begin(
    app: &Engine,
    contact: ContactId,
    by: Option<UserId>,
    code: Option<&str>,
) -> Result<Option<Erasure>> {
    let begun = optimistic(&app.store, "erasure", |_| async move {
        if erasure::of_contact(&app.store, contact).await?.is_some() {
            return Ok::<_, Error>(Attempt::Done(true));
        }
        let Some(found) = erasure::erasable(&app.store, contact, TOLD).await? else {
            return Ok(Attempt::Done(false));
        };
        let (at, id) = (app.clock.now(), app.ids.next());
        let subjects: Vec<Subject> = found
            .identities
            .iter()
            .flat_map(|one| one.addresses().into_iter().map(|address| Subject { gateway: one.gateway.0, address }))
            .collect();
        let mut batch = Batch::new();
        for subject in &subjects {
            for place in erasure::waiting_events(&app.store, &subject.address, id).await? {
                inbox::finish(&mut batch, place, inbox::Outcome::Ignored, Some(&NotApplied::CustomerErased {}));
            }
        }
        erasure::begin(&mut batch, id, &found.person, &subjects, Requested { by, code }, at);
        for conversation in found.conversations {
            event::add(&mut batch, &event::Event::ConversationGone(conversation), at);
        }
        let object = format!("contact {contact}");
        setting::audit(
            &mut batch,
            &mut app.id_source(),
            at,
            by,
            "contact.erase",
            &object,
            AuditDetail::Nothing {},
        );
        Ok(Attempt::Commit(batch, true))
    });
    if begun.await? { Ok(erasure::of_contact(&app.store, contact).await?) } else { Ok(None) }
}

/// One round over everything that is to be erased. True if something was deleted.
pub async fn round(app: &Engine, drain: &watch::Receiver<bool>) -> Result<bool, store::Error> {
    let mut worked = false;
    for it in erasure::running(&app.store).await? {
        step(app, drain, it).await?;
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

/// Continues an erasure up to its files.
async fn step(app: &Engine, drain: &watch::Receiver<bool>, it: Erasure) -> Result<(), store::Error> {
    if it.state == State::Conversations {
        loop {
            let rows = erasure::conversations(&app.store, it.contact, 20).await?;
            if rows.is_empty() {
                break;
            }
            for id in rows {
                if !conversation(app, drain, id, Some(it.id)).await? {
                    return Ok(());
                }
            }
        }
        to(app, &it, State::Deliveries).await?;
    }
    if it.state != State::Files {
        if !deliveries(app, drain, &it).await? {
            return Ok(());
        }
        to(app, &it, State::Files).await?;
    }
    Ok(())
}

async fn to(app: &Engine, it: &Erasure, state: State) -> Result<(), store::Error> {
    let mut batch = Batch::new();
    erasure::set_state(&mut batch, it.id, state);
    commit(app, batch).await.map(|_| ())
}

/// Deletes a conversation with everything that belongs to it; `erasure` counts. False when the server ends.
pub async fn conversation(
    app: &Engine,
    drain: &watch::Receiver<bool>,
    id: ConversationId,
    erasure: Option<i64>,
) -> Result<bool, store::Error> {
    loop {
        let next = erasure::next_messages(&app.store, id, MESSAGES).await?;
        let mut batch = Batch::new();
        match next {
            Some((last, _)) => {
                erasure::delete_messages(&mut batch, id, last);
            }
            None => {
                erasure::delete_conversation(&mut batch, id, app.clock.now());
                event::add(&mut batch, &event::Event::ConversationGone(id), app.clock.now());
            }
        }
        if let Some(erasure) = erasure {
            erasure::add_counts(
                &mut batch,
                erasure,
                i64::from(next.is_none()),
                next.map_or(0, |(_, count)| count),
            );
        }
        commit(app, batch).await?;
        if next.is_none() {
            return Ok(true);
        }
        if !rest(drain).await {
            return Ok(false);
        }
    }
}

/// Removes the customer's items from deliveries of Meta. False when there is more to do later.
async fn deliveries(app: &Engine, drain: &watch::Receiver<bool>, it: &Erasure) -> Result<bool, store::Error> {
    let mut place = it.delivery;
    let subjects: Arc<[Subject]> = it.subjects.clone().into();
    loop {
        let rows = erasure::deliveries(&app.store, place, it.up_to, DELIVERIES).await?;
        if rows.is_empty() {
            return Ok(true);
        }
        let theirs = Arc::clone(&subjects);
        // Searching bodies needs a separate thread.
        let looked = tokio::task::spawn_blocking(move || {
            let (mut changed, mut last, mut waits) = (Vec::new(), None, false);
            for delivery in rows {
                let body = body::decoded(delivery.body);
                if subject::names(&body, &theirs) {
                    // Its events are identified by their position, so nothing is removed before they are finished.
                    if delivery.pending > 0 {
                        waits = true;
                        break;
                    }
                    changed.push((delivery.id, subject::without(&body, &theirs)));
                }
                last = Some(delivery.id);
            }
            (changed, last, waits)
        });
        let Ok((changed, last, waits)) = looked.await else { return Ok(false) };
        if let Some(last) = last {
            let mut batch = Batch::new();
            let count = i64::try_from(changed.len()).unwrap_or(i64::MAX);
            for (id, body) in changed {
                let events = app.channels.decode(&body).map_or(0, |events| events.len());
                erasure::rewrite_delivery(&mut batch, id, body, i64::try_from(events).unwrap_or(0));
            }
            erasure::set_looked_through(&mut batch, it.id, last, count);
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

/// If a receipt names no identity we know, adds to its batch that the delivery is stored without it: it may belong to
/// a person who was erased before it arrived. It stays while other events of the delivery wait, because events are
/// identified by their position.
pub async fn straggler(
    app: &Engine,
    batch: &mut Batch,
    delivery: DeliveryId,
    subject: Subject,
) -> Result<(), store::Error> {
    let above = DeliveryId(delivery.0 - 1);
    if let Some(it) = erasure::deliveries(&app.store, above, delivery, 1).await?.pop() {
        let body = subject::without(&body::decoded(it.body), &[subject]);
        let events = app.channels.decode(&body).map_or(0, |events| events.len());
        erasure::rewrite_if_done(batch, delivery, body, i64::try_from(events).unwrap_or(0));
    }
    Ok(())
}

/// Removes files whose rows are gone. One that cannot be removed stays on the list.
async fn files(app: &Engine, drain: &watch::Receiver<bool>) -> Result<(), store::Error> {
    loop {
        let rows = dead_file::due(&app.store, app.clock.now().plus(-AGAIN)).await?;
        let mut batch = Batch::new();
        for file in rows {
            match app.blobs.remove(file.medium).await {
                Ok(()) => dead_file::set_removed(&mut batch, file, app.clock.now()),
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

/// Finishes erasures with only files left, once these are deleted and the store's log contains nothing of them.
async fn finish(app: &Engine) -> Result<(), store::Error> {
    let left = dead_file::count(&app.store).await?;
    if left > 0 || !app.store.checkpoint().await? {
        return Ok(());
    }
    for it in erasure::running(&app.store).await? {
        if it.state != State::Files {
            continue;
        }
        let (mut batch, at) = (Batch::new(), app.clock.now());
        erasure::finish(&mut batch, &it, at);
        let object = format!("contact {}", it.contact);
        let counts =
            [("conversations", it.conversations), ("messages", it.messages), ("deliveries", it.deliveries)];
        let counts = counts.map(|(kind, count)| (kind, count.unsigned_abs()));
        let detail = AuditDetail::deleted(counts);
        setting::audit(&mut batch, &mut app.id_source(), at, None, "contact.erased", &object, detail);
        commit(app, batch).await?;
    }
    Ok(())
}
