//! What agents do: accept, answer, note, transfer, take, close.

use super::{Actor, QueueFacts, Refusal, Turn};
use crate::conversation::State;
use crate::decision::{AgentEffect, Change, OfferEnd, Send, react_as_page};
use crate::flow::Input;
use crate::id::{MessageId, OutboxId, QueueId};
use crate::message::{Direction, File, Kind, Message, Sender};
use crate::outbound::{Choice, Part, Speaker};
use crate::template::Template;
use crate::thread_event::{CloseReason, ThreadEvent};
use crate::time::SECOND;
use crate::window::Permit;

/// What an agent says to the customer.
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
    /// The message that it answers.
    pub reply_to: Option<MessageId>,
    /// The sender's own key for it.
    pub client_id: Option<String>,
}

/// Where a conversation is handed to.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a> {
    /// A waiting line.
    Queue(QueueId),
    /// A colleague.
    Agent(Actor<'a>),
    /// Back to the bot, at the beginning of the gateway's flow.
    Bot,
}

const REACTION_TOO_LATE: &str = "Reactions are possible within 24 hours of the customer's last message. They are possible again \
    as soon as the customer writes, taps a button or reacts to a message.";

/// Why a transfer is refused between an isolated queue and the others.
fn isolated(queue: &QueueFacts) -> String {
    if queue.isolated {
        return format!(
            "{} is isolated: only its own links and code words lead into it. Choose another queue.",
            queue.name
        );
    }
    "This conversation belongs to an isolated queue and stays in it.".into()
}

