//! What the channel reports about one of our messages, by its id: sent, delivered, read, or failed. Reports come in
//! any order, more than once, and sometimes before the answer to the request itself (meta-platform.md §2.8).

use channels::meta::error::{Class, explain};
use domain::failure::Failure;
use domain::id::{GatewayId, MessageId};
use domain::inbound::{Inbound, Progress, SendStatus};
use domain::message::Direction;
use domain::page_trouble::PageTrouble;
use store::table::{account, comment, delivery_status, event, identity, message, mid, outbox};
use store::{Batch, Error, Signal};

use crate::engine::Engine;
use crate::send_result;

/// Higher for what comes later in the life of a message: of two reports that wait for their message, the higher one
/// counts.
pub(super) fn rank(progress: &Progress) -> i64 {
    match progress {
        Progress::Sent => 0,
        Progress::Failed(_) => 1,
        Progress::Delivered => 2,
        Progress::Read | Progress::Played => 3,
    }
}

/// Adds to the batch what a report changes. False if its message has not arrived yet.
pub(super) async fn apply(
    app: &Engine,
    inbound: &Inbound,
    status: &SendStatus,
    batch: &mut Batch,
) -> Result<bool, Error> {
    let (account, at) = (&inbound.address.account, app.clock.now());
    let known = mid::part(&app.store, account, &status.mid).await?;
    // Our own marker identifies the message before the answer to its request has given the id.
    let marked = || send_result::metadata(status.metadata.as_deref());
    let Some((id, part)) = known.map(|part| (part.message, part.number)).or_else(marked) else { return Ok(false) };
    let Some(stored) = message::by_id(&app.store, id).await?.filter(|it| it.message.direction == Direction::Out)
    else {
        // An erased message of ours, or a marker of another installation.
        return Ok(true);
    };
    let it = stored.message;
    if known.is_none() && !is_about(app, inbound, id).await? {
        // Its marker is another's. If it is ours after all, the answer to its request gives its id.
        return Ok(false);
    }
    let when = inbound.at.unwrap_or(at).min(at);
    if let Progress::Failed(why) = &status.progress {
        if known.is_some_and(|part| part.undelivered) {
            return Ok(true);
        }
        outbox::delete_part(batch, id, part);
        mid::insert_undelivered(batch, account, &status.mid, id, part);
        comment::return_reply(batch, id, app.clock.now());
        suspend(app, inbound, why, batch).await?;
    } else {
        if known.is_none() {
            send_result::echoed(app, batch, &inbound.address, (id, part), &status.mid).await?;
        }
        if known.is_some_and(|part| part.undelivered) && status.progress != Progress::Sent {
            mid::set_delivered(batch, account, &status.mid);
        }
    }
    delivery_status::reported(batch, id, it.data.parts, &status.progress, when);
    send_result::changed(batch, it.conversation, id, at);
    // Messages that waited behind it may be sent.
    batch.notify(Signal::Outbox);
    Ok(true)
}

/// Whether the report fits the message that its marker names: account and customer. A marker alone could be from anyone.
async fn is_about(app: &Engine, inbound: &Inbound, id: MessageId) -> Result<bool, Error> {
    let Some(to) = identity::of_message(&app.store, id).await? else { return Ok(false) };
    let is_theirs = |user: &String| *user == to.address.user || Some(user) == to.phone.as_ref();
    let others = inbound.other_addresses();
    let mut reported = std::iter::once(&inbound.address).chain(&others);
    Ok(inbound.address.account == to.address.account && reported.any(|address| is_theirs(&address.user)))
}

/// Handles a later refusal that is about the account itself: sends are paused for a while, or Health shows it.
async fn suspend(app: &Engine, inbound: &Inbound, why: &Failure, batch: &mut Batch) -> Result<(), Error> {
    let (code, subcode) = why.numbers();
    let class = explain(code, subcode).class;
    let directory = app.directory();
    let id = &inbound.address.account.id;
    let mine = directory.gateways.keys().filter_map(|gateway| Some((*gateway, directory.account(*gateway, id)?)));
    let Some((gateway, row)) = mine.into_iter().next() else { return Ok(()) };
    let at = app.clock.now();
    match class {
        Class::Restricted => {
            let until = crate::outbox::restricted_until(at, row.pauses);
            account::pause(batch, gateway, id, until, why, at);
        }
        Class::Permission | Class::Billing | Class::TokenDead => note_trouble(batch, gateway, id, why),
        _ => return Ok(()),
    }
    event::gateway_changed(batch, gateway, at);
    batch.notify(Signal::Config);
    Ok(())
}

fn note_trouble(batch: &mut Batch, gateway: GatewayId, id: &str, why: &Failure) {
    let trouble = PageTrouble::Refused { failure: why.clone() };
    account::set_trouble(batch, gateway, id, Some(&trouble));
}
