//! What the beginning of an App Review means for the conversation that stands in its way, and for its own.

use super::Turn;
use crate::conversation::State;
use crate::flow::Input;

impl Turn<'_> {
    /// The customer called the review while this conversation was open. True if it gives way: nobody of ours speaks in it
    /// yet. Where somebody does, it stays theirs, and they are told what to do about it.
    pub fn gives_way_to_review(&mut self) -> bool {
        if matches!(self.conversation().state, State::Bot | State::Queued | State::Offered) {
            self.end(
                Some("App Review".into()),
                "The App Review began: it goes on in a conversation of its own".into(),
            );
            return true;
        }
        self.note_event(
            "This person asked for the App Review: close this conversation, then they send the code word again"
                .into(),
        );
        false
    }

    /// A link into a thread says nothing that the flow could answer, but who reviews waits for an answer: it begins at once.
    pub fn greet_review(&mut self) {
        if self.decision.created && self.conversation().state == State::Bot {
            self.run_flow(Input::Start);
        }
    }
}
