//! A macro: several actions of an agent in one turn, all or none.

use super::{Actor, OutgoingContent, Refusal, Target, Turn};
use crate::time::SECOND;

/// An action of a macro, with its references resolved. Labels are not part of the turn: the caller changes them in
/// the same batch.
#[derive(Debug, Clone)]
pub enum Step<'a> {
    /// Sends a text with variables.
    Reply(&'a str),
    /// Adds a note.
    Note(&'a str),
    /// Transfers the conversation.
    Transfer(Target<'a>, Option<&'a str>),
    /// Sets it aside for this many seconds, or until the customer writes.
    Snooze(Option<i64>),
    /// Closes it.
    Close(Option<&'a str>),
}

impl Turn<'_> {
    /// Does one step of a macro.
    pub fn step(&mut self, by: Actor<'_>, step: &Step<'_>) -> Result<(), Refusal> {
        match step {
            Step::Reply(text) => {
                let values = self.values(by.name);
                // Checked when it was saved; if it fails now, it is sent without its variables, so that the agent
                // sees it.
                let text = crate::text::render_or_plain(text, &values);
                self.say_as_agent(by, OutgoingContent { text: Some(text), ..OutgoingContent::default() })?;
            }
            Step::Note(text) => self.note(by, (*text).to_owned()),
            Step::Transfer(target, note) => self.transfer(by, *target, note.map(str::to_owned))?,
            Step::Snooze(seconds) => {
                let until = seconds.map(|seconds| self.context.now.plus(seconds * SECOND));
                self.snooze(by, until)?;
            }
            Step::Close(reason) => self.close(by, reason.map(str::to_owned))?,
        }
        Ok(())
    }
}
