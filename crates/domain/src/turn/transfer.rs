//! How agents hand a conversation on: to a queue, to the bot, or to a colleague, who may accept it.

use super::{Actor, QueueFacts, Refusal, Turn};
use crate::conversation::{State, Transfer};
use crate::decision::{AgentEffect, OfferEnd};
use crate::flow::Input;
use crate::id::QueueId;
use crate::thread_event::{ThreadEvent, TransferEnd};

/// Where a conversation is handed to.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a> {
    /// A queue.
    Queue(QueueId),
    /// A colleague.
    Agent {
        /// Who.
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
    /// Hands the conversation on.
    pub fn transfer(&mut self, by: Actor<'_>, target: Target<'_>, note: Option<String>) -> Result<(), Refusal> {
        self.must_own(by)?;
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
                self.say_left(by.name);
                let (by_name, name) = (by.name.to_owned(), queue.name.clone());
                self.add_event(ThreadEvent::TransferredToQueue { by: by_name, queue: name });
                self.release_agent();
                self.enter(Some(queue));
                self.say_closed(Some(queue));
                self.it().data.refused = vec![by.user];
            }
            Target::Agent { colleague, .. } if colleague.user == by.user => {
                return Err(Refusal::State("You hold this conversation already: choose a colleague.".into()));
            }
            Target::Agent { colleague, shown } => {
                let (by_name, to_name) = (by.name.to_owned(), colleague.name.to_owned());
                let event = ThreadEvent::TransferOffered { by: by_name.clone(), agent: to_name.clone() };
                self.add_event(event);
                let accepted_at = self.conversation().data.accepted_at;
                self.release_agent();
                let transfer = Transfer { by: by.user, by_name, to_name, note, accepted_at };
                self.show_to(colleague.user, shown, Some(Box::new(transfer)));
            }
            Target::Bot => {
                self.add_event(ThreadEvent::TransferredToBot { by: by.name.into() });
                self.release_agent();
                let conversation = self.it();
                conversation.state = State::Bot;
                // Its queue is what an isolated conversation is seen by.
                conversation.queue = conversation.queue.filter(|_| conversation.isolated);
                conversation.queued_at = None;
                conversation.data.run = None;
                conversation.data.bot_paused_until = None;
                self.run_flow(Input::Start);
            }
        }
        self.decision.routing = true;
        Ok(())
    }

    fn say_left(&mut self, agent: &str) {
        let left = self.context.templates.left.clone();
        self.say_template(&left, Some(agent));
    }

    /// The colleague accepted. Only now does the customer learn of it.
    pub(super) fn arrive(&mut self, by: Actor<'_>, transfer: Transfer) {
        self.decision.agents.push(AgentEffect::Accepted(by.user));
        self.say_left(&transfer.by_name);
        self.hand_to(by, ThreadEvent::TransferredToAgent { by: transfer.by_name, agent: by.name.into() });
    }

    /// The sender changes their mind.
    pub(super) fn take_back(&mut self) {
        if let Some(transfer) = self.drop_offer(OfferEnd::Withdrawn).and_then(|offer| offer.transfer) {
            self.give_back(*transfer, TransferEnd::TakenBack);
        }
    }

    /// The colleague did not accept: it goes back to the sender, or to the queue if the sender has left.
    pub(super) fn return_transfer(&mut self, transfer: Transfer, cause: TransferEnd) {
        if self.context.sender_at_work {
            return self.give_back(transfer, cause);
        }
        self.add_event(ThreadEvent::TransferReturned { agent: transfer.to_name, to: None, cause });
        self.wait_again(&transfer.by_name);
    }

    fn give_back(&mut self, transfer: Transfer, cause: TransferEnd) {
        let to = Some(transfer.by_name);
        self.add_event(ThreadEvent::TransferReturned { agent: transfer.to_name, to, cause });
        let conversation = self.it();
        conversation.state = State::Active;
        conversation.agent = Some(transfer.by);
        conversation.last_agent = Some(transfer.by);
        conversation.data.accepted_at = transfer.accepted_at;
        conversation.data.refused.clear();
    }
}

#[cfg(test)]
#[path = "transfer/tests.rs"]
mod tests;
