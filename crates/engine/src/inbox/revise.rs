//! Changes to existing messages: edits, unsends, reactions, receipts, reports. One that arrives before its message waits
//! (`store/table/pending_update.rs`), and is applied here once the message is in its thread.

use domain::capabilities::Receipts;
use domain::decision::{Change, react, react_as_page};
use domain::id::{DeliveryId, MessageId};
use domain::inbound::{Inbound, InboundEvent};
use domain::message::{Message, Reaction, Status};
use domain::not_applied::NotApplied;
use domain::time::{DAY, Micros};
use store::Batch;
use store::table::delivery_status::{self, Receipt};
use store::table::erasure::Subject;
use store::table::message::{self, Stored};
use store::table::pending_update::{self, Kind, PendingUpdate};
use store::table::{identity, record};

use super::{Application, Outcome, PendingEvent, status};
use crate::engine::Engine;
use crate::optimistic::{Attempt, optimistic};
use crate::retention::{erase, unsent};
use crate::turns::{TurnError, decide, ignore_refusal, state_of};

/// How long a change waits for its message: longer than Meta's redeliveries and a catch-up take.
pub const PATIENCE: i64 = 3 * DAY;
/// The number of waiting changes that are read together.
const PAGE: i64 = 200;
/// The maximum number of unknown messages in one receipt to wait for.
const MOST_UNKNOWN: usize = 50;

/// An edit, an unsend or a reaction.
pub async fn change(app: &Engine, pending: &PendingEvent, inbound: &Inbound) -> Result<Application, TurnError> {
    let mut batch = pending.batch();
    if !apply(app, inbound, Some(pending.place.delivery), &mut batch).await?
        && let Some((mid, kind, rank)) = place(inbound)
    {
        pending_update::insert(&mut batch, mid, kind, rank, inbound, app.clock.now());
    }
    Ok(Application::applied(batch))
}

/// Applies the changes whose message has arrived since.
pub async fn apply_ready(app: &Engine) -> Result<(), store::Error> {
    for ready in pending_update::ready(&app.store, PAGE).await? {
        let applied = optimistic(&app.store, "pending_update", |_| attempt_ready(app, &ready));
        ignore_refusal(applied.await)?;
    }
    Ok(())
}

async fn attempt_ready(app: &Engine, ready: &PendingUpdate) -> Result<Attempt<()>, TurnError> {
    let mut batch = Batch::new();
    if let Some(inbound) = &ready.event {
        apply(app, inbound, None, &mut batch).await?;
    }
    pending_update::done(&mut batch, ready);
    Ok(Attempt::Commit(batch, ()))
}

/// The message that a change is about, the kind of the change, and a number that is higher for the newer of two of a kind.
fn place(inbound: &Inbound) -> Option<(&str, Kind, i64)> {
    let at = inbound.at.map_or(0, |at| at.0);
    match &inbound.what {
        InboundEvent::Edited { mid, number, .. } => Some((mid, Kind::Edit, number.unwrap_or(at))),
        InboundEvent::Unsent { mid } => Some((mid, Kind::Unsend, at)),
        InboundEvent::Reacted { mid, by_page: false, .. } => Some((mid, Kind::Reaction, at)),
        InboundEvent::Reacted { mid, by_page: true, .. } => Some((mid, Kind::PageReaction, at)),
        InboundEvent::Delivered { mids, .. } => Some((mids.first()?, Kind::Delivery, at)),
        InboundEvent::Status(status) => Some((&status.mid, Kind::Status, status::rank(&status.progress))),
        InboundEvent::ReadMessage { mid } => Some((mid, Kind::Read, at)),
        _ => None,
    }
}

