//! What agents do: accept, take, answer, add notes, close, reopen.

use super::{Actor, Refusal, Turn};
use crate::choice_list::ChoiceList;
use crate::conversation::State;
use crate::decision::{AgentEffect, Change, OfferEnd, Send, react_as_page};
use crate::failure::Failure;
use crate::id::{MessageId, OutboxId, UserId};
use crate::message::{Direction, File, Kind, Message, Sender};
use crate::message_template::FilledTemplate;
use crate::outbound::{Choice, Part, Speaker};
use crate::special::Special;
use crate::template::Template;
use crate::thread_event::{CloseReason, ThreadEvent};
use crate::time::{Micros, SECOND};
use crate::visibility::TakeScope;
use crate::window::Permit;

/// A message of an agent to the customer.
#[derive(Debug, Clone, Default)]
pub struct OutgoingContent {
    /// The text.
    pub text: Option<String>,
    /// Files, each already in the media store.
    pub files: Vec<File>,
    /// Choices to tap.
    pub choices: Vec<Choice>,
    /// Cards and buttons.
    pub template: Option<Template>,
    /// A list to choose from.
    pub list: Option<Box<ChoiceList>>,
    /// A special message.
    pub special: Option<Box<Special>>,
    /// A message template, filled in; `text` is what the customer reads.
    pub approved: Option<Box<FilledTemplate>>,
    /// The message that it answers.
    pub reply_to: Option<MessageId>,
    /// The sender's own key for it.
    pub client_id: Option<String>,
    /// When it is sent; None for now.
    pub send_at: Option<Micros>,
}

const REACTION_TOO_LATE: &str = "Reactions are possible within 24 hours of the customer's last message. They are possible again \
    as soon as the customer writes, taps a button or reacts to a message.";

