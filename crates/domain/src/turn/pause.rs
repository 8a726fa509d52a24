//! While a person of the page answers outside Deskbell, for example in Meta's Page inbox, nothing automatic is sent to a
//! customer whom no agent of Deskbell has ([`Conversation::keeps_quiet`]). This pause ends when the customer asks for the
//! bot or an agent, when an agent answers, or after the time set in the gateway.
//!
//! Then the bot starts from the beginning: a menu from before the person came would make no sense. A customer who waits
//! in a queue keeps their place, and what became due in the meantime happens: their position, the end of the longest wait.
//!
//! [`Conversation::keeps_quiet`]: crate::conversation::Conversation::keeps_quiet

use super::Turn;
use super::request::{Request, request};
use crate::conversation::State;
use crate::flow;
use crate::inbound::{Form, Said};
use crate::time::Micros;

impl Turn<'_> {
    /// A person answered outside Deskbell.
    pub(super) fn pause_bot(&mut self, at: Micros) {
        if self.context.bot_pause == 0 {
            return;
        }
        let until = at.min(self.context.now).plus(self.context.bot_pause);
        let conversation = self.it();
        conversation.data.bot_paused_until = conversation.data.bot_paused_until.max(Some(until));
        if conversation.state == State::Bot {
            conversation.data.run = None;
        }
    }

    /// The pause is over, if there is one: the customer asked for the bot or an agent, or an agent answers. A queue may
    /// have something to say that waited for it.
    pub fn wake_bot(&mut self) {
        if self.it().data.bot_paused_until.take().is_some() {
            self.decision.routing |= self.conversation().state == State::Queued;
        }
    }

    /// Whether the bot gets what the customer wrote at `at`, and as what kind of input.
    pub(super) fn bot_hears(&mut self, message: &Said, at: Option<Micros>) -> Option<Heard> {
        let Some(until) = self.conversation().data.bot_paused_until else {
            return Some(Heard::Said(message.payload.clone()));
        };
        let asked = self.asked(message);
        let now = self.context.now;
        if asked.is_none() && at.unwrap_or(now).min(now) < until {
            return None;
        }
        self.wake_bot();
        Some(asked.unwrap_or_else(|| Heard::Said(message.payload.clone())))
    }

    /// Whether the customer asks for the bot or an agent: by tapping a choice or a button, by a keyword of the flow, or in
    /// words. The title of a choice is treated as its payload.
    pub(super) fn asked(&self, message: &Said) -> Option<Heard> {
        let flow = self.context.flow.map(|(_, body)| body);
        let text = message.text.as_deref().unwrap_or_default();
        match (message.payload.as_deref(), flow) {
            _ if message.form == Form::Postback => return Some(Heard::Said(message.payload.clone())),
            (Some(payload), Some(flow)) if flow::offers(flow, payload) => {
                return Some(Heard::Said(message.payload.clone()));
            }
            (None, Some(flow)) if flow::has_keyword(flow, text) => return Some(Heard::Said(None)),
            (None, Some(flow)) => {
                if let Some(payload) = flow::choice_named(flow, text) {
                    return Some(Heard::Said(Some(payload)));
                }
            }
            _ => {}
        }
        request(text).map(|request| match request {
            Request::Agent => Heard::AsksForAgent,
            Request::Bot => Heard::Said(None),
        })
    }
}

/// How the bot treats a customer's message during the pause.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// A message with this payload, if it has one.
    Said(Option<String>),
    /// They want an agent: a menu would only ask them again.
    AsksForAgent,
}

#[cfg(test)]
#[path = "pause/tests.rs"]
mod tests;
