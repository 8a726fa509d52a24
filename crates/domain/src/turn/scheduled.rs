//! Messages that are sent later. Until then a message is only in the thread: no other message waits for it. At its
//! time it is checked again, and either goes to the outbox or fails with a reason. It is sent whatever happened to
//! the conversation: the agent who closes it also decides about scheduled messages.

use super::{Actor, OutgoingContent, Refusal, Turn};
use crate::conversation::Scheduled;
use crate::decision::{Change, Event};
use crate::failure::Failure;
use crate::id::MessageId;
use crate::message::{Message, MessageData, Status};
use crate::outbound::Speaker;
use crate::time::Micros;
use crate::window::Permit;

/// The maximum number of scheduled messages of a conversation.
const MOST: usize = 50;

/// Changes to a scheduled message.
#[derive(Debug, Clone, Default)]
pub struct Rescheduled {
    /// Its new text.
    pub text: Option<String>,
    /// Its new time.
    pub send_at: Option<Micros>,
}

impl Turn<'_> {
    /// Adds a scheduled message to the thread.
    pub(super) fn schedule(&mut self, mut message: Message, at: Micros) -> Result<MessageId, Refusal> {
        if self.conversation().data.scheduled.len() >= MOST {
            return Err(Refusal::State(format!(
                "At most {MOST} messages of a conversation can wait for their time: cancel one first."
            )));
        }
        let id = message.id;
        message.at = at;
        message.data.send_at = Some(at);
        message.data.parts = u32::try_from(message.parts(self.context.capabilities).len()).unwrap_or(u32::MAX);
        self.plan(id, at);
        self.decision.events.push(Event::Message(message.conversation, id));
        self.decision.messages.push(message);
        Ok(id)
    }

    fn plan(&mut self, message: MessageId, at: Micros) {
        let scheduled = &mut self.it().data.scheduled;
        scheduled.push(Scheduled { message, at });
        scheduled.sort_by_key(|it| (it.at, it.message));
    }

    /// Removes a message from the schedule. False if it was already sent, failed or cancelled.
    pub fn unplan(&mut self, message: MessageId) -> bool {
        let scheduled = &mut self.it().data.scheduled;
        let before = scheduled.len();
        scheduled.retain(|it| it.message != message);
        scheduled.len() < before
    }

    /// The time of a message has come: sends it, if that is still allowed.
    pub fn send_scheduled(&mut self, message: &Message) {
        let now = self.context.now;
        if !self.conversation().data.scheduled.iter().any(|it| it.message == message.id && it.at <= now) {
            return;
        }
        self.unplan(message.id);
        let mut message = message.clone();
        message.at = now;
        message.data.send_at = None;
        if let Err(failure) = self.may_leave(&message) {
            return self.store_scheduled(&message, Status::Failed, Some(failure));
        }
        self.store_scheduled(&message, Status::Queued, None);
        self.put_in_outbox(&message, Speaker::Agent);
        self.show_as_latest(&message);
        self.it().data.answered();
    }

    /// Whether it may be sent now. A refusal of the channel itself shows up when it is sent.
    fn may_leave(&self, message: &Message) -> Result<(), Failure> {
        let Some(approved) = message.data.approved.as_deref() else {
            return match self.permit(Speaker::Agent) {
                Permit::Closed(why) => Err(why),
                _ => Ok(()),
            };
        };
        if self.is_refused(approved) { Err(Failure::MarketingRefused {}) } else { Ok(()) }
    }

    /// Withdraws a message whose time has not come.
    pub fn cancel_scheduled(&mut self, by: Actor<'_>, message: &Message) -> Result<(), Refusal> {
        self.may_reschedule(by, message)?;
        self.unplan(message.id);
        let mut message = message.clone();
        message.at = self.context.now;
        message.data.send_at = None;
        self.store_scheduled(&message, Status::Cancelled, None);
        Ok(())
    }

    /// Changes the text or the time of a message whose time has not come. Only its author changes the text: the customer reads
    /// it under their name.
    pub fn reschedule(&mut self, by: Actor<'_>, message: &Message, change: Rescheduled) -> Result<(), Refusal> {
        self.may_reschedule(by, message)?;
        let mut message = message.clone();
        if let Some(text) = change.text {
            if message.sender.user != Some(by.user) {
                return Err(Refusal::State(
                    "A colleague wrote this message: cancel it, or change only its time.".into(),
                ));
            }
            if message.data.approved.is_some() || message.data.special.is_some() {
                return Err(Refusal::State("Only the time of this message can be changed.".into()));
            }
            message.text = Some(text).filter(|text| !text.trim().is_empty());
            let content = OutgoingContent { text: message.text.clone(), ..OutgoingContent::default() };
            if message.text.is_some() {
                self.context.capabilities.content(&content).map_err(Refusal::Content)?;
            }
        }
        if let Some(at) = change.send_at {
            message.at = at;
            message.data.send_at = Some(at);
        }
        let parts = message.parts(self.context.capabilities);
        if parts.is_empty() {
            return Err(Refusal::State(
                "There is nothing to send: write something, or cancel the message.".into(),
            ));
        }
        message.data.parts = u32::try_from(parts.len()).unwrap_or(u32::MAX);
        self.unplan(message.id);
        self.plan(message.id, message.at);
        self.store_scheduled(&message, Status::Queued, None);
        Ok(())
    }

    /// Its author, the agent whose conversation it is, and supervisors decide about it.
    fn may_reschedule(&self, by: Actor<'_>, message: &Message) -> Result<(), Refusal> {
        if !self.conversation().data.scheduled.iter().any(|it| it.message == message.id) {
            return Err(Refusal::State("It has left already, or was cancelled.".into()));
        }
        if by.supervises || message.sender.user == Some(by.user) || self.conversation().last_agent == Some(by.user)
        {
            return Ok(());
        }
        Err(Refusal::State("A colleague wrote this message, and holds the conversation.".into()))
    }

    fn store_scheduled(&mut self, message: &Message, status: Status, error: Option<Failure>) {
        let data: Box<MessageData> = Box::new(message.data.clone());
        let (text, at) = (message.text.clone(), message.at);
        self.change(Change::Scheduled { message: message.id, text, at, data, status, error });
    }
}

#[cfg(test)]
#[path = "scheduled/tests.rs"]
mod tests;
