//! Compares one conversation at Meta with ours, and finds what is missing here.

use channels::meta::graph::{PastMessage, Thread};
use channels::meta::webhook;
use domain::id::{DeliveryId, IdentityId, MessageId};
use domain::thread_key::ThreadKey;
use domain::time::{Micros, SECOND};
use store::table::catch_up::Search;
use store::table::contact;
use store::table::inbox::{self, Arrived};
use store::table::message::{self, Stored};
use store::table::outbox::{self, Queued};
use store::{Batch, Error, values};

use crate::clock;
use crate::engine::Engine;
use crate::inbox::Found;
use crate::{settle, uncertain};

/// So many of the newest messages of a conversation Meta shows (meta-platform.md §4.3).
const READABLE: usize = 20;
/// How far the times of one message may differ between webhook and record.
const SKEW: i64 = 2 * SECOND;
/// Times in webhooks are milliseconds.
const TICK: i64 = 1_000;

/// What one conversation came to.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Messages that were missing.
    pub found: i64,
    /// Whether Meta does not show as far back as the gap goes.
    pub unreadable: bool,
}

/// Compares a conversation and puts what is missing into the inbox.
pub(super) async fn compare(
    app: &Engine,
    search: &Search,
    thread: &Thread,
    batch: &mut Batch,
) -> Result<Seen, Error> {
    let mut seen = Seen::default();
    let page = search.page.as_str();
    let Some(customer) = thread.customer(page).map(|customer| customer.id.as_str()) else { return Ok(seen) };
    let identity =
        app.store.row(contact::BY_EXTERNAL, values![page, customer]).await?.map(|row| contact::from_row(&row).id);
    // First what is about to leave, then what is known: a request that is settled in between is in the second.
    let mut leaving = match identity {
        Some(identity) => outbox::list(&app.store, outbox::ON_THE_WAY, values![page, identity]).await?,
        None => Vec::new(),
    };
    let questions = thread.messages.iter().map(|shown| (message::BY_MID, values![page, &shown.id])).collect();
    let answers = app.store.ask(questions).await?;
    let known: Vec<Option<Stored>> = answers.iter().map(|rows| rows.first().map(message::from_row)).collect();
    let ours: Vec<MessageId> = known.iter().flatten().map(|it| it.message.id).collect();

    seen.unreadable = thread.messages.len() >= READABLE
        && thread.messages.last().is_some_and(|oldest| when(oldest).is_none_or(|at| at >= search.since))
        && known.last().is_none_or(Option::is_none);

    let last_answer = thread.messages.iter().position(|shown| is_from(shown, page));
    let mut before = Micros(0);
    // Meta lists the newest first.
    for (place, shown) in thread.messages.iter().enumerate().rev() {
        if let Some(it) = known.get(place).and_then(Option::as_ref) {
            before = it.message.at;
            continue;
        }
        // One that was deleted has no id and no time (9000001).
        let Some(at) = when(shown).filter(|_| !shown.id.is_empty()) else { continue };
        if at.plus(SKEW) < search.since {
            continue;
        }
        let from_page = is_from(shown, page);
        if from_page && let Some(index) = leaving.iter().position(|it| is_ours(it, shown)) {
            let request = leaving.remove(index);
            // A request that is being sent right now is finished by its sender.
            if let (true, Some(id)) = (request.state != "sending", request.message) {
                settle::echoed(app, batch, (page, customer), (id, request.part_no), &shown.id).await?;
            }
            continue;
        }
        if let Some(identity) = identity
            && let Some(twin) = twin(app, identity, shown, from_page, at, &ours).await?
        {
            batch.push(message::INSERT_MID, values![page, &shown.id, twin, 0_i64]);
            continue;
        }
        // Within one second Meta's order counts: behind the message before it, but still in its second.
        let at = at.max(before.plus(TICK)).min(at.plus(SECOND - TICK));
        before = at;
        let answered = last_answer.is_some_and(|answer| answer < place);
        let found = if from_page || answered { Found::Past } else { Found::Unanswered };
        arrive(app, search, shown, (customer, at), found, batch);
        seen.found += 1;
    }
    Ok(seen)
}

fn when(shown: &PastMessage) -> Option<Micros> {
    shown.created_time.as_deref().and_then(clock::read)
}

fn is_from(shown: &PastMessage, page: &str) -> bool {
    shown.from.as_ref().is_some_and(|from| from.id == page)
}

fn is_ours(request: &Queued, shown: &PastMessage) -> bool {
    uncertain::is_it(request, Micros(i64::MIN), shown)
}

/// The same message under another id: same side, same second, same text, and itself not in Meta's list.
async fn twin(
    app: &Engine,
    identity: IdentityId,
    shown: &PastMessage,
    from_page: bool,
    at: Micros,
    ours: &[MessageId],
) -> Result<Option<MessageId>, Error> {
    let side = if from_page { "out" } else { "in" };
    let rows =
        app.store.rows(message::NEAR, values![identity, side, at.plus(-SKEW), at.plus(SKEW + SECOND)]).await?;
    let words = shown.text.as_deref().unwrap_or_default().trim();
    let mut near = rows.iter().map(|row| message::from_row(row).message).filter(|it| !ours.contains(&it.id));
    let same = near.find(|it| {
        it.text.as_deref().unwrap_or_default().trim() == words && it.extra.files.len() == shown.files.len()
    });
    Ok(same.map(|it| it.id))
}

/// Files a found message as a delivery of its own, in the webhook's own form.
fn arrive(
    app: &Engine,
    search: &Search,
    shown: &PastMessage,
    from: (&str, Micros),
    found: Found,
    batch: &mut Batch,
) {
    let (customer, at) = from;
    let body = webhook::of_the_past(&search.page, customer, at, shown);
    let id = DeliveryId(app.ids.next());
    let arrived = Arrived {
        id,
        gateway: search.gateway,
        page: Some(search.page.clone()),
        at: app.clock.now(),
        body,
        keys: vec![ThreadKey::new(&search.page, customer)],
        unreadable: None,
    };
    batch.append(inbox::arrive(arrived));
    batch.push(inbox::FOUND, values![id, found.column()]);
}
