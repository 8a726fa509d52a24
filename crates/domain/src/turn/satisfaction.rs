//! The question after a conversation, and its answer.

use super::Turn;
use crate::id::MessageId;
use crate::inbound::Said;
use crate::satisfaction::{self, Answer, Csat};
use crate::time::Micros;

impl Turn<'_> {
    /// Asks the customer how satisfied they are, once per conversation, if its queue is set to and an agent had it.
    /// While the window is closed it is left out.
    pub(super) fn ask_for_score(&mut self) {
        let it = self.conversation();
        if it.data.csat.is_some() || it.data.accepted_at.is_none() {
            return;
        }
        let Some(queue) = self.queue(it.queue).filter(|queue| queue.settings.csat.enabled) else { return };
        let (question, id) = (self.rendered(&queue.settings.csat.question, None), it.id);
        let before = self.decision.sends.len();
        self.say_automatically(&question, satisfaction::choices(id));
        if self.decision.sends.len() > before {
            let asked_at = self.context.now;
            self.it().data.csat = Some(Csat { asked_at, score: None, at: None, comment: None });
        }
    }

    /// The customer answers the question. The conversation stays closed.
    pub fn rated(&mut self, message: &Said, answer: &Answer, at: Option<Micros>, reply_to: Option<MessageId>) {
        self.hear(message, at, reply_to, false);
        let now = self.context.now;
        if satisfaction::record(&mut self.it().data, answer, now) {
            let thanks = self.queue(self.conversation().queue).map(|queue| queue.settings.csat.thanks.clone());
            self.say_template(&thanks.unwrap_or_default(), None);
        }
    }
}

#[cfg(test)]
mod tests;
