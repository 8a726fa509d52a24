//! How soon customers get an answer: the targets of a queue, and what is due in a conversation according to them.

use serde::{Deserialize, Serialize};

use crate::calendar::OpeningHours;
use crate::conversation::{Conversation, State};
use crate::message::Status;
use crate::time::{Micros, SECOND};

/// The targets of a queue, in seconds; null for no target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Sla {
    /// From joining the queue to an agent's first answer.
    pub first_response_seconds: Option<i64>,
    /// From a customer's message to each further answer.
    pub response_seconds: Option<i64>,
    /// From joining the queue to the end of the conversation.
    pub resolution_seconds: Option<i64>,
}

/// What is due in a conversation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Due {
    /// By when the customer should have an answer or, if none is due, the conversation should end.
    pub at: Option<Micros>,
    /// Whether a target was missed, now or earlier.
    pub breached: bool,
}

/// The targets of a queue, and when they run: while the queue is closed, no time passes for them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Targets<'a> {
    /// The targets.
    pub sla: Sla,
    /// When the queue is open; None for always.
    pub hours: Option<&'a OpeningHours>,
}

impl Targets<'_> {
    /// By when the first answer is due to a customer who joined the queue at `queued_at`.
    pub fn first_response_due(&self, queued_at: Micros) -> Option<Micros> {
        self.after(queued_at, self.sla.first_response_seconds)
    }

    /// The moment after this many seconds of open time; None without a target, and if the queue does not open for so long.
    fn after(&self, since: Micros, seconds: Option<i64>) -> Option<Micros> {
        let span = seconds?.saturating_mul(SECOND);
        self.hours.map_or(Some(since.plus(span)), |hours| hours.after(since, span))
    }

    /// What is due according to these targets. `last_status` is the status of the newest message: an answer that was
    /// not delivered does not count.
    pub fn due(&self, it: &Conversation, last_status: Option<Status>, now: Micros) -> Due {
        let at = self.due_at(it, last_status);
        Due { at, breached: it.data.target_missed || at.is_some_and(|at| at < now) }
    }

    fn due_at(&self, it: &Conversation, last_status: Option<Status>) -> Option<Micros> {
        let is_ours = matches!(it.state, State::Queued | State::Offered | State::Active);
        let queued_at = it.queued_at.filter(|_| is_ours && it.data.held_by.is_none())?;
        let end = self.after(queued_at, self.sla.resolution_seconds);
        // A customer who waits for an agent waits for an answer, no matter who wrote last.
        let waits = it.data.responded_at.is_none() && it.state != State::Active;
        let since = it.data.waiting_since(last_status).or(waits.then_some(queued_at));
        let Some(since) = since else { return end };
        let answer = match self.first_response_due(queued_at) {
            Some(first) if it.data.responded_at.is_none() => Some(first),
            _ => self.after(since, self.sla.response_seconds),
        };
        [answer, end].into_iter().flatten().min()
    }
}

#[cfg(test)]
#[path = "sla/tests.rs"]
mod tests;
