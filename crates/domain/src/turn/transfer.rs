//! How agents transfer a conversation: to a queue, to the bot, or to a colleague, who may accept it. Supervisors move
//! conversations of other agents, and waiting ones, in the same way.

use super::{Actor, QueueFacts, Refusal, Turn};
use crate::conversation::{MovedFrom, State, Transfer};
use crate::decision::{AgentEffect, OfferEnd};
use crate::flow::Input;
use crate::id::QueueId;
use crate::thread_event::{ThreadEvent, TransferEnd};

/// The target of a transfer.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a> {
    /// A queue.
    Queue(QueueId),
    /// A colleague.
    Agent {
        /// The colleague.
        colleague: Actor<'a>,
        /// Whether the offer counts as shown at once ([`Turn::offer`]).
        shown: bool,
    },
    /// Back to the bot, at the beginning of the gateway's flow.
    Bot,
}

/// Why a transfer is refused between an isolated queue and the others.
fn isolated(queue: &QueueFacts) -> String {
    if queue.isolated {
        return format!(
            "{} is isolated: only its own links and code words lead into it. Choose another queue.",
            queue.name
        );
    }
    "This conversation belongs to an isolated queue and stays in it.".into()
}

impl From<OfferEnd> for TransferEnd {
    fn from(end: OfferEnd) -> Self {
        match end {
            OfferEnd::Declined => Self::Declined,
            OfferEnd::Missed | OfferEnd::Unseen => Self::Missed,
            OfferEnd::Accepted | OfferEnd::Withdrawn => Self::Unavailable,
        }
    }
}