/// Adds the change of this delivery to the batch. False if the message has not arrived.
async fn apply(
    app: &Engine,
    inbound: &Inbound,
    delivery: Option<DeliveryId>,
    batch: &mut Batch,
) -> Result<bool, TurnError> {
    let Some((mid, _, _)) = place(inbound) else { return Ok(false) };
    if let InboundEvent::Status(status) = &inbound.what {
        return Ok(status::apply(app, inbound, status, batch).await?);
    }
    let Some(stored) = message::by_mid(&app.store, &inbound.address.account, mid).await? else { return Ok(false) };
    let (id, conversation) = (stored.message.id, stored.message.conversation);
    let at = app.clock.now();
    let when = inbound.at.unwrap_or(at).min(at);
    match &inbound.what {
        InboundEvent::Edited { .. } if stored.unsent_at.is_some() => {
            unsent::remove(app, batch, delivery.as_slice(), mid).await?;
        }
        InboundEvent::Edited { text, number, .. } => {
            if let Some(delivery) = delivery {
                let mut data = stored.message.data.clone();
                data.deliveries.push(delivery);
                record::data(batch, id, &stored.raw_data, &data);
            }
            let number = number.unwrap_or(0);
            if stored.takes_edit(number, when) {
                let change = Change::Edited { message: id, text: text.clone(), number, at: when };
                return reword(app, &stored, Some(text), change, batch).await;
            }
        }
        InboundEvent::Unsent { .. } if stored.unsent_at.is_none() => {
            unsent::remove(app, batch, &stored.message.data.deliveries, mid).await?;
            return reword(app, &stored, None, Change::Unsent { message: id, at: when }, batch).await;
        }
        InboundEvent::Reacted { emoji, by_page, .. } if stored.unsent_at.is_none() => {
            let before = &stored.message.data;
            let after = if *by_page {
                // Perhaps our own one coming back.
                let ours =
                    |reaction: &&Reaction| reaction.by != "contact" && Some(&reaction.emoji) == emoji.as_ref();
                let after = react_as_page(before, "page", emoji.as_deref());
                before.reactions.iter().find(ours).is_none().then_some(after).filter(|after| after != before)
            } else {
                react(before, "contact", emoji.as_deref(), when)
            };
            if let Some(data) = after {
                record::reactions(batch, conversation, id, &stored.raw_data, &data, at);
            }
        }
        InboundEvent::Delivered { .. } => {
            let change = Change::Receipt { message: id, status: Status::Delivered, at: when };
            record::change(batch, conversation, &change, at);
        }
        InboundEvent::ReadMessage { .. } => read_up_to(app, &stored, inbound, batch).await?,
        _ => {}
    }
    if inbound.what.opens_window() {
        record::move_window(batch, stored.message.identity, when);
    }
    Ok(true)
}

/// The customer read a message: and with it everything that was sent before.
async fn read_up_to(
    app: &Engine,
    stored: &Stored,
    inbound: &Inbound,
    batch: &mut Batch,
) -> Result<(), store::Error> {
    let now = app.clock.now();
    let Message { identity, at, .. } = stored.message;
    let none = (&inbound.address.account, &[] as &[String]);
    let found = delivery_status::receivable(&app.store, identity, Receipt::Read, at, none).await?;
    for (message, conversation) in found.up_to {
        let change = Change::Receipt { message, status: Status::Read, at: inbound.at.unwrap_or(now).min(now) };
        record::change(batch, conversation, &change, now);
    }
    Ok(())
}

/// Changes the text of a message, and the lists that show it. False if its conversation no longer exists.
async fn reword(
    app: &Engine,
    stored: &Stored,
    text: Option<&str>,
    change: Change,
    batch: &mut Batch,
) -> Result<bool, TurnError> {
    let state = match state_of(app, stored.message.conversation).await {
        Err(TurnError::NoConversation) => return Ok(false),
        state => state?,
    };
    let decided = decide(app, state, |turn| {
        turn.reworded(&stored.message, text);
        turn.change(change);
        Ok(())
    });
    decided.await?.write(batch);
    Ok(true)
}

