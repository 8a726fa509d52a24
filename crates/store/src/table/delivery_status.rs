//! The delivery status of our messages: each change goes one way only, so receipts, echoes and answers of Send may
//! come in any order and more than once.

use domain::channel::{Account, Address};
use domain::failure::Failure;
use domain::id::{ConversationId, IdentityId, MessageId};
use domain::inbound::Progress;
use domain::message::Status;
use domain::time::Micros;

use super::message::{
    AGAIN, BY_OUR_MID, CANCEL, LEFT_AFTER_ALL, ON_ITS_WAY, READ_BEFORE_ECHO, REPORTED_DELIVERED, REPORTED_FAILED,
    REPORTED_READ, SET_DOUBT, SET_ERROR, SET_STATUS, SETTLED, UNDELIVERED, UNREAD,
};
use crate::json::json;
use crate::{Batch, Error, Row, Store, values};

/// The kind of receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// It arrived.
    Delivered,
    /// It was seen.
    Read,
}

/// A message and its conversation.
pub type InConversation = (MessageId, ConversationId);

/// The messages that a receipt may be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receivable {
    /// Our messages up to its watermark that have not reached this status yet.
    pub up_to: Vec<InConversation>,
    /// For each id in it, our message; None if the id isn't known.
    pub named: Vec<Option<InConversation>>,
    /// Whether one of our messages is being sent to the customer: an unknown id may belong to it.
    pub is_on_its_way: bool,
}

/// The messages that a receipt of a customer may be about: everything up to its watermark, and the ids in it.
pub async fn receivable(
    store: &Store,
    identity: IdentityId,
    receipt: Receipt,
    watermark: Micros,
    (account, mids): (&Account, &[String]),
) -> Result<Receivable, Error> {
    let sql = match receipt {
        Receipt::Delivered => UNDELIVERED,
        Receipt::Read => UNREAD,
    };
    let mut questions = vec![(sql, values![identity, watermark]), (ON_ITS_WAY, values![identity])];
    questions.extend(mids.iter().map(|mid| (BY_OUR_MID, values![&account.id, mid, account.channel])));
    let answers = store.ask(questions).await?;
    let place = |row: &Row| (MessageId(row.int(0)), ConversationId(row.int(1)));
    Ok(Receivable {
        up_to: answers[0].iter().map(place).collect(),
        named: answers[2..].iter().map(|rows| rows.first().map(place)).collect(),
        is_on_its_way: !answers[1].is_empty(),
    })
}

/// The channel reports on a message by its id, in any order and more than once. For a message in one part, delivered
/// outweighs failed: it arrived. For one in several parts, failed outweighs everything: a part of it is missing.
pub fn reported(batch: &mut Batch, id: MessageId, parts: u32, progress: &Progress, at: Micros) {
    let single = i64::from(parts <= 1);
    match progress {
        Progress::Sent => part_sent(batch, id, at),
        Progress::Delivered => {
            batch.push(REPORTED_DELIVERED, values![id, at, single]);
        }
        Progress::Read | Progress::Played => {
            batch.push(REPORTED_READ, values![id, at, single]);
        }
        Progress::Failed(why) => {
            batch.push(REPORTED_FAILED, values![id, json(why), single]);
        }
    }
}

/// A part was sent: with the last one the message is sent, else it has the status of its other parts.
pub fn part_sent(batch: &mut Batch, id: MessageId, at: Micros) {
    batch.push(SETTLED, values![id, at]);
}

/// It counted as failed, but each of its parts is now known to have been sent.
pub fn sent_after_all(batch: &mut Batch, id: MessageId, parts: i64, at: Micros) {
    batch.push(LEFT_AFTER_ALL, values![id, at, parts]);
}

/// Its echo arrived, according to which Meta sent it at `sent_at`; a seen mark of the customer may have arrived
/// before.
pub fn read_before_echo(batch: &mut Batch, id: MessageId, to: &Address, sent_at: Micros, now: Micros) {
    batch.push(READ_BEFORE_ECHO, values![id, &to.account.id, &to.user, sent_at, now, to.account.channel]);
}

/// It was not sent and will not be.
pub fn set_failed(batch: &mut Batch, id: MessageId, why: &Failure) {
    batch.push(SET_STATUS, values![id, Status::Failed.word(), json(why)]);
}

/// It was not sent and will not be, which is not a failure.
pub fn set_left_out(batch: &mut Batch, id: MessageId) {
    batch.push(SET_STATUS, values![id, Status::Cancelled.word(), None::<String>]);
}

/// It may have been sent.
pub fn set_uncertain(batch: &mut Batch, id: MessageId) {
    batch.push(SET_STATUS, values![id, Status::Uncertain.word(), None::<String>]);
}

/// Sets what is known about an uncertain message.
pub fn explain_uncertain(batch: &mut Batch, id: MessageId, why: &Failure) {
    batch.push(SET_DOUBT, values![id, json(why)]);
}

/// A part was not sent and will be retried: the message is queued, or has the status of its other parts, with the
/// reason for waiting.
pub fn set_waiting(batch: &mut Batch, id: MessageId, why: &Failure, now: Micros) {
    part_sent(batch, id, now);
    batch.push(SET_ERROR, values![id, json(why)]);
}

/// Sends it again; a conflict unless it still has that status and no part of it is being sent.
pub fn send_again(batch: &mut Batch, id: MessageId, status: Status) {
    batch.must(AGAIN, values![id, status.word()]);
}

/// Withdraws it; a conflict unless it is queued.
pub fn cancel(batch: &mut Batch, id: MessageId) {
    batch.must(CANCEL, values![id]);
}
