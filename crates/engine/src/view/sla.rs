//! What is due in a conversation, as in responses and events.

use domain::conversation::Conversation;
use domain::message::Status;
use domain::time::Micros;
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::rfc3339;
use crate::directory::Directory;

/// What is due according to the targets of the queue.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ConversationSla)]
pub struct SlaView {
    /// By when the customer should have an answer or, while none is due (`answer_due_since` is null), the conversation
    /// should end; null without a target.
    pub due_at: Option<String>,
    /// Whether a target was missed, now or earlier.
    pub breached: bool,
}

/// What is due in a conversation.
pub(super) fn sla(directory: &Directory, it: &Conversation, last_status: Option<Status>, now: Micros) -> SlaView {
    let targets = it.queue.and_then(|id| directory.queue(id)).map(|queue| directory.targets(queue));
    let due = targets.unwrap_or_default().due(it, last_status, now);
    SlaView { due_at: due.at.map(rfc3339), breached: due.breached }
}
