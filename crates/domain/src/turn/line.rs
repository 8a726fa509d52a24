//! Queues and timers: joining a queue, offers, release, timers, the end.

use super::{Actor, Refusal, Turn};
use crate::conversation::{Offer, State};
use crate::decision::{AgentEffect, Event, OfferEnd};
use crate::flow::Input;
use crate::id::{QueueId, UserId};
use crate::thread_event::{AgentGone, CloseReason, SystemClose, ThreadEvent};
use crate::time::SECOND;

impl Turn<'_> {
    /// Puts the conversation into a queue; one that is unknown, missing or for another kind of conversation means the
    /// one it belongs to, else the first there is.
    pub(super) fn join_queue(
        &mut self,
        queue: Option<QueueId>,
        waiting_text: Option<String>,
        nobody_text: Option<String>,
    ) {
        let own = self.queue(self.conversation().queue);
        let queue = [self.queue(queue), own].into_iter().flatten().find(|queue| queue.takes(self.conversation()));
        let queue = queue.or(self.first_queue());
        let now = self.context.now;
        let online = queue.is_some_and(|queue| queue.online);
        self.add_event(ThreadEvent::ToQueue { queue: queue.map(|queue| queue.name.clone()) });
        let text = if online { waiting_text } else { nobody_text.clone() };
        self.say_automatically(text.as_deref().unwrap_or_default(), Vec::new());
        let conversation = self.it();
        conversation.state = State::Queued;
        conversation.queue = queue.map(|queue| queue.id);
        conversation.priority = queue.map_or(0, |queue| queue.priority);
        conversation.queued_at = Some(now);
        conversation.data.run = None;
        conversation.data.refused.clear();
        conversation.data.answer_due_since = Some(now);
        // Told later, if the last agent leaves while they wait.
        conversation.data.nobody_text = if online { nobody_text } else { None };
        self.decision.routing = true;
    }

    /// The last agent of its queue went away: the customer is informed, once.
    pub fn nobody_is_online(&mut self) {
        if let Some(text) = self.it().data.nobody_text.take() {
            self.say_automatically(&text, Vec::new());
        }
    }

    /// Shows the conversation to an agent.
    pub fn offer(&mut self, agent: UserId) -> Result<(), Refusal> {
        if self.conversation().state != State::Queued {
            return Err(Refusal::State("It does not wait any more.".into()));
        }
        let seconds = self.queue(self.conversation().queue).map_or(30, |queue| queue.offer_seconds);
        let until = self.context.now.plus(seconds * SECOND);
        let conversation = self.it();
        conversation.state = State::Offered;
        conversation.data.offer = Some(Offer { agent, until, seconds });
        let id = conversation.id;
        self.decision.events.push(Event::Offer(id, agent));
        self.decision.agents.push(AgentEffect::Offered(agent));
        Ok(())
    }

    /// The agent says no: the next one is asked.
    pub fn decline(&mut self, by: Actor<'_>) -> Result<(), Refusal> {
        if self.conversation().data.offer.as_ref().is_none_or(|offer| offer.agent != by.user) {
            return Err(Refusal::State("This conversation is not offered to you any more.".into()));
        }
        self.end_offer(OfferEnd::Declined);
        Ok(())
    }

    /// The agent went away during the offer: the next one is asked, and it does not count as missed.
    pub fn withdraw_offer(&mut self) {
        self.end_offer(OfferEnd::Withdrawn);
    }

    /// Ends the open offer, if there is one, and puts the conversation back into the queue.
    pub(super) fn end_offer(&mut self, end: OfferEnd) {
        let limit = self.queue(self.conversation().queue).map_or(3, |queue| queue.missed_limit);
        let now = self.context.now;
        let conversation = self.it();
        let Some(offer) = conversation.data.offer.take() else { return };
        if matches!(end, OfferEnd::Declined | OfferEnd::Missed) {
            conversation.data.refused.push(offer.agent);
            conversation.data.refused_at = Some(now);
        }
        if conversation.state == State::Offered {
            conversation.state = State::Queued;
        }
        let id = conversation.id;
        self.decision.events.push(Event::OfferEnded(id, offer.agent, end));
        if end == OfferEnd::Missed {
            self.decision.agents.push(AgentEffect::Missed { agent: offer.agent, limit });
        }
        self.decision.routing = true;
    }

    /// Back into its queue, with its old place, because the agent who held it is gone.
    pub fn requeue(&mut self, agent: &str, cause: AgentGone) {
        if self.conversation().state != State::Active {
            return;
        }
        self.add_event(ThreadEvent::Requeued { agent: agent.to_owned(), cause });
        self.release_agent();
        let now = self.context.now;
        let first = self.first_queue().map(|queue| queue.id);
        let conversation = self.it();
        conversation.state = State::Queued;
        conversation.queue = conversation.queue.or(first);
        conversation.queued_at = Some(conversation.queued_at.unwrap_or(now));
        conversation.data.refused.clear();
        self.decision.routing = true;
    }

    /// Takes the conversation from its agent.
    pub(super) fn release_agent(&mut self) {
        self.end_offer(OfferEnd::Withdrawn);
        let conversation = self.it();
        conversation.data.accepted_at = None;
        if let Some(agent) = conversation.agent.take() {
            conversation.last_agent = Some(agent);
            self.decision.agents.push(AgentEffect::Freed(agent));
            self.decision.routing = true;
        }
    }

    /// Closes for good: no wrap-up.
    pub(super) fn end(&mut self, reason: Option<CloseReason>, event: ThreadEvent) {
        self.add_event(event);
        self.release_agent();
        let now = self.context.now;
        let conversation = self.it();
        conversation.state = State::Closed;
        conversation.closed_at = Some(now);
        conversation.data.close_reason = reason.or(conversation.data.close_reason.take());
        conversation.data.run = None;
        conversation.data.wrap_until = None;
        conversation.data.answer_due_since = None;
    }

    /// Deskbell closes an open conversation by itself. The customer gets no message.
    pub fn abandon(&mut self, cause: SystemClose) {
        if self.conversation().state != State::Closed {
            self.end(Some(CloseReason::System { system: cause }), ThreadEvent::ClosedBySystem { cause });
        }
    }

    /// The clock: whatever of its timers is due happens.
    pub fn tick(&mut self) {
        let now = self.context.now;
        let due = |at: Option<crate::time::Micros>| at.is_some_and(|at| at <= now);
        if due(self.conversation().data.offer.as_ref().map(|offer| offer.until)) {
            self.end_offer(OfferEnd::Missed);
        }
        if due(self.conversation().data.wrap_until) {
            self.finish_wrap_up();
        }
        if due(self.conversation().data.run.as_ref().and_then(|run| run.deadline)) {
            self.run_flow(Input::TimedOut);
        }
    }

    /// The paperwork is done.
    pub(super) fn finish_wrap_up(&mut self) {
        self.release_agent();
        let conversation = self.it();
        conversation.state = State::Closed;
        conversation.data.wrap_until = None;
    }
}
