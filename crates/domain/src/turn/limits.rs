//! The limits of a queue: how many customers may wait and for how long, and how long a conversation may be silent.

use super::Turn;
use crate::conversation::{Silence, SilentSide, State};
use crate::thread_event::{AgentGone, CloseReason, OverflowCause, SystemClose, ThreadEvent};
use crate::time::SECOND;

impl Turn<'_> {
    /// The queue of the conversation is full, or the customer has waited too long: they get its text, and go to the
    /// queue that takes over, if there is one that is open and has room. Returns whether they got a text.
    pub(super) fn overflow(&mut self, cause: OverflowCause) -> bool {
        let conversation = self.conversation();
        let Some(queue) = self.queue(conversation.queue) else { return false };
        let fits = |other: &&super::QueueFacts| {
            // Never back to where it came from: two queues could pass a customer back and forth.
            let passed = &conversation.data.overflowed;
            other.takes(conversation) && other.open && !other.is_full() && !passed.contains(&other.id)
        };
        let other = self.queue(queue.settings.overflow_queue_id).filter(fits);
        let text = &queue.settings.overflow_text;
        if !text.is_empty() {
            self.say_template(text, None);
        }
        if let Some(other) = other {
            let (from, to) = (queue.name.clone(), other.name.clone());
            self.add_event(ThreadEvent::Overflowed { from, to, cause });
            let (since, responded_at, mut passed) = {
                let it = self.it();
                (it.queued_at, it.data.responded_at, std::mem::take(&mut it.data.overflowed))
            };
            passed.push(queue.id);
            self.enter(Some(other));
            // They keep the time that they have already waited.
            let it = self.it();
            it.queued_at = since.or(it.queued_at);
            it.data.responded_at = responded_at;
            it.data.overflowed = passed;
        }
        !text.is_empty()
    }

    /// From now on the customer waits, at most for the time that the queue allows.
    pub(super) fn begin_wait(&mut self) {
        let limit = self.queue(self.conversation().queue).and_then(|queue| queue.settings.max_wait_seconds);
        let until = limit.map(|seconds| self.context.now.plus(seconds * SECOND));
        self.it().data.wait_until = until;
    }

    /// The wait is over without an agent.
    pub(super) fn end_wait(&mut self) {
        self.it().data.wait_until = None;
        self.overflow(OverflowCause::WaitedTooLong);
    }

    /// Records which side is silent and since when. A silence that continues keeps its warning.
    pub(super) fn watch_silence(&mut self) {
        let now = self.silence();
        let before = self.it().data.silence.take();
        self.it().data.silence = match (before, now) {
            (Some(before), Some(now)) if before.is_same(&now) => Some(before),
            (_, now) => now,
        };
    }

    fn silence(&self) -> Option<Silence> {
        let it = self.conversation();
        if !matches!(it.state, State::Active | State::Waiting) || it.data.held_by.is_some() {
            return None;
        }
        let settings = &self.queue(it.queue)?.settings;
        // While the conversation waits for the customer, the customer is the silent side, even if an answer of the
        // agent is due.
        let (side, since, seconds) = match it.data.answer_due_since.filter(|_| it.state == State::Active) {
            Some(since) => (SilentSide::Agent, since, settings.agent_idle_seconds?),
            None => (SilentSide::Customer, it.data.last_message.as_ref()?.at, settings.customer_idle_seconds?),
        };
        // The agent is not responsible for the time before they joined.
        let begun = it.data.accepted_at.max(it.data.resumed_at).max(it.data.snooze.map(|snooze| snooze.since));
        let since = since.max(begun.unwrap_or(since));
        Some(Silence { side, since, seconds, warned_at: None })
    }

    /// The silence has reached its limit: first a warning, then the conversation is closed or taken from the agent.
    pub(super) fn break_silence(&mut self, silence: &Silence) {
        let agent = self.context.agent_name.unwrap_or_default().to_owned();
        match (silence.side, silence.warned_at) {
            (SilentSide::Customer, None) => {
                let text =
                    self.queue(self.conversation().queue).map(|queue| queue.settings.idle_warning_text.clone());
                self.say_template(&text.unwrap_or_default(), Some(&agent));
                self.warned();
            }
            (SilentSide::Agent, None) => {
                self.add_event(ThreadEvent::AgentSilent { agent, seconds: silence.seconds });
                self.warned();
            }
            (SilentSide::Customer, Some(_)) => {
                let closed = self.context.templates.closed.clone();
                self.say_template(&closed, Some(&agent));
                self.ask_for_score();
                let system = SystemClose::CustomerSilent;
                self.end(Some(CloseReason::System { system }), ThreadEvent::ClosedBySystem { cause: system });
            }
            (SilentSide::Agent, Some(_)) => {
                let user = self.conversation().agent;
                self.requeue(&agent, AgentGone::Silent);
                // The other agents are asked first.
                self.it().data.refused.extend(user);
            }
        }
    }

    fn warned(&mut self) {
        let now = self.context.now;
        if let Some(silence) = &mut self.it().data.silence {
            silence.warned_at = Some(now);
        }
    }
}

#[cfg(test)]
#[path = "limits/tests.rs"]
mod tests;
