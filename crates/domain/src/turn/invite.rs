//! Colleagues who help in a conversation. They get an offer that rings like any other; once they accept, they read
//! and write alongside the agent who holds it. It does not count towards their capacity: the conversation stays with
//! the agent.
//!
//! Whatever takes the conversation from its agent (a transfer, the close, the queue, snoozing) ends it for all of them.

use super::{Actor, Refusal, Turn};
use crate::conversation::{Invitation, Participant};
use crate::decision::{AgentEffect, Event, OfferEnd};
use crate::id::UserId;
use crate::thread_event::{ThreadEvent, TransferEnd};
use crate::time::SECOND;

/// The maximum number of colleagues who are invited or take part.
const MOST: usize = 10;

impl Turn<'_> {
    /// The agent asks a colleague to help. `shown`: nothing will report that a screen has shown it ([`Turn::offer`]).
    pub fn invite(
        &mut self,
        by: Actor<'_>,
        colleague: Actor<'_>,
        shown: bool,
        note: Option<String>,
    ) -> Result<(), Refusal> {
        self.must_hold(by)?;
        let (data, name) = (&self.conversation().data, colleague.name);
        let refused = if colleague.user == by.user {
            Some("You hold this conversation already: choose a colleague.".into())
        } else if data.takes_part(colleague.user) {
            Some(format!("{name} takes part already."))
        } else if data.involves(colleague.user) {
            Some(format!("{name} is invited already: wait for the answer."))
        } else if data.invitations.len() + data.participants.len() >= MOST {
            Some(format!("At most {MOST} colleagues can take part: wait until one has left."))
        } else {
            None
        };
        if let Some(refused) = refused {
            return Err(Refusal::State(refused));
        }
        let note = note.filter(|text| !text.trim().is_empty());
        if let Some(text) = &note {
            self.note(by, text.clone());
        }
        self.add_event(ThreadEvent::Invited { by: by.name.into(), agent: name.into() });
        let seconds = self.queue(self.conversation().queue).map_or(30, |queue| queue.settings.offer_seconds);
        let until = self.context.now.plus(seconds * SECOND);
        let conversation = self.it();
        conversation.data.invitations.push(Invitation {
            agent: colleague.user,
            name: name.into(),
            by: by.user,
            by_name: by.name.into(),
            note,
            until,
            seconds,
            shown,
        });
        let id = conversation.id;
        self.decision.events.push(Event::Offer(id, colleague.user));
        self.decision.agents.push(AgentEffect::Offered(colleague.user));
        Ok(())
    }

    /// Whether an invitation rings at them.
    pub(super) fn is_invited(&self, by: Actor<'_>) -> bool {
        self.conversation().data.invitations.iter().any(|it| it.agent == by.user)
    }

    /// The colleague accepts the invitation.
    pub(super) fn join(&mut self, by: Actor<'_>) -> Result<(), Refusal> {
        let now = self.context.now;
        let invitation = self.conversation().data.invitations.iter().find(|it| it.agent == by.user);
        if invitation.is_none_or(|it| it.until < now) {
            return Err(Refusal::State("Too late: the invitation is over.".into()));
        }
        self.drop_invitation(by.user, OfferEnd::Accepted);
        self.decision.agents.push(AgentEffect::Accepted { agent: by.user, today: self.context.today });
        self.it().data.participants.push(Participant { agent: by.user, name: by.name.into(), since: now });
        self.add_event(ThreadEvent::Joined { agent: by.name.into() });
        Ok(())
    }

    /// Ends a colleague's invitation without their acceptance.
    pub fn end_invitation(&mut self, agent: UserId, end: OfferEnd) {
        if let Some(invitation) = self.drop_invitation(agent, end) {
            self.add_event(ThreadEvent::InvitationEnded { agent: invitation.name, cause: end.into() });
        }
    }

    fn drop_invitation(&mut self, agent: UserId, end: OfferEnd) -> Option<Invitation> {
        let limit = self.queue(self.conversation().queue).map_or(3, |queue| queue.settings.missed_limit);
        let conversation = self.it();
        let index = conversation.data.invitations.iter().position(|it| it.agent == agent)?;
        let invitation = conversation.data.invitations.remove(index);
        let id = conversation.id;
        self.decision.events.push(Event::OfferEnded(id, agent, end));
        if end == OfferEnd::Missed {
            self.decision.agents.push(AgentEffect::Missed { agent, limit });
        }
        self.decision.routing = true;
        Some(invitation)
    }

    /// Ends the invitations that have expired.
    pub(super) fn end_due_invitations(&mut self) {
        let now = self.context.now;
        let due = |it: &&Invitation| it.until <= now;
        let over: Vec<(UserId, bool)> =
            self.conversation().data.invitations.iter().filter(due).map(|it| (it.agent, it.shown)).collect();
        for (agent, shown) in over {
            self.end_invitation(agent, if shown { OfferEnd::Missed } else { OfferEnd::Unseen });
        }
    }

    /// A colleague stops taking part.
    pub fn leave(&mut self, by: Actor<'_>) -> Result<(), Refusal> {
        if self.conversation().agent == Some(by.user) {
            return Err(Refusal::State(
                "You hold this conversation: transfer it, or close it, instead of leaving.".into(),
            ));
        }
        if !self.conversation().data.takes_part(by.user) {
            return Err(Refusal::State("You do not take part in this conversation.".into()));
        }
        self.end_part(by.user, None);
        Ok(())
    }

    /// The agent who holds the conversation, or a supervisor, removes a colleague or withdraws their invitation.
    pub fn dismiss(&mut self, by: Actor<'_>, colleague: UserId) -> Result<(), Refusal> {
        if !by.supervises {
            self.must_hold(by)?;
        }
        if !self.conversation().data.involves(colleague) {
            return Err(Refusal::State("This colleague does not take part.".into()));
        }
        if let Some(invitation) = self.drop_invitation(colleague, OfferEnd::Withdrawn) {
            let cause = TransferEnd::TakenBack;
            self.add_event(ThreadEvent::InvitationEnded { agent: invitation.name, cause });
        }
        self.end_part(colleague, Some(by.name));
        Ok(())
    }

    /// A colleague has gone offline, or is no longer an agent.
    pub fn colleague_gone(&mut self, agent: UserId) {
        self.end_invitation(agent, OfferEnd::Withdrawn);
        self.end_part(agent, None);
    }

    fn end_part(&mut self, agent: UserId, by: Option<&str>) {
        let participants = &mut self.it().data.participants;
        if let Some(index) = participants.iter().position(|it| it.agent == agent) {
            let name = participants.remove(index).name;
            self.add_event(ThreadEvent::Left { agent: name, by: by.map(str::to_owned) });
        }
    }

    /// The conversation leaves its agent, and all colleagues who help. The thread already shows what happened.
    pub(super) fn dismiss_colleagues(&mut self) {
        let invited: Vec<UserId> = self.conversation().data.invitations.iter().map(|it| it.agent).collect();
        for agent in invited {
            self.drop_invitation(agent, OfferEnd::Withdrawn);
        }
        self.it().data.participants.clear();
    }
}

#[cfg(test)]
#[path = "invite/tests.rs"]
mod tests;
