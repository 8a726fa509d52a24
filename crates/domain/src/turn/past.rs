//! Messages from a time when we received nothing, found by catch-up: they get their place in the thread and count for
//! the window, and start nothing. The bot does not answer last week's messages.

use super::Turn;
use crate::conversation::State;
use crate::thread_event::{CloseReason, SystemClose};
use crate::time::Micros;

impl Turn<'_> {
    /// Applies an event from the past: it is added to the thread, and the conversation stays as it is. A conversation
    /// that begins with it is closed from the start.
    pub fn record(&mut self, at: Micros, play: impl FnOnce(&mut Self)) {
        let mut before = self.conversation().clone();
        // A message into a closed conversation is stored and not answered.
        self.it().state = State::Closed;
        self.it().closed_at = None;
        play(self);
        let after = &self.decision.conversation.data;
        let newest = before.data.last_message.as_ref().map(|last| last.at);
        if let Some(last) = &after.last_message
            && newest.is_none_or(|newest| newest <= last.at)
        {
            before.data.last_message = Some(last.clone());
        }
        if before.data.first_text.is_none() {
            before.data.first_text.clone_from(&after.first_text);
        }
        if self.decision.created {
            before.state = State::Closed;
            before.created_at = at.min(self.context.now);
            before.last_activity_at = before.created_at;
            before.closed_at = Some(self.context.now);
            before.data.close_reason = Some(CloseReason::System { system: SystemClose::FoundByCatchUp });
            self.decision.routing = false;
        }
        self.decision.conversation = before;
        self.mark_caught_up();
    }

    /// Marks everything in this turn as found by catch-up, not delivered by a webhook.
    pub fn mark_caught_up(&mut self) {
        let decision = &mut self.decision;
        for message in &mut decision.messages {
            if decision.mids.iter().any(|(_, id)| *id == message.id) {
                message.data.caught_up = true;
            }
        }
    }
}
