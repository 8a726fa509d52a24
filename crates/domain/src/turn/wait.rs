//! How the wait in a queue ends, for the figures of queues: with an agent, or with a customer who gives up.

use super::{QueueFacts, Turn};
use crate::conversation::State;
use crate::decision::WaitEvent;
use crate::id::UserId;
use crate::message::Direction;
use crate::sla::Targets;
use crate::time::Micros;

impl Turn<'_> {
    /// Whether the customer waits in a queue, and not for a colleague of the agent who has them.
    fn waits(&self) -> bool {
        let it = self.conversation();
        matches!(it.state, State::Queued | State::Offered) && it.queued_at.is_some() && it.sender().is_none()
    }

    fn targets(&self) -> Targets<'_> {
        self.queue(self.conversation().queue).map(QueueFacts::targets).unwrap_or_default()
    }

    /// An agent gets the conversation. Returns whether that ends a wait.
    pub(super) fn note_answered(&mut self, agent: UserId) -> bool {
        let waits = self.waits();
        if waits {
            let due_at = self.first_response_due();
            self.decision.wait.push(WaitEvent::Answered { agent, due_at });
        }
        waits
    }

    /// By when the first answer is due; None if it was already given, or the queue has no target for it.
    fn first_response_due(&self) -> Option<Micros> {
        let it = self.conversation();
        let queued_at = it.queued_at.filter(|_| it.data.responded_at.is_none())?;
        self.targets().first_response_due(queued_at)
    }

    /// An agent answers.
    pub(super) fn note_response(&mut self) {
        let now = self.context.now;
        let due = self.targets().due(self.conversation(), None, now);
        let it = self.it();
        it.data.target_missed = due.breached;
        if it.queued_at.is_some() && it.data.responded_at.is_none() {
            it.data.responded_at = Some(now);
            self.decision.wait.push(WaitEvent::Responded);
        }
    }

    /// The conversation ends, in any way.
    pub(super) fn note_end(&mut self) {
        let now = self.context.now;
        let due = self.targets().due(self.conversation(), None, now);
        self.it().data.target_missed = due.breached;
    }

    /// A person closes the conversation: a customer who still waits and wrote nothing more has given up.
    pub(super) fn note_closed(&mut self) {
        let it = self.conversation();
        let last = it.data.last_message.as_ref().filter(|last| last.direction == Direction::In);
        let wrote_more = last.is_some_and(|last| Some(last.at) > it.queued_at);
        if self.waits() && !wrote_more {
            self.decision.wait.push(WaitEvent::Abandoned);
        }
    }

    /// The customer refuses further messages. If they are waiting, they have given up.
    pub fn said_stop(&mut self) {
        if self.waits() {
            self.decision.wait.push(WaitEvent::Abandoned);
        }
    }
}
