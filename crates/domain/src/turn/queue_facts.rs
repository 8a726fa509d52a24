//! What a turn knows of a queue.

use std::sync::Arc;

use crate::calendar::OpeningHours;
use crate::conversation::Conversation;
use crate::form::Form;
use crate::id::QueueId;
use crate::queue::QueueSettings;
use crate::sla::Targets;

/// What a turn may use of a queue.
#[derive(Debug, Clone)]
pub struct QueueFacts {
    /// Its id.
    pub id: QueueId,
    /// Its name.
    pub name: String,
    /// Its settings.
    pub settings: Arc<QueueSettings>,
    /// The form that agents fill in about its conversations.
    pub form: Option<Arc<Form>>,
    /// Whether an agent who serves it is online.
    pub online: bool,
    /// Whether it is open according to its calendar.
    pub open: bool,
    /// When it is open; None for always.
    pub hours: Option<Arc<OpeningHours>>,
    /// The number of waiting customers; None if it was not counted, because it has no limit or the turn does not join
    /// it.
    pub waiting: Option<i64>,
    /// How long a customer who joins it will probably wait; None if that is not known, or was not asked for.
    pub expected_wait: Option<i64>,
    /// Whether it is isolated: only conversations of its own entry points wait in it.
    pub isolated: bool,
}

impl QueueFacts {
    /// Its targets, and when they run.
    pub fn targets(&self) -> Targets<'_> {
        Targets { sla: self.settings.sla, hours: self.hours.as_deref() }
    }

    /// Whether the maximum number of customers is waiting.
    pub fn is_full(&self) -> bool {
        self.waiting.zip(self.settings.max_waiting).is_some_and(|(waiting, most)| waiting >= most)
    }

    /// Whether a conversation may wait here: one can enter an isolated queue only when it begins, and never leaves
    /// it.
    pub fn takes(&self, it: &Conversation) -> bool {
        if it.isolated { it.queue == Some(self.id) } else { !self.isolated }
    }
}
