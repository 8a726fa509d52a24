//! Compares one conversation at Meta with ours, and finds what is missing here.

use channels::meta::graph::{PastMessage, Thread};
use domain::channel::{Account, Address};
use domain::id::{DeliveryId, IdentityId, MessageId};
use domain::message::Direction;
use domain::time::{Micros, SECOND};
use store::table::account::Account as StoredAccount;
use store::table::catch_up::Search;
use store::table::inbox::{self, Arrived, Source};
use store::table::message::{self, Stored};
use store::table::outbox::{self, Queued};
use store::table::{identity, mid};
use store::{Batch, Error};

use crate::clock;
use crate::engine::Engine;
use crate::{send_result, uncertain};

/// Meta shows at most this many of a conversation's newest messages (meta-platform.md §4.3).
const READABLE: usize = 20;
/// How far the times of one message may differ between webhook and record.
const SKEW: i64 = 2 * SECOND;
/// Times in webhooks are milliseconds.
const TICK: i64 = 1_000;

/// The result for one conversation.
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
    row: &StoredAccount,
    thread: &Thread,
    batch: &mut Batch,
) -> Result<Seen, Error> {
    let mut seen = Seen::default();
    let own = [row.account_id.as_str(), row.node.as_str()];
    let Some(customer) = thread.customer(&own).map(|customer| customer.id.as_str()) else { return Ok(seen) };
    let to = Address::new(Account::new(row.channel, &row.account_id), customer);
    let account = &to.account;
    let identity = identity::by_address(&app.store, &to).await?.map(|identity| identity.id);
    // Reads first the requests being sent, then the stored messages: a request that finishes in between is in the
    // second.
    let mut leaving = match identity {
        Some(identity) => outbox::on_the_way(&app.store, account, identity).await?,
        None => Vec::new(),
    };
    let mids: Vec<&str> = thread.messages.iter().map(|shown| shown.id.as_str()).collect();
    let known: Vec<Option<Stored>> = message::by_mids(&app.store, account, &mids).await?;
    let ours: Vec<MessageId> = known.iter().flatten().map(|it| it.message.id).collect();

    seen.unreadable = thread.messages.len() >= READABLE
        && thread.messages.last().is_some_and(|oldest| when(oldest).is_none_or(|at| at >= search.since))
        && known.last().is_none_or(Option::is_none);

    let last_answer = thread.messages.iter().position(|shown| is_from(shown, own));
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
        let from_page = is_from(shown, own);
        if from_page && let Some(index) = leaving.iter().position(|it| is_ours(it, shown)) {
            let request = leaving.remove(index);
            // A request that is being sent right now is finished by its sender.
            if let (true, Some(id)) = (request.state != outbox::State::Sending, request.message) {
                send_result::echoed(app, batch, &to, (id, request.part_no), &shown.id).await?;
            }
            continue;
        }
        if let Some(identity) = identity
            && let Some(twin) = twin(app, identity, shown, from_page, at, &ours).await?
        {
            mid::insert(batch, account, &shown.id, twin, 0);
            continue;
        }
        // Within one second, Meta's order counts: the message goes after the previous one, but stays in its second.
        let at = at.max(before.plus(TICK)).min(at.plus(SECOND - TICK));
        before = at;
        let answered = last_answer.is_some_and(|answer| answer < place);
        let found = if from_page || answered { Source::Past } else { Source::Unanswered };
        arrive(app, search, shown, (&to, from_page, at), found, batch);
        seen.found += 1;
    }
    Ok(seen)
}

fn when(shown: &PastMessage) -> Option<Micros> {
    shown.created_time.as_deref().and_then(clock::read)
}

fn is_from(shown: &PastMessage, own: [&str; 2]) -> bool {
    shown.from.as_ref().is_some_and(|from| own.contains(&from.id.as_str()))
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
    let side = if from_page { Direction::Out } else { Direction::In };
    let near = message::near(&app.store, identity, side, at.plus(-SKEW), at.plus(SKEW + SECOND)).await?;
    let words = shown.text.as_deref().unwrap_or_default().trim();
    let mut near = near.into_iter().filter(|it| !ours.contains(&it.id));
    let same = near.find(|it| {
        it.text.as_deref().unwrap_or_default().trim() == words && it.data.files.len() == shown.files.len()
    });
    Ok(same.map(|it| it.id))
}

/// Stores a found message as a separate delivery, in the format of webhooks.
fn arrive(
    app: &Engine,
    search: &Search,
    shown: &PastMessage,
    (to, from_page, at): (&Address, bool, Micros),
    source: Source,
    batch: &mut Batch,
) {
    let Some(channel) = app.channels.get(to.account.channel) else { return };
    let body = channel.of_the_past(to, from_page, at, shown);
    let id = DeliveryId(app.ids.next());
    let arrived = Arrived {
        id,
        gateway: search.gateway,
        page: Some(search.page.clone()),
        at: app.clock.now(),
        body,
        keys: vec![to.clone()],
        unreadable: None,
    };
    batch.append(inbox::arrive_late(arrived, source));
}