impl Turn<'_> {
    /// Transfers the conversation.
    pub fn transfer(&mut self, by: Actor<'_>, target: Target<'_>, note: Option<String>) -> Result<(), Refusal> {
        let moves = self.may_move(by);
        if !moves {
            self.must_own(by)?;
        }
        let from = self.origin();
        if let Target::Agent { colleague, .. } = target {
            match &from {
                MovedFrom::Agent { agent, name } if *agent == colleague.user => {
                    let whose = if colleague.user == by.user { "You hold" } else { &format!("{name} holds") };
                    return Err(Refusal::State(format!("{whose} this conversation already: choose a colleague.")));
                }
                _ if colleague.user == by.user => return self.take_over(by),
                _ => {}
            }
        }
        self.unsnooze();
        let note = note.filter(|text| !text.trim().is_empty());
        if let Some(text) = &note {
            self.note(by, text.clone());
        }
        match target {
            Target::Queue(id) => {
                let Some(queue) = self.queue(Some(id)) else {
                    return Err(Refusal::State("That queue is gone: choose another.".into()));
                };
                if !queue.takes(self.conversation()) {
                    return Err(Refusal::State(isolated(queue)));
                }
                if let MovedFrom::Agent { name, .. } = &from {
                    self.say_left(name);
                }
                let (by_name, name) = (by.name.to_owned(), queue.name.clone());
                self.add_event(ThreadEvent::TransferredToQueue { by: by_name, queue: name });
                self.release_agent();
                self.move_to(Some(queue), &from);
                self.say_closed(Some(queue));
                if let MovedFrom::Agent { agent, .. } = from {
                    self.it().data.refused = vec![agent];
                }
            }
            Target::Agent { colleague, shown } => {
                let (by_name, to_name) = (by.name.to_owned(), colleague.name.to_owned());
                let event = ThreadEvent::TransferOffered { by: by_name.clone(), agent: to_name.clone() };
                self.add_event(event);
                let offer = self.conversation().data.offer.as_ref();
                let before = offer.and_then(|offer| offer.transfer.as_ref()).and_then(|it| it.accepted_at);
                let accepted_at = self.conversation().data.accepted_at.or(before);
                self.release_agent();
                if self.conversation().state == State::Bot {
                    // If the colleague does not accept, the customer waits in a queue.
                    let own = self.queue(self.conversation().queue).or(self.first_queue());
                    self.move_to(own, &from);
                }
                let moved_from = moves.then_some(from);
                let transfer = Transfer { by: by.user, by_name, to_name, note, accepted_at, moved_from };
                self.show_to(colleague.user, shown, Some(Box::new(transfer)));
            }
            Target::Bot => {
                if self.conversation().state == State::Bot {
                    return Err(Refusal::State("The bot has this conversation already.".into()));
                }
                self.hand_to_bot(by, None, Input::Start);
            }
        }
        self.decision.routing = true;
        Ok(())
    }

    /// Whether a supervisor moves a conversation that they do not hold.
    fn may_move(&self, by: Actor<'_>) -> bool {
        let it = self.conversation();
        by.supervises && it.state.is_open() && it.agent != Some(by.user) && it.sender() != Some(by.user)
    }

    /// Who has the conversation.
    fn origin(&self) -> MovedFrom {
        let it = self.conversation();
        let name = || self.context.agent_name.unwrap_or_default().to_owned();
        let transfer = it.data.offer.as_ref().and_then(|offer| offer.transfer.as_ref());
        match (it.agent, transfer.and_then(|transfer| transfer.origin())) {
            (Some(agent), _) => MovedFrom::Agent { agent, name: name() },
            (None, Some((agent, name))) => MovedFrom::Agent { agent, name: name.to_owned() },
            (None, None) => MovedFrom::Queue,
        }
    }

    /// Into a queue. A customer who has not had an agent keeps the time that they have already waited.
    fn move_to(&mut self, queue: Option<&QueueFacts>, from: &MovedFrom) {
        let now = self.context.now;
        let before = self.conversation();
        let since = before.queued_at.filter(|_| *from == MovedFrom::Queue && before.state != State::Bot);
        self.enter(queue);
        let it = self.it();
        it.queued_at = since.or(it.queued_at);
        it.data.run = None;
        if *from == MovedFrom::Queue {
            it.data.answer_due_since = it.data.answer_due_since.or(Some(now));
        }
    }

    fn say_left(&mut self, agent: &str) {
        let left = self.context.templates.left.clone();
        self.say_template(&left, Some(agent));
    }

    /// The colleague accepted. Only now is the customer informed.
    pub(super) fn arrive(&mut self, by: Actor<'_>, transfer: Transfer) {
        let Some((_, before)) = transfer.origin() else { return self.take_from_queue(by) };
        self.decision.agents.push(AgentEffect::Accepted { agent: by.user, today: self.context.today });
        self.say_left(before);
        self.hand_to(by, ThreadEvent::TransferredToAgent { by: transfer.by_name.clone(), agent: by.name.into() });
    }

    /// The sender changes their mind.
    pub(super) fn take_back(&mut self, by: &str) {
        if let Some(transfer) = self.drop_offer(OfferEnd::Withdrawn).and_then(|offer| offer.transfer) {
            let (agent, to) = (transfer.to_name.clone(), Some(by.to_owned()));
            self.add_event(ThreadEvent::TransferReturned { agent, to, cause: TransferEnd::TakenBack });
            self.give_back(&transfer);
        }
    }

    /// The colleague did not accept: it goes back to the previous agent, or to the queue if that agent has left.
    pub(super) fn return_transfer(&mut self, transfer: &Transfer, cause: TransferEnd) {
        let origin = transfer.origin();
        let to = origin.filter(|_| self.context.sender_at_work).map(|(_, name)| name.to_owned());
        let is_given_back = to.is_some();
        self.add_event(ThreadEvent::TransferReturned { agent: transfer.to_name.clone(), to, cause });
        match origin {
            Some((_, before)) if !is_given_back => self.wait_again(before),
            _ => self.give_back(transfer),
        }
    }

    /// Back to the previous agent; a customer who was waiting waits as before, without a message, because they had no
    /// agent.
    fn give_back(&mut self, transfer: &Transfer) {
        let Some((user, _)) = transfer.origin() else {
            self.it().state = State::Queued;
            return;
        };
        let conversation = self.it();
        conversation.state = State::Active;
        conversation.agent = Some(user);
        conversation.last_agent = Some(user);
        conversation.data.accepted_at = transfer.accepted_at;
        conversation.data.refused.clear();
    }
}

#[cfg(test)]
#[path = "transfer/tests.rs"]
mod tests;