impl Turn<'_> {
    /// The agent takes what was offered to them.
    pub fn accept(&mut self, by: Actor<'_>) -> Result<(), Refusal> {
        match &self.conversation().data.offer {
            Some(offer) if offer.agent == by.user && offer.until >= self.context.now => {}
            _ => return Err(Refusal::State("Too late: this conversation is not offered to you any more.".into())),
        }
        self.end_offer(OfferEnd::Accepted);
        self.decision.agents.push(AgentEffect::Accepted(by.user));
        let waited = self.conversation().queued_at.map_or(0, |at| self.context.now.since(at) / SECOND);
        self.hand_to(by, ThreadEvent::Accepted { agent: by.name.into(), waited_seconds: waited });
        Ok(())
    }

    /// A supervisor takes the conversation from its agent, if it has one.
    pub fn take(&mut self, by: Actor<'_>) -> Result<(), Refusal> {
        if !self.conversation().state.is_open() {
            return Err(Refusal::State("The conversation is closed.".into()));
        }
        if self.conversation().agent == Some(by.user) {
            return Err(Refusal::State("You hold this conversation already.".into()));
        }
        self.release_agent();
        self.hand_to(by, ThreadEvent::TakenOver { by: by.name.into() });
        Ok(())
    }

    pub(super) fn hand_to(&mut self, agent: Actor<'_>, event: ThreadEvent) {
        self.add_event(event);
        let now = self.context.now;
        let conversation = self.it();
        conversation.state = State::Active;
        conversation.agent = Some(agent.user);
        conversation.last_agent = Some(agent.user);
        conversation.data.accepted_at = Some(now);
        conversation.data.run = None;
        conversation.data.refused.clear();
        conversation.data.nobody_text = None;
        self.decision.routing = true;
        let joined = self.context.templates.joined.clone();
        self.say_template(&joined, Some(agent.name));
    }

    /// The agent says something to the customer, if the channel takes it and the messaging window is open for people.
    pub fn say_as_agent(&mut self, by: Actor<'_>, content: OutgoingContent) -> Result<MessageId, Refusal> {
        self.context.capabilities.content(&content).map_err(Refusal::Content)?;
        self.must_hold(by)?;
        if let Some(holder) = &self.conversation().data.held_by {
            let name = holder.name();
            return Err(Refusal::State(format!(
                "This conversation is answered by {name} now: take it over first."
            )));
        }
        if let Permit::Closed(why) = self.permit(Speaker::Agent) {
            return Err(why.into());
        }
        let kind = match &content.template {
            Some(_) => Kind::Template,
            None if content.files.is_empty() => Kind::Text,
            None => Kind::Attachment,
        };
        let mut message = self.blank_message(kind, Direction::Out, Sender::agent(by.user, by.name));
        message.text = content.text;
        message.client_id = content.client_id;
        message.data.files = content.files;
        message.data.choices = content.choices;
        message.data.template = content.template.map(Box::new);
        message.data.reply_to = content.reply_to;
        if message.parts(self.context.capabilities).is_empty() {
            return Err(Refusal::State("There is nothing to send: write something or add a file.".into()));
        }
        let id = self.say(message, Speaker::Agent);
        let conversation = self.it();
        conversation.data.answer_due_since = None;
        conversation.unread = 0;
        Ok(id)
    }

    /// A typing or seen mark for the customer; it is never retried and never shown. Outside the 24 hours the channel
    /// refuses it, so it is left out.
    pub fn signal(&mut self, part: Part) {
        if !self.context.capabilities.typing
            || self.conversation().data.held_by.is_some()
            || !self.permit(Speaker::Bot).is_open()
        {
            return;
        }
        let id = OutboxId::fresh(self.ids);
        let send = Send { id, message: None, part_no: 0, part, speaker: Speaker::Agent, reply_to: None };
        self.decision.sends.push(send);
    }

    /// The agent puts an emoji on a message of the customer's, or takes theirs off. It is shown at once;
    /// what the channel says of it comes later.
    pub fn react_as_agent(
        &mut self,
        by: Actor<'_>,
        message: &Message,
        emoji: Option<&str>,
    ) -> Result<(), Refusal> {
        self.must_hold(by)?;
        if !self.context.capabilities.reactions {
            let name = self.context.capabilities.name;
            return Err(Refusal::State(format!("{name} has no reactions: answer with a message.")));
        }
        if message.direction != Direction::In
            || !matches!(
                message.kind,
                Kind::Text | Kind::Attachment | Kind::Location | Kind::Share | Kind::Template | Kind::Postback
            )
        {
            return Err(Refusal::State("Reactions go on the customer's own messages.".into()));
        }
        if !self.permit(Speaker::Bot).is_open() {
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

    /// A note among agents; the customer never sees it.
    pub fn note(&mut self, by: Actor<'_>, text: String) {
        let mut message = self.blank_message(Kind::Note, Direction::Internal, Sender::agent(by.user, by.name));
        message.text = Some(text);
        self.add(message);
    }

    /// Hands the conversation on.
    pub fn transfer(&mut self, by: Actor<'_>, target: Target<'_>, note: Option<String>) -> Result<(), Refusal> {
        self.must_hold(by)?;
        if let Some(text) = note.filter(|text| !text.trim().is_empty()) {
            self.note(by, text);
        }
        let left = self.context.templates.left.clone();
        match target {
            Target::Queue(id) => {
                let Some(queue) = self.queue(Some(id)) else {
                    return Err(Refusal::State("That queue is gone: choose another.".into()));
                };
                if !queue.takes(self.conversation()) {
                    return Err(Refusal::State(isolated(queue)));
                }
                let priority = queue.priority;
                self.say_template(&left, Some(by.name));
                let (by_name, queue) = (by.name.to_owned(), queue.name.clone());
                self.add_event(ThreadEvent::TransferredToQueue { by: by_name, queue });
                self.release_agent();
                let now = self.context.now;
                let conversation = self.it();
                conversation.state = State::Queued;
                conversation.queue = Some(id);
                conversation.priority = priority;
                conversation.queued_at = Some(now);
                conversation.data.refused = vec![by.user];
            }
            Target::Agent(colleague) if colleague.user == by.user => {
                return Err(Refusal::State("You hold this conversation already: choose a colleague.".into()));
            }
            Target::Agent(colleague) => {
                self.say_template(&left, Some(by.name));
                self.release_agent();
                let (by, agent) = (by.name.into(), colleague.name.into());
                self.hand_to(colleague, ThreadEvent::TransferredToAgent { by, agent });
            }
            Target::Bot => {
                self.add_event(ThreadEvent::TransferredToBot { by: by.name.into() });
                self.release_agent();
                let conversation = self.it();
                conversation.state = State::Bot;
                // Its queue is what an isolated conversation is seen by.
                conversation.queue = conversation.queue.filter(|_| conversation.isolated);
                conversation.queued_at = None;
                conversation.data.run = None;
                self.run_flow(Input::Start);
            }
        }
        self.decision.routing = true;
        Ok(())
    }

    /// Closes the conversation; in wrap-up it ends the wrap-up.
    pub fn close(&mut self, by: Actor<'_>, reason: Option<String>) -> Result<(), Refusal> {
        match self.conversation().state {
            State::Closed => return Err(Refusal::State("The conversation is closed already.".into())),
            State::WrapUp => {
                if reason.is_some() {
                    self.it().data.close_reason = reason.map(CloseReason::Given);
                }
                self.finish_wrap_up();
                return Ok(());
            }
            // A supervisor may end what no agent holds, or what a colleague left behind.
            _ if by.supervises => {}
            _ => self.must_hold(by)?,
        }
        let closed = self.context.templates.closed.clone();
        self.say_template(&closed, Some(by.name));
        let event = ThreadEvent::Closed { by: by.name.into(), reason: reason.clone() };
        let reason = reason.map(CloseReason::Given);
        let wrap_up = self.queue(self.conversation().queue).map_or(0, |queue| queue.wrap_up_seconds);
        if wrap_up == 0 || self.conversation().agent != Some(by.user) {
            self.end(reason, event);
            return Ok(());
        }
        self.add_event(event);
        let now = self.context.now;
        let conversation = self.it();
        conversation.state = State::WrapUp;
        conversation.closed_at = Some(now);
        conversation.data.wrap_until = Some(now.plus(wrap_up * SECOND));
        conversation.data.close_reason = reason;
        conversation.data.answer_due_since = None;
        Ok(())
    }

    /// Only the agent who holds the conversation may write in it. A supervisor takes it over first, so that the
    /// customer never hears two people.
    fn must_hold(&self, by: Actor<'_>) -> Result<(), Refusal> {
        let conversation = self.conversation();
        match (conversation.state, conversation.agent) {
            (State::Active, Some(agent)) if agent == by.user => Ok(()),
            (State::Closed | State::WrapUp, _) => Err(Refusal::State(
                "The conversation is closed: when the customer writes again, a new one begins.".into(),
            )),
            (State::Active, _) if by.supervises => {
                Err(Refusal::State("A colleague holds this conversation: take it over first.".into()))
            }
            (State::Active, _) => Err(Refusal::State("A colleague holds this conversation.".into())),
            _ => Err(Refusal::State("Nobody holds this conversation yet: accept it first.".into())),
        }
    }
}
