//! Conversations that their agent sets aside until a moment or until the customer writes, and those that are reopened
//! after the close. Both come back to the same agent if they are available, else to the queue.

use super::{Actor, Refusal, Turn};
use crate::conversation::{Snooze, State};
use crate::decision::AgentEffect;
use crate::thread_event::{SnoozeEnd, ThreadEvent};
use crate::time::{DAY, Micros, SECOND};

/// The longest snooze.
pub const LONGEST_SNOOZE: i64 = 366 * DAY;
/// The maximum duration of a wrap-up, however often it is extended, in seconds.
const LONGEST_WRAP_UP: i64 = 3_600;
/// How much a wrap-up is extended in a queue without wrap-up time, in seconds.
const EXTRA_WRAP_UP: i64 = 60;

impl Turn<'_> {
    /// The agent sets the conversation aside until a moment; without one, until the customer writes. If it is already
    /// set aside, it gets the new moment.
    pub fn snooze(&mut self, by: Actor<'_>, until: Option<Micros>) -> Result<(), Refusal> {
        self.must_own(by)?;
        self.dismiss_colleagues();
        self.add_event(ThreadEvent::Snoozed { by: by.name.into(), until: until.map(rfc3339) });
        let now = self.context.now;
        if self.conversation().state == State::Active {
            self.decision.agents.push(AgentEffect::Freed(by.user));
            self.decision.routing = true;
        }
        let conversation = self.it();
        conversation.state = if until.is_some() { State::Snoozed } else { State::Waiting };
        let since = conversation.data.snooze.map_or(now, |snooze| snooze.since);
        conversation.data.snooze = Some(Snooze { until, since });
        Ok(())
    }

    /// The agent who set it aside brings it back, or a supervisor does.
    pub fn end_snooze_by_hand(&mut self, by: Actor<'_>) -> Result<(), Refusal> {
        let conversation = self.conversation();
        if !conversation.state.is_aside() {
            return Err(Refusal::State("The conversation is not snoozed.".into()));
        }
        if conversation.agent == Some(by.user) {
            return self.bring_back(by);
        }
        if !by.supervises {
            return Err(Refusal::State("A colleague has set this conversation aside.".into()));
        }
        self.return_to_agent(SnoozeEnd::Hand, Some(by.name));
        Ok(())
    }

    /// The agent brings back what they set aside, whatever their status is.
    pub(super) fn bring_back(&mut self, by: Actor<'_>) -> Result<(), Refusal> {
        let (by_name, agent) = (Some(by.name.to_owned()), by.name.to_owned());
        self.add_event(ThreadEvent::SnoozeEnded { cause: SnoozeEnd::Hand, by: by_name, agent, queued: false });
        self.unsnooze();
        self.decision.agents.push(AgentEffect::Offered(by.user));
        self.decision.routing = true;
        Ok(())
    }

    /// The snooze has expired, or the customer wrote.
    pub(super) fn end_snooze(&mut self, cause: SnoozeEnd) {
        if self.conversation().state.is_aside() {
            self.return_to_agent(cause, None);
        }
    }

    fn return_to_agent(&mut self, cause: SnoozeEnd, by: Option<&str>) {
        let queued = !self.context.agent_available;
        let agent = self.context.agent_name.unwrap_or_default().to_owned();
        self.add_event(ThreadEvent::SnoozeEnded {
            cause,
            by: by.map(str::to_owned),
            agent: agent.clone(),
            queued,
        });
        self.unsnooze();
        self.resume(&agent, cause == SnoozeEnd::Customer);
    }

    /// Removes the snooze. The time of the snooze does not count as handling time.
    pub(super) fn unsnooze(&mut self) {
        let now = self.context.now;
        let conversation = self.it();
        if let Some(snooze) = conversation.data.snooze.take() {
            conversation.state = State::Active;
            let data = &mut conversation.data;
            data.accepted_at = data.accepted_at.map(|at| now.plus(-snooze.since.since(at)));
            data.resumed_at = Some(now);
        }
    }

    /// A conversation that is back with its agent moves to the queue if they are not available. The customer is
    /// informed if they have just written.
    fn resume(&mut self, agent: &str, customer_wrote: bool) {
        let user = self.conversation().agent;
        if self.context.agent_available {
            self.decision.agents.extend(user.map(AgentEffect::Offered));
            self.decision.routing = true;
            return;
        }
        self.release_agent();
        let queue = self.queue(self.conversation().queue).or(self.first_queue());
        self.enter(queue);
        if customer_wrote && !self.say_closed(queue) {
            let text = self.context.templates.waiting_again.clone();
            self.say_template(&text, Some(agent));
        }
    }

    /// Whether the queue lets a customer who writes at `at` continue this closed conversation.
    pub(super) fn comes_back(&self, at: Micros) -> bool {
        let it = self.conversation();
        self.queue(it.queue).is_some_and(|queue| it.comes_back(at, queue.settings.reopen_seconds))
    }

    /// The customer wrote soon after the close: the conversation is open again ([`Conversation::comes_back`]).
    ///
    /// [`Conversation::comes_back`]: crate::conversation::Conversation::comes_back
    pub(super) fn come_back_after_close(&mut self) {
        let queued = !self.context.agent_available;
        let agent = self.context.agent_name.unwrap_or_default().to_owned();
        self.add_event(ThreadEvent::ReopenedByCustomer { agent: agent.clone(), queued });
        self.open_again();
        let conversation = self.it();
        conversation.agent = conversation.agent.or(conversation.last_agent);
        // The engine withdraws it if it has not left yet.
        conversation.data.closing_text = None;
        self.resume(&agent, true);
    }

    /// A closed conversation is active again. The time while it was closed does not count as handling time.
    pub(super) fn open_again(&mut self) {
        let now = self.context.now;
        let conversation = self.it();
        let closed_at = conversation.closed_at.take();
        let data = &mut conversation.data;
        let handled = data.accepted_at.zip(closed_at).map_or(0, |(from, to)| to.since(from));
        conversation.state = State::Active;
        data.accepted_at = Some(now.plus(-handled));
        data.resumed_at = Some(now);
        data.close_reason = None;
        data.wrap_until = None;
    }

    /// The agent needs more time after the close: the wrap-up time of the queue once again.
    pub fn extend_wrap_up(&mut self, by: Actor<'_>) -> Result<(), Refusal> {
        let conversation = self.conversation();
        if conversation.state != State::WrapUp {
            return Err(Refusal::State("Wrap-up is over, or has not begun.".into()));
        }
        if conversation.agent != Some(by.user) {
            return Err(Refusal::State("A colleague is in wrap-up here.".into()));
        }
        let given = self.queue(conversation.queue).map_or(0, |queue| queue.settings.wrap_up_seconds);
        let seconds = if given == 0 { EXTRA_WRAP_UP } else { given };
        let last = conversation.closed_at.unwrap_or(self.context.now).plus(LONGEST_WRAP_UP * SECOND);
        let until = self.context.now.max(conversation.data.wrap_until.unwrap_or_default()).plus(seconds * SECOND);
        if conversation.data.wrap_until >= Some(last) {
            return Err(Refusal::State("Wrap-up lasts an hour at most: finish it now.".into()));
        }
        self.it().data.wrap_until = Some(until.min(last));
        Ok(())
    }
}

/// A moment in RFC 3339, as in the API.
fn rfc3339(at: Micros) -> String {
    let seconds = jiff::Timestamp::from_second(at.0.div_euclid(SECOND)).unwrap_or(jiff::Timestamp::MAX);
    seconds.to_string()
}

#[cfg(test)]
#[path = "snooze/tests.rs"]
mod tests;
