//! The timers of a conversation, and the pause while a person answers outside Deskbell.

use super::{Conversation, Silence, State};
use crate::time::Micros;

impl Conversation {
    /// When the next of its timers is due.
    pub fn due_at(&self) -> Option<Micros> {
        let offer = self.data.offer.as_ref().map(|offer| offer.until);
        let run = self.run_wakes_at();
        let silence = self.data.silence.as_ref().map(Silence::due_at);
        let snooze = self.data.snooze.and_then(|snooze| snooze.until);
        let invitation = self.data.invitations.iter().map(|it| it.until).min();
        let scheduled = self.data.scheduled.first().map(|it| it.at);
        let (wait, pause) = (self.wait_ends_at(), self.pause_ends_at());
        let due = [offer, run, self.data.wrap_until, wait, pause, silence, snooze, invitation, scheduled];
        due.into_iter().flatten().min()
    }

    /// When the flow continues on its own. While the customer waits in a queue, neither during an open offer nor before
    /// the pause ends.
    pub fn run_wakes_at(&self) -> Option<Micros> {
        let run = self.data.run.as_ref().filter(|_| matches!(self.state, State::Bot | State::Queued))?;
        run.deadline.map(|at| self.after_pause(at))
    }

    /// When the wait ends without an agent. An open offer is not cut short, and a pause neither.
    pub fn wait_ends_at(&self) -> Option<Micros> {
        self.data.wait_until.filter(|_| self.state == State::Queued).map(|at| self.after_pause(at))
    }

    /// When what was held back for a customer who waits in a queue continues. The bot itself continues with the
    /// customer's next message.
    pub fn pause_ends_at(&self) -> Option<Micros> {
        self.data.bot_paused_until.filter(|_| self.state == State::Queued)
    }

    fn after_pause(&self, at: Micros) -> Micros {
        self.pause_ends_at().map_or(at, |until| until.max(at))
    }

    /// Whether nothing automatic is sent: a person answers outside Deskbell, and no agent of Deskbell has the customer.
    pub fn keeps_quiet(&self, now: Micros) -> bool {
        let has_no_agent = match self.state {
            State::Bot | State::Queued => true,
            State::Offered => self.sender().is_none(),
            State::Active | State::Snoozed | State::Waiting | State::WrapUp | State::Closed => false,
        };
        has_no_agent && self.data.bot_paused_until.is_some_and(|until| now < until)
    }
}
