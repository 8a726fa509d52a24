//! How a request to Meta ended: the one place where an outbox row ends and a message gets its state. The answer of
//! Send, an echo and a restart all end up here, in any order and more than once.

use domain::channel::{Account, Address};
use domain::decision::Event;
use domain::failure::Failure;
use domain::id::{ConversationId, MessageId};
use domain::message::Message;
use domain::outbound::Part;
use domain::time::Micros;
use store::Batch;
use store::table::outbox::{self, Queued};
use store::table::{comment, delivery_status, identity, message, mid, record};

use crate::engine::Engine;

/// Meta's subcode for a comment that already got its private reply, or can have none (meta-platform.md §6.3): trying
/// again is useless.
const REPLY_USED: i64 = 2_534_025;

/// Our marker in a message's `metadata`: the message and part that it is (meta-platform.md §3.1).
pub fn mark(message: MessageId, part: i64) -> String {
    format!("deskbell:{message}:{part}")
}

/// Parses our marker; None for metadata that is not ours.
pub fn metadata(text: Option<&str>) -> Option<(MessageId, i64)> {
    let (message, part) = text?.strip_prefix("deskbell:")?.split_once(':')?;
    Some((message.parse().ok()?, part.parse().ok()?))
}

/// Meta answered that a request was accepted. That counts whatever state it had in the meantime. For a private reply
/// the answer may contain the recipient, `to`.
pub fn sent(batch: &mut Batch, request: &Queued, mid: Option<&str>, to: Option<&str>, at: Micros) {
    outbox::delete(batch, request.id);
    let Some(id) = request.message else { return };
    if let Some(customer) = to {
        identity::link(batch, request.identity, customer);
    }
    left(batch, &request.account, request.conversation, (id, request.part_no), mid, at);
}

/// An echo, or Meta's own record of the conversation, shows that a part of a message was sent, and to whom. Returns
/// the message, if it still exists.
pub async fn echoed(
    app: &Engine,
    batch: &mut Batch,
    to: &Address,
    (id, part): (MessageId, i64),
    mid: &str,
) -> Result<Option<Message>, store::Error> {
    let Some(stored) = message::by_id(&app.store, id).await? else { return Ok(None) };
    let it = stored.message;
    outbox::delete_part(batch, id, part);
    if let Some(comment) = &it.data.comment {
        identity::link(batch, it.identity, &to.user);
        comment::set_replied(batch, &to.account.id, comment, id, app.clock.now());
    }
    left(batch, &to.account, it.conversation, (id, part), Some(mid), app.clock.now());
    // Meta answered with an error, but it was sent: the echo proves it.
    delivery_status::sent_after_all(batch, id, i64::from(it.data.parts.max(1)), app.clock.now());
    // Requests that waited behind it may be sent.
    batch.notify(store::Signal::Outbox);
    Ok(Some(it))
}

/// A part of a message was sent. Without an id from Meta, our own marker is stored instead, so that it is never sent
/// again.
fn left(
    batch: &mut Batch,
    account: &Account,
    conversation: ConversationId,
    part: (MessageId, i64),
    mid: Option<&str>,
    at: Micros,
) {
    let (id, part_no) = part;
    let mid = mid.map_or_else(|| mark(id, part_no), str::to_owned);
    mid::insert(batch, account, &mid, id, part_no);
    delivery_status::part_sent(batch, id, at);
    changed(batch, conversation, id, at);
}

/// It will not be sent: the message shows why, and its remaining parts are withdrawn. If an echo has finished it in
/// the meantime, the whole batch is a conflict and changes nothing.
pub fn failed(batch: &mut Batch, request: &Queued, failure: &Failure, at: Micros) {
    let Some(id) = request.message else {
        outbox::delete(batch, request.id);
        return;
    };
    outbox::give_up(batch, request.id, id);
    delivery_status::set_failed(batch, id, failure);
    if failure.numbers().1 != REPLY_USED {
        comment::return_reply(batch, id, at);
    }
    changed(batch, request.conversation, id, at);
    batch.notify(store::Signal::Outbox);
}

/// It will not be sent, which is not a failure: an automatic text that is too late. A conflict if an echo has
/// finished it before.
pub fn left_out(batch: &mut Batch, request: &Queued, at: Micros) {
    let Some(id) = request.message else {
        outbox::delete(batch, request.id);
        return;
    };
    outbox::give_up(batch, request.id, id);
    delivery_status::set_left_out(batch, id);
    changed(batch, request.conversation, id, at);
    batch.notify(store::Signal::Outbox);
}

/// It is not known whether it was sent. It blocks the requests after it until `hold`, or until an echo decides; a
/// conflict if one already has.
pub fn uncertain(batch: &mut Batch, request: &Queued, hold: Micros, at: Micros) {
    let Some(id) = request.message else {
        if is_reaction(request) {
            // The same reaction twice is one reaction.
            outbox::retry_harmless(batch, request.id, at, None);
        } else {
            outbox::delete(batch, request.id);
        }
        return;
    };
    outbox::set_uncertain(batch, request.id, hold);
    delivery_status::set_uncertain(batch, id);
    changed(batch, request.conversation, id, at);
}

/// It was not sent and is tried again when it is `due`; the message stays queued with the reason. A conflict if an
/// echo has finished it in the meantime.
pub fn later(batch: &mut Batch, request: &Queued, due: Micros, why: &Failure, at: Micros) {
    if request.message.is_none() && !is_reaction(request) {
        // Typing and seen marks are useless later.
        outbox::delete(batch, request.id);
        return;
    }
    outbox::retry(batch, request.id, due, why);
    if let Some(id) = request.message {
        delivery_status::set_waiting(batch, id, why, at);
        changed(batch, request.conversation, id, at);
    }
}

fn is_reaction(request: &Queued) -> bool {
    matches!(request.part, Some(Part::React { .. }))
}

/// Adds the event that a message changed.
pub fn changed(batch: &mut Batch, conversation: ConversationId, id: MessageId, at: Micros) {
    record::tell(batch, &Event::Message(conversation, id), at);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_mark_comes_back_and_others_are_not_ours() {
        assert_eq!(metadata(Some(&mark(MessageId(42), 1))), Some((MessageId(42), 1)));
        assert_eq!(metadata(Some("order-7")), None);
        assert_eq!(metadata(Some("deskbell:x:1")), None);
        assert_eq!(metadata(None), None);
    }
}