impl Turn<'_> {
    /// The agent accepts an offer.
    pub fn accept(&mut self, by: Actor<'_>) -> Result<(), Refusal> {
        match &self.conversation().data.offer {
            Some(offer) if offer.agent == by.user && offer.until >= self.context.now => {}
            _ if self.is_invited(by) => return self.join(by),
            _ => return Err(Refusal::State("Too late: this conversation is no longer offered to you.".into())),
        }
        let transfer = self.drop_offer(OfferEnd::Accepted).and_then(|offer| offer.transfer);
        match transfer {
            Some(transfer) => self.arrive(by, *transfer),
            None => self.take_from_queue(by),
        }
        Ok(())
    }

    pub(super) fn take_from_queue(&mut self, by: Actor<'_>) {
        self.note_answered(by.user);
        self.decision.agents.push(AgentEffect::Accepted { agent: by.user, today: self.context.today });
        let waited = self.conversation().queued_at.map_or(0, |at| self.context.now.since(at) / SECOND);
        self.hand_to(by, ThreadEvent::Accepted { agent: by.name.into(), waited_seconds: waited });
    }

    /// The agent takes a customer who waits, without an offer.
    fn take_waiting(&mut self, by: Actor<'_>) -> Result<(), Refusal> {
        let conversation = self.conversation();
        let refused = match conversation.state {
            State::Queued => {
                self.take_from_queue(by);
                return Ok(());
            }
            State::Offered if conversation.data.offer.as_ref().is_some_and(|offer| offer.agent == by.user) => {
                return self.accept(by);
            }
            State::Offered => "This conversation is offered to a colleague right now.",
            State::Active if conversation.agent == Some(by.user) => "You hold this conversation already.",
            State::Active => "A colleague holds this conversation.",
            State::Snoozed | State::Waiting if conversation.agent == Some(by.user) => return self.bring_back(by),
            State::Snoozed | State::Waiting => "A colleague has set this conversation aside.",
            State::Bot => "The customer is not waiting for an agent.",
            State::WrapUp | State::Closed => "The conversation is closed.",
        };
        Err(Refusal::State(refused.into()))
    }

    /// Takes the conversation without an offer, if the scope of the agent allows it.
    pub fn take(&mut self, by: Actor<'_>, scope: TakeScope) -> Result<(), Refusal> {
        let waits = matches!(self.conversation().state, State::Queued | State::Offered);
        match scope {
            TakeScope::Waiting => self.take_waiting(by),
            TakeScope::Unassigned if !waits => {
                Err(Refusal::State("Only a conversation that waits can be taken.".into()))
            }
            TakeScope::Unassigned | TakeScope::Any => self.take_over(by),
        }
    }

    pub(super) fn take_over(&mut self, by: Actor<'_>) -> Result<(), Refusal> {
        if !self.conversation().state.is_open() {
            return Err(Refusal::State("The conversation is closed.".into()));
        }
        if self.conversation().agent == Some(by.user) {
            if self.conversation().state.is_aside() {
                return self.bring_back(by);
            }
            return Err(Refusal::State("You hold this conversation already.".into()));
        }
        if self.note_answered(by.user) {
            self.decision.agents.push(AgentEffect::Accepted { agent: by.user, today: self.context.today });
        }
        self.release_agent();
        self.hand_to(by, ThreadEvent::TakenOver { by: by.name.into() });
        Ok(())
    }

    pub(super) fn hand_to(&mut self, agent: Actor<'_>, event: ThreadEvent) {
        self.wake_bot();
        self.add_event(event);
        let now = self.context.now;
        let conversation = self.it();
        conversation.state = State::Active;
        conversation.agent = Some(agent.user);
        conversation.last_agent = Some(agent.user);
        conversation.data.accepted_at = Some(now);
        conversation.data.refused.clear();
        conversation.data.nobody_text = None;
        self.decision.routing = true;
        let joined = self.context.templates.joined.clone();
        self.say_template(&joined, Some(agent.name));
    }

    /// The agent sends a message to the customer, if the channel accepts it and the messaging window is open for
    /// people.
    pub fn say_as_agent(&mut self, by: Actor<'_>, content: OutgoingContent) -> Result<MessageId, Refusal> {
        self.context.capabilities.content(&content).map_err(Refusal::Content)?;
        self.may_write(by)?;
        let send_at = content.send_at;
        if send_at.is_none()
            && let Some(holder) = &self.conversation().data.held_by
        {
            let name = holder.name();
            return Err(Refusal::State(format!(
                "This conversation is answered by {name} now: take it over first."
            )));
        }
        if content.approved.as_deref().is_some_and(|approved| self.is_refused(approved)) {
            return Err(Refusal::State(
                "The customer wants no marketing messages. Send them another template, or answer when they write."
                    .into(),
            ));
        }
        // An approved template may be sent at any time. A scheduled message is checked when it is sent.
        if content.approved.is_none()
            && send_at.is_none()
            && let Permit::Closed(why) = self.permit(Speaker::Agent)
        {
            return Err(self.window_refusal(why));
        }
        let kind = match &content.template {
            Some(_) => Kind::Template,
            None if content.approved.is_some() || content.list.is_some() => Kind::Template,
            None if content.files.is_empty() => Kind::Text,
            None => Kind::Attachment,
        };
        let mut message = self.blank_message(kind, Direction::Out, Sender::agent(by.user, by.name));
        message.text = content.text;
        message.client_id = content.client_id;
        message.data.files = content.files;
        message.data.choices = content.choices;
        message.data.template = content.template.map(Box::new);
        message.data.list = content.list;
        message.data.approved = content.approved;
        message.data.reply_to = content.reply_to;
        if let Some(special) = &content.special {
            special.show_in(&mut message);
        }
        if message.parts(self.context.capabilities).is_empty() {
            return Err(Refusal::State("There is nothing to send: write something or add a file.".into()));
        }
        if let Some(at) = send_at {
            return self.schedule(message, at);
        }
        let id = self.say(message, Speaker::Agent);
        self.wake_bot();
        self.note_response();
        let conversation = self.it();
        conversation.data.answered();
        conversation.unread = 0;
        Ok(id)
    }

    /// The window is closed for texts; on a channel with message templates, those can still be sent.
    fn window_refusal(&self, why: Failure) -> Refusal {
        let mut sentence = why.english().to_string();
        if self.context.capabilities.message_templates {
            sentence.push_str(" Until then, only a template can be sent.");
        }
        Refusal::State(sentence)
    }

    /// An agent writes to a customer first: while the window is closed, only a message template can be sent. A new
    /// conversation belongs to them from the start; in an open one they must be the agent who holds it.
    pub fn start_as_agent(
        &mut self,
        by: Actor<'_>,
        content: OutgoingContent,
        is_new: bool,
    ) -> Result<MessageId, Refusal> {
        if is_new {
            let now = self.context.now;
            let conversation = self.it();
            conversation.state = State::Active;
            conversation.agent = Some(by.user);
            conversation.last_agent = Some(by.user);
            conversation.data.accepted_at = Some(now);
            self.decision.routing = true;
        } else if self.conversation().agent != Some(by.user) {
            return Err(Refusal::State(
                "This customer has an open conversation already: take it, or wait until it is closed.".into(),
            ));
        }
        self.say_as_agent(by, content)
    }

    /// A typing or seen mark for the customer; it is never retried or shown. Outside the 24 hours the channel would
    /// refuse it, so it is left out.
    pub fn signal(&mut self, part: Part) {
        if !self.context.capabilities.typing
            || self.conversation().data.held_by.is_some()
            || self.permit(Speaker::Agent) != Permit::Response
        {
            return;
        }
        let id = OutboxId::fresh(self.ids);
        let send = Send { id, message: None, part_no: 0, part, speaker: Speaker::Agent, reply_to: None };
        self.decision.sends.push(send);
    }

    /// The agent reacts to a message of the customer, or removes the reaction. It is shown at once; the channel's
    /// answer comes later.
    pub fn react_as_agent(
        &mut self,
        by: Actor<'_>,
        message: &Message,
        emoji: Option<&str>,
    ) -> Result<(), Refusal> {
        self.may_write(by)?;
        self.context.capabilities.reaction(emoji).map_err(|refused| Refusal::State(refused.to_string()))?;
        if message.direction != Direction::In
            || !matches!(
                message.kind,
                Kind::Text | Kind::Attachment | Kind::Location | Kind::Share | Kind::Template | Kind::Postback
            )
        {
            return Err(Refusal::State("Reactions go on the customer's own messages.".into()));
        }
        if self.permit(Speaker::Agent) != Permit::Response {
            return Err(Refusal::State(REACTION_TOO_LATE.into()));
        }
        let mine = by.user.to_string();
        let data = react_as_page(&message.data, &mine, emoji);
        self.change(Change::Reactions { message: message.id, data: Box::new(data) });
        let send = Send {
            id: OutboxId::fresh(self.ids),
            message: None,
            part_no: 0,
            part: Part::React { emoji: emoji.map(str::to_owned) },
            speaker: Speaker::Agent,
            reply_to: Some(message.id),
        };
        self.decision.sends.push(send);
        Ok(())
    }

    /// The agent has seen what the customer wrote.
    pub fn seen(&mut self, by: Actor<'_>) {
        if self.conversation().agent == Some(by.user) && self.conversation().unread > 0 {
            self.it().unread = 0;
            self.signal(Part::Seen);
        }
    }

    /// A note for agents; the customer never sees it.
    pub fn note(&mut self, by: Actor<'_>, text: String) {
        self.note_mentioning(by, text, &[]);
    }

    /// A note that notifies the colleagues mentioned in it, but not its author.
    pub fn note_mentioning(&mut self, by: Actor<'_>, text: String, mentions: &[UserId]) {
        let mut message = self.blank_message(Kind::Note, Direction::Internal, Sender::agent(by.user, by.name));
        message.text = Some(text);
        message.data.mentions = mentions.iter().copied().filter(|user| *user != by.user).collect();
        message.data.mentions.sort_unstable();
        message.data.mentions.dedup();
        self.add(message);
    }

    /// Closes the conversation. In wrap-up it ends the wrap-up. The required fields of its form must be answered by
    /// then.
    pub fn close(&mut self, by: Actor<'_>, reason: Option<String>) -> Result<(), Refusal> {
        let has_wrap_up = self.wrap_up_after(by) > 0 && !self.goes_back_to_flow(by);
        if self.conversation().state == State::WrapUp || !has_wrap_up {
            self.must_be_filled_in(by)?;
        }
        self.close_as_filled_in(by, reason)
    }

    /// The number of seconds for wrap-up after closing.
    fn wrap_up_after(&self, by: Actor<'_>) -> i64 {
        let queue = self.queue(self.conversation().queue);
        let seconds = queue.map_or(0, |queue| queue.settings.wrap_up_seconds);
        if self.conversation().agent == Some(by.user) { seconds } else { 0 }
    }

    /// Closes the conversation without asking for its form.
    pub fn close_as_filled_in(&mut self, by: Actor<'_>, reason: Option<String>) -> Result<(), Refusal> {
        match self.conversation().state {
            State::Closed => return Err(Refusal::State("The conversation is closed already.".into())),
            State::WrapUp => {
                if reason.is_some() {
                    self.it().data.close_reason = reason.map(CloseReason::Given);
                }
                self.finish_wrap_up();
                return Ok(());
            }
            // A supervisor may close what no agent holds, or what a colleague left behind.
            _ if by.supervises => {}
            _ => self.must_own(by)?,
        }
        if self.goes_back_to_flow(by) {
            self.back_to_flow(by, reason);
            return Ok(());
        }
        self.unsnooze();
        self.note_closed();
        let closed = self.context.templates.closed.clone();
        let before = self.decision.messages.len();
        self.say_template(&closed, Some(by.name));
        let text = self.decision.messages.get(before).filter(|message| message.direction == Direction::Out);
        let closing_text = text.map(|message| message.id);
        self.it().data.closing_text = closing_text;
        self.ask_for_score();
        let event = ThreadEvent::Closed { by: by.name.into(), reason: reason.clone() };
        let reason = reason.map(CloseReason::Given);
        let wrap_up = self.wrap_up_after(by);
        if wrap_up == 0 {
            self.end(reason, event);
            return Ok(());
        }
        self.note_end();
        self.add_event(event);
        self.dismiss_colleagues();
        let now = self.context.now;
        let conversation = self.it();
        conversation.state = State::WrapUp;
        conversation.closed_at = Some(now);
        conversation.data.wrap_until = Some(now.plus(wrap_up * SECOND));
        conversation.data.close_reason = reason;
        conversation.data.expect_no_answer();
        Ok(())
    }

    /// Opens a closed conversation again, for the agent who held it last or a supervisor, if people may still write
    /// to the customer. Returns the automatic text of the close, which is now pointless.
    pub fn reopen(&mut self, by: Actor<'_>) -> Result<Option<MessageId>, Refusal> {
        let conversation = self.conversation();
        if conversation.state.is_open() {
            return Err(Refusal::State("The conversation is open.".into()));
        }
        if conversation.last_agent != Some(by.user) && !by.supervises {
            let why = "Only the agent who held this conversation last, or a supervisor, can reopen it.";
            return Err(Refusal::State(why.into()));
        }
        // A customer who did not answer may be written to again; the other reasons are final.
        if conversation.data.close_reason.as_ref().is_some_and(CloseReason::is_final) {
            return Err(Refusal::State(
                "Deskbell closed this conversation for good: it cannot be reopened.".into(),
            ));
        }
        if let Permit::Closed(why) = self.permit(Speaker::Agent) {
            return Err(why.into());
        }
        self.add_event(ThreadEvent::Reopened { by: by.name.into() });
        if self.conversation().agent.is_some_and(|agent| agent != by.user) {
            let accepted_at = self.conversation().data.accepted_at;
            self.release_agent();
            self.it().data.accepted_at = accepted_at;
        }
        self.open_again();
        let conversation = self.it();
        conversation.agent = Some(by.user);
        conversation.last_agent = Some(by.user);
        let closing_text = conversation.data.closing_text.take();
        self.decision.routing = true;
        Ok(closing_text)
    }

    /// Whether this agent may send again or withdraw a message of ours. The private reply to a comment is written
    /// before an agent holds the conversation: its agent decides about it while the conversation waits for the
    /// author, and supervisors do while it has no agent.
    pub fn may_resend(&self, by: Actor<'_>, message: &Message) -> Result<(), Refusal> {
        let conversation = self.conversation();
        let waits_with = conversation.state.is_aside() && conversation.agent == Some(by.user);
        let decides = waits_with || (by.supervises && conversation.agent.is_none());
        if message.data.comment.is_some() && decides {
            return Ok(());
        }
        self.may_write(by)
    }

    /// The agent who holds the conversation may write in it, and the colleagues whom they invited.
    pub fn may_write(&self, by: Actor<'_>) -> Result<(), Refusal> {
        let conversation = self.conversation();
        if conversation.state == State::Active && conversation.data.takes_part(by.user) {
            return Ok(());
        }
        self.must_hold(by)
    }

    /// Only the agent whose conversation it is may transfer or close it, also while it is set aside.
    pub(super) fn must_own(&self, by: Actor<'_>) -> Result<(), Refusal> {
        let conversation = self.conversation();
        if conversation.state.is_aside() && conversation.agent == Some(by.user) {
            return Ok(());
        }
        self.must_hold(by)
    }

    /// Only the agent who holds the conversation decides about it. A supervisor takes it over first, so that two
    /// people never write to the customer by accident.
    pub(super) fn must_hold(&self, by: Actor<'_>) -> Result<(), Refusal> {
        let conversation = self.conversation();
        match (conversation.state, conversation.agent) {
            (State::Active, Some(agent)) if agent == by.user => Ok(()),
            (State::Offered, _) if conversation.sender() == Some(by.user) => {
                Err(Refusal::State("You are transferring this conversation: take it back first.".into()))
            }
            (State::Closed | State::WrapUp, _) => Err(Refusal::State(
                "The conversation is closed: when the customer writes again, a new one begins.".into(),
            )),
            (State::Active, _) if conversation.data.takes_part(by.user) => Err(Refusal::State(
                "You help in this conversation: only the agent who holds it can do this.".into(),
            )),
            (State::Snoozed | State::Waiting, Some(agent)) if agent == by.user => {
                Err(Refusal::State("You set this conversation aside: bring it back first.".into()))
            }
            (State::Snoozed | State::Waiting, _) if by.supervises => {
                Err(Refusal::State("A colleague has set this conversation aside: take it over first.".into()))
            }
            (State::Snoozed | State::Waiting, _) => {
                Err(Refusal::State("A colleague has set this conversation aside.".into()))
            }
            (State::Active, _) if by.supervises => {
                Err(Refusal::State("A colleague holds this conversation: take it over first.".into()))
            }
            (State::Active, _) => Err(Refusal::State("A colleague holds this conversation.".into())),
            _ => Err(Refusal::State("No agent has this conversation yet: accept or take it first.".into())),
        }
    }
}
