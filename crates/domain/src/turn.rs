//! A turn: what one or several events change in one conversation. Pure: the caller reads the state, runs the turn,
//! and commits the [`Decision`] as a whole, or reads again if another writer was faster.
//!
//! `turn/customer.rs` holds what customers do and how the bot reacts, `turn/control.rs` who may answer,
//! `turn/pause.rs` when the bot is paused, `turn/request.rs` whether a customer asks for a person or the bot,
//! `turn/agent.rs` what agents do, `turn/form.rs` what they fill in,
//! `turn/macros.rs` what they do with one click, `turn/transfer.rs` how they transfer, `turn/comment.rs` the private
//! reply to a comment, `turn/approved.rs` templates that campaigns and flows send, `turn/queue.rs` queues and timers,
//! `turn/limits.rs` full queues and silence, `turn/wait.rs` how waits end, `turn/flow.rs` what the bot's flow wants,
//! `turn/entry_point.rs` what links and code words do, `turn/snooze.rs` snoozing, and reopening after the close,
//! `turn/invite.rs` colleagues who help, and `turn/scheduled.rs` messages that are sent later.

mod agent;
mod approved;
mod comment;
mod control;
mod customer;
mod entry_point;
#[cfg(test)]
pub(crate) mod fixture;
mod flow;
mod form;
mod invite;
mod limits;
mod macros;
mod past;
mod pause;
mod queue;
mod queue_facts;
mod request;
mod satisfaction;
mod scheduled;
mod snooze;
mod transfer;
mod wait;

pub use agent::OutgoingContent;
pub use comment::Commented;
pub use control::Owner;
pub use customer::Elsewhere;
pub use macros::Step;
pub use queue_facts::QueueFacts;
pub use scheduled::Rescheduled;
pub use snooze::LONGEST_SNOOZE;
pub use transfer::Target;

use std::collections::BTreeMap;

use crate::capabilities::{Capabilities, Refused};
use crate::channel::Account;
use crate::conversation::{Conversation, ConversationData, FlowRef, LastFile, LastMessage, State};
use crate::decision::{Change, Decision, Event, Send};
use crate::failure::Failure;
use crate::flow::{FlowBody, Surroundings};
use crate::form::Fault;
use crate::id::{
    ContactId, ConversationId, EntryPointId, GatewayId, IdentityId, Ids, MessageId, OutboxId, QueueId, UserId,
};
use crate::message::{Direction, Kind, Message, MessageData, Sender, SenderKind, Status};
use crate::message_template::MessageTemplate;
use crate::outbound::{Choice, Speaker};
use crate::template::Template;
use crate::thread_event::ThreadEvent;
use crate::time::{HOUR, Micros};
use crate::window::{Permit, may_send, window};

/// What a turn may use besides the conversation itself.
#[derive(Debug, Clone)]
pub struct TurnContext<'a> {
    /// The current time.
    pub now: Micros,
    /// When the installation's day began.
    pub today: Micros,
    /// What the channel can do.
    pub capabilities: &'a Capabilities,
    /// The customer's name, once it is known.
    pub contact_name: Option<&'a str>,
    /// The page's name.
    pub page_name: &'a str,
    /// The texts that customers get from the gateway.
    pub templates: &'a Templates,
    /// The flow that a new run begins with: the gateway's, as it is published now.
    pub flow: Option<(FlowRef, &'a FlowBody)>,
    /// The flow that the current run continues in, in the version it began with.
    pub running: Option<&'a FlowBody>,
    /// The existing queues; the first is used where none is named.
    pub queues: &'a [QueueFacts],
    /// When the customer last did something that opens the messaging window.
    pub last_user_at: Option<Micros>,
    /// Whether people may answer for 7 days, because the app has the Human Agent feature.
    pub human_agent: bool,
    /// The name of the agent who holds the conversation, or held it last.
    pub agent_name: Option<&'a str>,
    /// Whether that agent is available and may hold this conversation: a snoozed or closed one comes back to them.
    pub agent_available: bool,
    /// Whether the agent who transfers the conversation is still at work: if the colleague does not accept it, it
    /// goes back to them.
    pub sender_at_work: bool,
    /// How long the bot is paused after a person answered outside Deskbell, in microseconds; 0 for never.
    pub bot_pause: i64,
    /// Whether the customer has refused marketing messages.
    pub marketing_stopped: bool,
    /// The message templates that the flow names, if the account has them.
    pub message_templates: &'a [MessageTemplate],
    /// Further values for flows.
    pub surroundings: &'a Surroundings,
}

