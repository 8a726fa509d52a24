//! Sends a failed message again.

use domain::id::{ConversationId, MessageId};
use domain::message::Status;
use store::table::{conversation, delivery_status, message, mid, outbox, record};
use store::{Batch, CommitError};

use crate::engine::Engine;

/// Sends the parts of a failed message again that the customer cannot have got. False if it no longer exists, or if another writer was
/// faster.
///
/// # Errors
/// The store's.
pub async fn resend(app: &Engine, conversation: ConversationId, id: MessageId) -> Result<bool, store::Error> {
    let Some(conversation) = conversation::by_id(&app.store, conversation).await? else { return Ok(false) };
    let Some(stored) = message::by_id(&app.store, id).await? else { return Ok(false) };
    let mut left = mid::parts_sent(&app.store, id).await?;
    let mut batch = Batch::new();
    delivery_status::send_again(&mut batch, id, Status::Failed);
    for part in outbox::of_message(&app.store, id).await? {
        // A part that may have been sent stays as it is.
        if part.state == outbox::State::Queued {
            outbox::replace(&mut batch, part.id, part.state);
        } else {
            left.push(part.part_no);
        }
    }
    let capabilities = app.channels.capabilities(conversation.account.channel);
    let (ids, now) = (&mut app.id_source(), app.clock.now());
    record::again(&mut batch, &conversation, &stored.message, capabilities, &left, ids, now);
    match app.store.commit(batch).await {
        Ok(_) => Ok(true),
        Err(CommitError::Store(error)) => Err(error),
        Err(CommitError::Conflict | CommitError::Duplicate) => Ok(false),
    }
}