/// Our messages were delivered or read: those in the receipt, and all up to its watermark.
pub async fn receipt(app: &Engine, pending: &PendingEvent, inbound: &Inbound) -> Result<Application, TurnError> {
    let at = app.clock.now();
    let mut batch = pending.batch();
    let Some(identity) = identity::by_address(&app.store, &inbound.address).await? else {
        let stranger = Subject { gateway: pending.gateway.0, address: inbound.address.clone() };
        erase::straggler(app, &mut batch, pending.place.delivery, stranger).await?;
        return Ok(Application::new(batch, Outcome::Ignored(NotApplied::CustomerUnknown {})));
    };
    if let InboundEvent::ReadMessage { .. } = &inbound.what {
        // Its message may only become known later: its echo, or the answer to its Send request, is still to come.
        return change(app, pending, inbound).await;
    }
    let (status, receipt, watermark, mids) = match &inbound.what {
        InboundEvent::Delivered { mids, watermark } => {
            (Status::Delivered, Receipt::Delivered, *watermark, mids.as_slice())
        }
        InboundEvent::Read { watermark } => (Status::Read, Receipt::Read, *watermark, [].as_slice()),
        _ => return Ok(Application::applied(batch)),
    };
    // On a channel that reports each message, only the listed messages count.
    let watermark = match app.channels.capabilities(inbound.address.account.channel).receipts {
        Receipts::Watermark => watermark,
        Receipts::Message => Micros(0),
    };
    let named = (&inbound.address.account, mids);
    let found = delivery_status::receivable(&app.store, identity.id, receipt, watermark, named).await?;
    let unknown = mids.iter().zip(&found.named).filter(|(_, known)| known.is_none()).map(|(mid, _)| mid);
    // The receipt of a message may come before the answer to its Send request.
    if found.is_on_its_way {
        for mid in unknown.take(MOST_UNKNOWN) {
            let what = InboundEvent::Delivered { mids: vec![mid.clone()], watermark: Micros(0) };
            let alone = Inbound { what, ..inbound.clone() };
            pending_update::insert(&mut batch, mid, Kind::Delivery, inbound.at.map_or(0, |at| at.0), &alone, at);
        }
    }
    // It may even be read before its echo arrives: the echo takes this into account.
    if let (InboundEvent::Read { watermark }, true) = (&inbound.what, found.is_on_its_way) {
        pending_update::insert(&mut batch, &inbound.address.user, Kind::ReadUpTo, watermark.0, inbound, at);
    }
    let mut changed: Vec<MessageId> = Vec::new();
    for (message, conversation) in found.up_to.into_iter().chain(found.named.into_iter().flatten()) {
        if !changed.contains(&message) {
            changed.push(message);
            let when = inbound.at.unwrap_or(at);
            record::change(&mut batch, conversation, &Change::Receipt { message, status, at: when }, at);
        }
    }
    Ok(Application::applied(batch))
}

#[cfg(test)]
mod tests {
    use domain::channel::{Account, Address};

    use super::*;

    fn inbound(what: InboundEvent) -> Inbound {
        let address = Address::new(Account::page("1"), "2");
        Inbound { address, at: Some(Micros(9)), standby: false, customer: None, what }
    }

    #[test]
    fn the_later_edit_has_the_higher_rank_and_each_side_its_own_reaction() {
        let edit = |number| {
            let it = inbound(InboundEvent::Edited { mid: "m".into(), text: "x".into(), number });
            place(&it).map(|(_, kind, rank)| (kind, rank))
        };
        assert_eq!(edit(Some(2)), Some((Kind::Edit, 2)));
        assert_eq!(edit(None), Some((Kind::Edit, 9)));
        let reaction = |by_page| {
            let it = inbound(InboundEvent::Reacted { mid: "m".into(), by_page, emoji: None });
            place(&it).map(|(_, kind, _)| kind)
        };
        assert_ne!(reaction(true), reaction(false));
        assert_eq!(place(&inbound(InboundEvent::Read { watermark: Micros(1) })), None);
    }
}