/// The gateway's texts for customers; an empty one is not sent. A text that a stored gateway does not have yet gets
/// its default.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Templates {
    /// The name of agents in the other texts: `{{ agent.name }}` is the agent's own name.
    pub agent_name: String,
    /// When an agent accepts.
    pub joined: String,
    /// When an agent transfers.
    pub left: String,
    /// When the customer waits again because their agent went away.
    pub waiting_again: String,
    /// When the conversation is closed.
    pub closed: String,
}

impl Templates {
    /// The variables that these texts may contain.
    pub const VARIABLES: [&str; 5] =
        ["agent.name", "contact.first_name", "contact.name", "page.name", "queue.name"];
}

impl Default for Templates {
    fn default() -> Self {
        Self {
            agent_name: "{{ agent.name }}".into(),
            joined: "{{ agent.name }} has joined the chat.".into(),
            left: String::new(),
            waiting_again: "Sorry, we lost the connection to your agent. You keep your place in the queue: \
                            someone will answer you here as soon as possible."
                .into(),
            closed: "Thank you for writing to us. Write again whenever you need us.".into(),
        }
    }
}

/// The user who acts.
#[derive(Debug, Clone, Copy)]
pub struct Actor<'a> {
    /// The user.
    pub user: UserId,
    /// Their name.
    pub name: &'a str,
    /// Whether they may act on conversations of others.
    pub supervises: bool,
}

/// A turn was refused; nothing changes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The state does not allow it. The reason is a sentence.
    #[error("{0}")]
    State(String),
    /// The channel does not accept the content, whatever the state.
    #[error("{0}")]
    Content(Refused),
    /// Fields of the form are wrong or not answered.
    #[error("{}", .0.first().map_or("", |fault| &fault.detail))]
    Form(Vec<Fault>),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::State(failure.english().to_string())
    }
}

/// Who a new conversation is with.
#[derive(Debug, Clone)]
pub struct NewConversation {
    /// The customer, as one Page knows them.
    pub identity: IdentityId,
    /// The person.
    pub contact: ContactId,
    /// The gateway.
    pub gateway: GatewayId,
    /// The account that the customer wrote to.
    pub account: Account,
    /// The entry point that begins it.
    pub entry: Option<Entry>,
}

/// What an entry point sets in a conversation that it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The entry point.
    pub id: EntryPointId,
    /// The queue that the conversation belongs to.
    pub queue: Option<QueueId>,
}

/// One turn of one conversation.
pub struct Turn<'a> {
    context: &'a TurnContext<'a>,
    ids: &'a mut dyn Ids,
    decision: Decision,
}

impl<'a> Turn<'a> {
    /// A turn of an existing conversation.
    pub fn of(conversation: Conversation, context: &'a TurnContext<'a>, ids: &'a mut dyn Ids) -> Self {
        Self { context, ids, decision: blank(conversation, false) }
    }

    /// A turn that begins a conversation.
    pub fn begin(with: NewConversation, context: &'a TurnContext<'a>, ids: &'a mut dyn Ids) -> Self {
        let queue = with.entry.and_then(|entry| entry.queue);
        let queue = context.queues.iter().find(|known| Some(known.id) == queue);
        let conversation = Conversation {
            id: ConversationId::fresh(ids),
            identity: with.identity,
            contact: with.contact,
            gateway: with.gateway,
            account: with.account,
            state: State::Bot,
            queue: queue.map(|queue| queue.id),
            isolated: queue.is_some_and(|queue| queue.isolated),
            agent: None,
            last_agent: None,
            priority: 0,
            created_at: context.now,
            last_activity_at: context.now,
            queued_at: None,
            closed_at: None,
            unread: 0,
            data: ConversationData {
                entry_point: with.entry.map(|entry| entry.id),
                ..ConversationData::default()
            },
            version: 0,
        };
        Self { context, ids, decision: blank(conversation, true) }
    }

