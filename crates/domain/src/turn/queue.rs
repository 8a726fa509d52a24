//! Queues and timers: joining a queue, offers, release, timers, the end.

use super::{Actor, QueueFacts, Refusal, Turn};
use crate::conversation::{Offer, State, Transfer};
use crate::decision::{AgentEffect, Event, OfferEnd};
use crate::flow::Input;
use crate::id::{QueueId, UserId};
use crate::routing::{Chosen, RoutingEntry};
use crate::thread_event::{AgentGone, CloseReason, OverflowCause, SnoozeEnd, SystemClose, ThreadEvent};
use crate::time::SECOND;

/// The number of routing choices that a conversation stores: a customer whom no agent accepts is offered again and
/// again.
const ROUTING_ENTRIES: usize = 20;

impl Turn<'_> {
    /// Puts the conversation into a queue. If the queue is unknown, missing or not allowed, its own queue is used,
    /// else the first one.
    pub(super) fn join_queue(
        &mut self,
        queue: Option<QueueId>,
        waiting_text: Option<String>,
        nobody_text: Option<String>,
    ) {
        let own = self.queue(self.conversation().queue);
        let queue = [self.queue(queue), own].into_iter().flatten().find(|queue| queue.takes(self.conversation()));
        let queue = queue.or(self.first_queue());
        self.add_event(ThreadEvent::ToQueue { queue: queue.map(|queue| queue.name.clone()) });
        self.enter(queue);
        let is_full = queue.is_some_and(QueueFacts::is_full);
        let has_text = self.say_closed(queue) || (is_full && self.overflow(OverflowCause::Full));
        let queue = self.queue(self.conversation().queue);
        let staffed = queue.is_some_and(|queue| queue.open && queue.online);
        if !has_text {
            let text = if staffed { waiting_text } else { nobody_text.clone() };
            self.say_automatically(text.as_deref().unwrap_or_default(), Vec::new());
        }
        let now = self.context.now;
        let conversation = self.it();
        conversation.data.answer_due_since = Some(now);
        // Sent later, if the last agent leaves while the customer waits.
        conversation.data.nobody_text = if staffed { nobody_text } else { None };
    }

    /// Into a queue, behind the waiting customers.
    pub(super) fn enter(&mut self, queue: Option<&QueueFacts>) {
        let now = self.context.now;
        let conversation = self.it();
        conversation.state = State::Queued;
        conversation.queue = queue.map(|queue| queue.id);
        conversation.priority = queue.map_or(0, |queue| queue.settings.priority);
        conversation.queued_at = Some(now);
        conversation.data.responded_at = None;
        conversation.data.refused.clear();
        conversation.data.overflowed.clear();
        self.decision.routing = true;
        self.begin_wait();
    }

    /// Sends the text of a closed queue, if it has one. Returns whether it did.
    pub(super) fn say_closed(&mut self, queue: Option<&QueueFacts>) -> bool {
        let closed = queue.filter(|queue| !queue.open && !queue.settings.closed_text.is_empty());
        if let Some(queue) = closed {
            self.say_template(&queue.settings.closed_text, None);
        }
        closed.is_some()
    }

    /// The last agent of its queue went away: informs the customer, once. During a pause they are informed later.
    pub fn nobody_is_online(&mut self) {
        if self.conversation().keeps_quiet(self.context.now) {
            return;
        }
        if let Some(text) = self.it().data.nobody_text.take() {
            self.say_automatically(&text, Vec::new());
        }
    }

    /// Gives the conversation to an agent whom routing chose, without an offer.
    pub fn assign(&mut self, agent: Actor<'_>, chosen: Chosen) -> Result<(), Refusal> {
        if self.conversation().state != State::Queued {
            return Err(Refusal::State("It is no longer waiting.".into()));
        }
        self.record_routing(agent.name, chosen);
        self.decision.agents.push(AgentEffect::Offered(agent.user));
        self.take_from_queue(agent);
        Ok(())
    }

    /// Offers the conversation to an agent whom routing chose. `shown`: nothing will report that a screen has shown
    /// it, so it counts as shown at once.
    pub fn offer(&mut self, agent: Actor<'_>, shown: bool, chosen: Chosen) -> Result<(), Refusal> {
        if self.conversation().state != State::Queued {
            return Err(Refusal::State("It is no longer waiting.".into()));
        }
        self.record_routing(agent.name, chosen);
        self.show_to(agent.user, shown, None);
        Ok(())
    }

    /// Records why the conversation goes to an agent.
    fn record_routing(&mut self, agent: &str, chosen: Chosen) {
        let now = self.context.now;
        let queue = self.queue(self.conversation().queue).map(|queue| queue.name.clone());
        let waited_seconds = self.conversation().queued_at.map_or(0, |at| now.since(at) / SECOND);
        let routing = &mut self.it().data.routing;
        if routing.len() == ROUTING_ENTRIES {
            routing.remove(0);
        }
        routing.push(RoutingEntry { at: now, agent: agent.to_owned(), queue, waited_seconds, chosen });
    }

    pub(super) fn show_to(&mut self, agent: UserId, shown: bool, transfer: Option<Box<Transfer>>) {
        let seconds = self.queue(self.conversation().queue).map_or(30, |queue| queue.settings.offer_seconds);
        let until = self.context.now.plus(seconds * SECOND);
        let conversation = self.it();
        conversation.state = State::Offered;
        conversation.data.offer = Some(Offer { agent, until, seconds, shown, transfer });
        let id = conversation.id;
        self.decision.events.push(Event::Offer(id, agent));
        self.decision.agents.push(AgentEffect::Offered(agent));
    }

    /// Confirms that a screen of the agent shows the offer. From then on it can count as missed.
    pub fn offer_shown(&mut self, by: Actor<'_>) -> Result<(), Refusal> {
        match &mut self.it().data.offer {
            Some(offer) if offer.agent == by.user => offer.shown = true,
            _ => {
                let invitation = self.it().data.invitations.iter_mut().find(|it| it.agent == by.user);
                invitation.ok_or_else(not_offered)?.shown = true;
            }
        }
        Ok(())
    }

    /// The agent declines: the next one is asked. For a transfer, the sender takes it back.
    pub fn decline(&mut self, by: Actor<'_>) -> Result<(), Refusal> {
        match &self.conversation().data.offer {
            Some(offer) if offer.agent == by.user => self.end_offer(OfferEnd::Declined),
            _ if self.is_invited(by) => self.end_invitation(by.user, OfferEnd::Declined),
            Some(offer) if offer.transfer.as_ref().is_some_and(|transfer| transfer.is_of(by.user)) => {
                self.take_back(by.name)
            }
            _ => return Err(not_offered()),
        }
        Ok(())
    }

    /// The agent went away during the offer: the next one is asked, and it does not count as missed.
    pub fn withdraw_offer(&mut self) {
        self.end_offer(OfferEnd::Withdrawn);
    }

    /// Ends the open offer, if there is one. The conversation goes back to where it came from: the queue, or the colleague
    /// who sent it.
    pub(super) fn end_offer(&mut self, end: OfferEnd) {
        let Some(offer) = self.drop_offer(end) else { return };
        if self.conversation().state != State::Offered {
            return;
        }
        match offer.transfer {
            Some(transfer) => self.return_transfer(&transfer, end.into()),
            None => self.it().state = State::Queued,
        }
    }

    /// Takes the open offer from its agent, if there is one. The caller decides what comes next.
    pub(super) fn drop_offer(&mut self, end: OfferEnd) -> Option<Offer> {
        let limit = self.queue(self.conversation().queue).map_or(3, |queue| queue.settings.missed_limit);
        let now = self.context.now;
        let conversation = self.it();
        let offer = conversation.data.offer.take()?;
        if matches!(end, OfferEnd::Declined | OfferEnd::Missed | OfferEnd::Unseen) {
            conversation.data.refused.push(offer.agent);
            conversation.data.refused_at = Some(now);
        }
        let id = conversation.id;
        self.decision.events.push(Event::OfferEnded(id, offer.agent, end));
        if end == OfferEnd::Missed {
            self.decision.agents.push(AgentEffect::Missed { agent: offer.agent, limit });
        }
        self.decision.routing = true;
        Some(offer)
    }

    /// Back into its queue, with its old place, because the agent who held it is gone.
    pub fn requeue(&mut self, agent: &str, cause: AgentGone) {
        let aside = self.conversation().state.is_aside();
        if self.conversation().state != State::Active && !(aside && cause.is_for_good()) {
            return;
        }
        self.add_event(ThreadEvent::Requeued { agent: agent.to_owned(), cause });
        self.release_agent();
        if aside {
            // The customer does not expect an agent now.
            return self.enter(self.queue(self.conversation().queue).or(self.first_queue()));
        }
        self.it().data.refused.clear();
        self.wait_again(agent);
    }

    /// Into its queue, with its old place. The customer is informed that they wait again; `agent` is the one who went
    /// away.
    pub(super) fn wait_again(&mut self, agent: &str) {
        let now = self.context.now;
        let first = self.first_queue().map(|queue| queue.id);
        let conversation = self.it();
        conversation.state = State::Queued;
        conversation.queue = conversation.queue.or(first);
        conversation.queued_at = Some(conversation.queued_at.unwrap_or(now));
        self.decision.routing = true;
        self.begin_wait();
        let text = self.context.templates.waiting_again.clone();
        self.say_template(&text, Some(agent));
    }

    /// Takes the conversation from its agent.
    pub(super) fn release_agent(&mut self) {
        self.drop_offer(OfferEnd::Withdrawn);
        self.dismiss_colleagues();
        let conversation = self.it();
        conversation.data.snooze = None;
        conversation.data.accepted_at = None;
        if let Some(agent) = conversation.agent.take() {
            conversation.last_agent = Some(agent);
            self.decision.agents.push(AgentEffect::Freed(agent));
            self.decision.routing = true;
        }
    }

    /// Closes for good: no wrap-up.
    pub(super) fn end(&mut self, reason: Option<CloseReason>, event: ThreadEvent) {
        self.unsnooze();
        self.note_end();
        self.add_event(event);
        let accepted_at = self.conversation().data.accepted_at;
        self.release_agent();
        let now = self.context.now;
        let conversation = self.it();
        conversation.data.accepted_at = accepted_at;
        conversation.state = State::Closed;
        conversation.closed_at = Some(now);
        conversation.data.close_reason = reason.or(conversation.data.close_reason.take());
        conversation.data.wrap_until = None;
        conversation.data.expect_no_answer();
    }

    /// Deskbell closes an open conversation on its own. The customer gets no message.
    pub fn abandon(&mut self, cause: SystemClose) {
        if self.conversation().state != State::Closed {
            self.end(Some(CloseReason::System { system: cause }), ThreadEvent::ClosedBySystem { cause });
        }
    }

    /// Runs the timers that are due.
    pub fn tick(&mut self) {
        let now = self.context.now;
        let due = |at: Option<crate::time::Micros>| at.is_some_and(|at| at <= now);
        if let Some(offer) = &self.conversation().data.offer
            && offer.until <= now
        {
            self.end_offer(if offer.shown { OfferEnd::Missed } else { OfferEnd::Unseen });
        }
        self.end_due_invitations();
        if due(self.conversation().data.snooze.and_then(|snooze| snooze.until)) {
            self.end_snooze(SnoozeEnd::Time);
        }
        if due(self.conversation().pause_ends_at()) {
            self.wake_bot();
        }
        if due(self.conversation().wait_ends_at()) {
            self.end_wait();
        }
        if let Some(silence) = self.conversation().data.silence.clone()
            && silence.due_at() <= now
        {
            self.break_silence(&silence);
        }
        if due(self.conversation().data.wrap_until) {
            self.finish_wrap_up();
        }
        if due(self.conversation().run_wakes_at()) {
            self.run_flow(Input::TimedOut);
        }
    }

    /// The wrap-up is finished.
    pub(super) fn finish_wrap_up(&mut self) {
        let accepted_at = self.conversation().data.accepted_at;
        self.release_agent();
        let conversation = self.it();
        conversation.data.accepted_at = accepted_at;
        conversation.state = State::Closed;
        conversation.data.wrap_until = None;
    }
}

fn not_offered() -> Refusal {
    Refusal::State("This conversation is no longer offered to you.".into())
}
