//! A macro: several things that an agent does in one turn, all of them or none.

use super::{Actor, OutgoingContent, Refusal, Target, Turn};
use crate::time::SECOND;

/// An action of a macro, with what it names looked up. Labels are not part of the turn: the caller changes them in the same
/// batch.
#[derive(Debug, Clone)]
pub enum Step<'a> {
    /// Sends a text with variables.
    Reply(&'a str),
    /// Adds a note.
    Note(&'a str),
    /// Hands the conversation on.
    Transfer(Target<'a>, Option<&'a str>),
    /// Sets it aside, for so many seconds or until the customer writes.
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
                // Checked when it was saved; what fails now is sent as it stands, for the agent to see.
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