    /// Ends the turn and returns its decision.
    pub fn finish(mut self) -> Decision {
        self.watch_silence();
        self.end_run_with_state();
        let id = self.decision.conversation.id;
        self.decision.events.push(Event::Conversation(id));
        self.decision
    }

    /// The conversation in its current state within this turn.
    pub fn conversation(&self) -> &Conversation {
        &self.decision.conversation
    }

    fn it(&mut self) -> &mut Conversation {
        &mut self.decision.conversation
    }

    /// Whether this speaker may write to the customer now, taking into account what the customer did in this turn.
    pub fn permit(&self, speaker: Speaker) -> Permit {
        let last_user_at = self.context.last_user_at.max(self.decision.window_at);
        let policy = &self.context.capabilities.window;
        may_send(self.context.now, &window(last_user_at, policy, self.context.human_agent), policy, speaker)
    }

    fn queue(&self, id: Option<QueueId>) -> Option<&'a QueueFacts> {
        match id {
            Some(id) => self.context.queues.iter().find(|queue| queue.id == id),
            None => None,
        }
    }

    /// The queue where none is named: the oldest that accepts the conversation.
    fn first_queue(&self) -> Option<&'a QueueFacts> {
        self.context.queues.iter().find(|queue| queue.takes(&self.decision.conversation))
    }

    /// Adds a message to the thread and updates what lists show.
    fn add(&mut self, mut message: Message) -> MessageId {
        let id = message.id;
        message.conversation = self.decision.conversation.id;
        self.show_as_latest(&message);
        self.decision.events.push(Event::Message(message.conversation, id));
        self.decision.messages.push(message);
        id
    }

    /// Makes a message the latest one that lists show.
    fn show_as_latest(&mut self, message: &Message) {
        let id = message.id;
        let event = message.kind == Kind::Event;
        let at = self.context.now;
        let conversation = self.it();
        if !event {
            conversation.last_activity_at = at.max(conversation.last_activity_at);
        }
        // Lists show what people wrote: an automatic text says nothing about the state of a conversation.
        let is_typed = !matches!(message.sender.kind, SenderKind::Bot | SenderKind::System);
        if !matches!(message.kind, Kind::Event | Kind::Note)
            && (is_typed || conversation.data.last_message.is_none())
        {
            let headline = message.data.template.as_deref().and_then(Template::headline);
            let first = message.data.files.first();
            conversation.data.last_message = Some(LastMessage {
                id,
                text: shorten(message.text.as_deref().or(headline).unwrap_or_default()),
                kind: message.kind,
                direction: message.direction,
                sender: message.sender.kind,
                sender_name: message.sender.name.clone(),
                sender_user: message.sender.user,
                at: message.at,
                status: message.status,
                file: first.map(|file| LastFile { kind: file.kind, name: file.name.clone() }),
                booking: message.data.booking.clone(),
                story: message.data.story.as_ref().map(|story| story.kind),
                view_once: message.data.view_once,
            });
        }
    }

    /// A message of ours, still without text.
    fn blank_message(&mut self, kind: Kind, direction: Direction, sender: Sender) -> Message {
        Message {
            id: MessageId::fresh(self.ids),
            conversation: self.decision.conversation.id,
            identity: self.decision.conversation.identity,
            kind,
            direction,
            sender,
            text: None,
            data: MessageData::default(),
            status: if direction == Direction::Out { Status::Queued } else { Status::Received },
            error: None,
            at: self.context.now,
            client_id: None,
        }
    }

    /// Adds an event to the thread: what happened to the conversation, and who did it.
    fn add_event(&mut self, event: ThreadEvent) -> MessageId {
        let mut message = self.blank_message(Kind::Event, Direction::Internal, Sender::system());
        message.data.event = Some(Box::new(event));
        self.add(message)
    }

    /// Sends a message to the customer: adds it to the thread and, part by part, to the outbox.
    fn say(&mut self, mut message: Message, speaker: Speaker) -> MessageId {
        message.data.parts = self.put_in_outbox(&message, speaker);
        self.add(message)
    }

    /// Puts a message into the outbox, part by part, and returns the number of parts.
    fn put_in_outbox(&mut self, message: &Message, speaker: Speaker) -> u32 {
        let parts = message.parts(self.context.capabilities);
        let count = u32::try_from(parts.len()).unwrap_or(u32::MAX);
        let reply_to = message.data.reply_to;
        for (part_no, part) in (0_u32..).zip(parts) {
            let id = OutboxId::fresh(self.ids);
            let reply_to = if part_no == 0 { reply_to } else { None };
            let send = Send { id, message: Some(message.id), part_no, part, speaker, reply_to };
            self.decision.sends.push(send);
        }
        count
    }

    /// Sends an automatic text; an empty one is not sent.
    fn say_automatically(&mut self, text: &str, choices: Vec<Choice>) {
        self.say_as_bot(text, choices, None);
    }

    /// The same with cards or buttons after the text, which may then be missing.
    fn say_as_bot(&mut self, text: &str, choices: Vec<Choice>, template: Option<Template>) {
        let (text, choices, template) = self.context.capabilities.adapted(text, choices, template);
        let text = Some(text).filter(|text| !text.trim().is_empty());
        let kind = if template.is_some() { Kind::Template } else { Kind::Text };
        // While another app has control of the thread, the channel refuses our messages.
        if (text.is_none() && template.is_none()) || self.conversation().data.held_by.is_some() {
            return;
        }
        if self.conversation().keeps_quiet(self.context.now) {
            return;
        }
        // Outside the window it refuses them as well, and no person waits for this text.
        if !self.permit(Speaker::Bot).is_open() {
            return self.leave_texts_out();
        }
        let mut message = self.blank_message(kind, Direction::Out, Sender::bot());
        message.text = text;
        message.data.choices = choices;
        message.data.template = template.map(Box::new);
        self.say(message, Speaker::Bot);
    }

    /// An automatic text is left out because the window is closed: the thread shows this once, until the window opens
    /// again.
    pub fn leave_texts_out(&mut self) {
        if !std::mem::replace(&mut self.it().data.texts_left_out, true) {
            let hours = self.context.capabilities.window.standard / HOUR;
            self.add_event(ThreadEvent::TextsLeftOut { hours });
        }
    }

    /// The values of variables, for an agent of this name.
    fn values(&self, agent: &str) -> BTreeMap<String, String> {
        let name = self.context.contact_name.unwrap_or_default();
        let queue = self.queue(self.decision.conversation.queue);
        crate::text::values([
            ("contact.name", name),
            ("contact.first_name", name.split_whitespace().next().unwrap_or_default()),
            ("page.name", self.context.page_name),
            ("queue.name", queue.map_or("", |queue| &queue.name)),
            ("agent.name", agent),
        ])
    }

    /// Sends one of the gateway's texts.
    fn say_template(&mut self, template: &str, agent: Option<&str>) {
        let text = self.rendered(template, agent);
        self.say_automatically(&text, Vec::new());
    }

    /// A text for the customer with its variables filled in.
    fn rendered(&self, template: &str, agent: Option<&str>) -> String {
        let mut values = self.values(agent.unwrap_or_default());
        let shown = crate::text::render(&self.context.templates.agent_name, &values).unwrap_or_default();
        if !shown.trim().is_empty() {
            values.insert("agent.name".into(), shown);
        }
        // A template is checked when it is saved; one that fails now is better left out than sent raw.
        crate::text::render(template, &values).unwrap_or_default()
    }

    /// Adds a change to an existing message.
    pub fn change(&mut self, change: Change) {
        let event = Event::Message(self.decision.conversation.id, change.message());
        self.decision.events.push(event);
        self.decision.changes.push(change);
    }
}

fn blank(conversation: Conversation, created: bool) -> Decision {
    Decision {
        conversation,
        created,
        messages: Vec::new(),
        mids: Vec::new(),
        changes: Vec::new(),
        labels: Vec::new(),
        calls: Vec::new(),
        flow_failures: Vec::new(),
        sends: Vec::new(),
        agents: Vec::new(),
        wait: Vec::new(),
        events: Vec::new(),
        routing: created,
        window_at: None,
    }
}

/// Text for a list: the first 160 characters.
fn shorten(text: &str) -> String {
    text.chars().take(160).collect()
}
