//! A conversation: one dialogue from first message to close, and the states it goes through.

mod due;

use serde::{Deserialize, Serialize};

use crate::channel::Account;
use crate::flow::Run;
use crate::form::Values;
use crate::id::{
    ContactId, ConversationId, EntryPointId, FlowId, GatewayId, IdentityId, MessageId, QueueId, UserId,
};
use crate::inbound::{Booking, FileKind, Referral, Reported, StoryKind};
use crate::message::{Direction, Kind, SenderKind, Status};
use crate::routing::RoutingEntry;
use crate::satisfaction::Csat;
use crate::thread_event::CloseReason;
use crate::time::{Micros, SECOND};
use crate::words::words;

/// The state of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = ConversationState))]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A flow handles it.
    Bot,
    /// It waits in a queue.
    Queued,
    /// It is shown to one agent, who may accept.
    Offered,
    /// An agent holds it.
    Active,
    /// Its agent set it aside until a moment. It does not count towards the agent's capacity.
    Snoozed,
    /// Its agent set it aside until the customer writes. It does not count towards the agent's capacity.
    Waiting,
    /// Closed for the customer; the agent finishes notes and follow-up.
    WrapUp,
    /// Ended.
    Closed,
}

words!(State {
    Bot = "bot",
    Queued = "queued",
    Offered = "offered",
    Active = "active",
    Snoozed = "snoozed",
    Waiting = "waiting",
    WrapUp = "wrap_up",
    Closed = "closed",
});

impl State {
    /// Whether the customer's next message continues it; otherwise the message begins a new one.
    pub fn is_open(self) -> bool {
        !matches!(self, State::WrapUp | State::Closed)
    }

    /// Whether its agent has set it aside.
    pub fn is_aside(self) -> bool {
        matches!(self, State::Snoozed | State::Waiting)
    }
}

/// A conversation shown to one agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The agent it is offered to.
    pub agent: UserId,
    /// When it expires.
    pub until: Micros,
    /// How long the whole offer lasts, in seconds.
    pub seconds: i64,
    /// Whether the agent's screen has shown it: only then is it missed when the time runs out.
    pub shown: bool,
    /// The transfer behind it; None for an offer of a queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Box<Transfer>>,
}

/// A conversation that an agent sends to a colleague, until the colleague accepts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Who sends it.
    pub by: UserId,
    /// What the sender is called.
    pub by_name: String,
    /// What the colleague is called.
    pub to_name: String,
    /// What the sender wrote for the colleague.
    pub note: Option<String>,
    /// When the previous agent accepted it.
    pub accepted_at: Option<Micros>,
    /// Where it was before, if a supervisor moves it to the colleague; None if its own agent sends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<MovedFrom>,
}

impl Transfer {
    /// Whether a user may take it back: the sender, and the agent whose conversation it is.
    pub fn is_of(&self, user: UserId) -> bool {
        self.by == user || self.origin().is_some_and(|(origin, _)| origin == user)
    }

    /// Who gets it back if the colleague does not accept it, and what they are called; None for its queue.
    pub fn origin(&self) -> Option<(UserId, &str)> {
        match &self.moved_from {
            None => Some((self.by, &self.by_name)),
            Some(MovedFrom::Queue) => None,
            Some(MovedFrom::Agent { agent, name }) => Some((*agent, name)),
        }
    }
}

/// From where a supervisor moves a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MovedFrom {
    /// The customer waits.
    Queue,
    /// An agent held it.
    Agent {
        /// The agent.
        agent: UserId,
        /// What they are called.
        name: String,
    },
}

/// The last message that a customer or a person wrote, for the lists. Automatic texts do not count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LastMessage {
    /// The message.
    pub id: MessageId,
    /// The text, shortened.
    pub text: String,
    /// What kind of thing it is.
    pub kind: Kind,
    /// Its direction.
    pub direction: Direction,
    /// The sender.
    pub sender: SenderKind,
    /// What they are called.
    pub sender_name: String,
    /// The user, for agents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender_user: Option<UserId>,
    /// When it was written.
    pub at: Micros,
    /// Its status when it was written; the store knows the current one.
    pub status: Status,
    /// Its first file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<LastFile>,
    /// The appointment that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booking: Option<Booking>,
    /// How it relates to a story.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub story: Option<StoryKind>,
    /// Whether it contained view-once media.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub view_once: bool,
}

/// A file of the last message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastFile {
    /// What it is.
    pub kind: FileKind,
    /// Its name; empty if the channel gave none.
    pub name: String,
}

/// The version of a flow that a conversation runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FlowRef {
    /// Which flow.
    pub flow: FlowId,
    /// The published version: a run stays in the version it began with.
    pub version: i64,
}

/// What lists do not filter by; stored as JSON.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ConversationData {
    /// The offer that is open.
    pub offer: Option<Offer>,
    /// Agents who declined or missed it in this round.
    pub refused: Vec<UserId>,
    /// When the last of them did.
    pub refused_at: Option<Micros>,
    /// The latest choices of routing with their reasons, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub routing: Vec<RoutingEntry>,
    /// When the customer will have waited as long as the queue allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_until: Option<Micros>,
    /// The queues that could not take the customer and passed them on, during this wait.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overflowed: Vec<QueueId>,
    /// Who is silent, where the queue has a limit for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub silence: Option<Silence>,
    /// Set aside by its agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snooze: Option<Snooze>,
    /// When it last came back to its agent: silence is measured from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resumed_at: Option<Micros>,
    /// Colleagues whom its agent asks to help, and who have not answered yet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub invitations: Vec<Invitation>,
    /// Colleagues who read and write alongside its agent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub participants: Vec<Participant>,
    /// Scheduled messages, in the order of their time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scheduled: Vec<Scheduled>,
    /// When wrap-up ends automatically.
    pub wrap_until: Option<Micros>,
    /// The automatic text of the last close, which is withdrawn if the conversation is reopened before it is sent.
    pub closing_text: Option<MessageId>,
    /// The position in the flow.
    pub run: Option<Run>,
    /// The run that ended last: its variables and the nodes it visited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_run: Option<Box<Run>>,
    /// The version of the flow that runs.
    pub flow: Option<FlowRef>,
    /// The text for the customer if no agent of the queue is online; None once it was sent.
    pub nobody_text: Option<String>,
    /// When the agent who holds it accepted; for a closed conversation, the agent who held it last.
    pub accepted_at: Option<Micros>,
    /// Why it was closed.
    pub close_reason: Option<CloseReason>,
    /// What agents filled in, in the form of its queue.
    #[serde(skip_serializing_if = "Values::is_empty")]
    pub form: Values,
    /// How satisfied the customer is; None if they were not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub csat: Option<Csat>,
    /// The last event of the customer whose time is rounded, and where it is shown; None if the channel's times are exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reported: Option<Reported>,
    /// The customer's first text.
    pub first_text: Option<String>,
    /// The appointment that their first message was about, if it had no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_booking: Option<Booking>,
    /// The newest message.
    pub last_message: Option<LastMessage>,
    /// Since when the customer has been waiting for an agent's answer.
    pub answer_due_since: Option<Micros>,
    /// Since when the customer had been waiting when an agent answered. It applies again if that answer is not
    /// delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_was_due_since: Option<Micros>,
    /// When an agent first answered since the customer joined the queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responded_at: Option<Micros>,
    /// Whether a target of the queue was missed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub target_missed: bool,
    /// The app that has control of the thread instead of us; None while we may answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_by: Option<Holder>,
    /// Until when nothing automatic is sent, because a person answered outside Deskbell ([`Conversation::keeps_quiet`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bot_paused_until: Option<Micros>,
    /// Whether the thread already shows that automatic texts are left out while the window is closed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub texts_left_out: bool,
    /// The entry point that began it: new runs use its flow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry_point: Option<EntryPointId>,
    /// What brought the customer here the first time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_referral: Option<Box<Referral>>,
    /// What brought the customer here most recently.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_referral: Option<Box<Referral>>,
}

impl ConversationData {
    /// An agent answered. Until the customer writes again it is not certain that the answer was delivered.
    pub fn answered(&mut self) {
        self.answer_was_due_since = self.answer_due_since.take().or(self.answer_was_due_since);
    }

    /// No answer is expected now: the customer got one elsewhere, or the conversation has ended.
    pub fn expect_no_answer(&mut self) {
        (self.answer_due_since, self.answer_was_due_since) = (None, None);
    }

    /// Whether a colleague is invited, or takes part alongside the agent.
    pub fn involves(&self, user: UserId) -> bool {
        self.invitations.iter().any(|it| it.agent == user) || self.takes_part(user)
    }

    /// Whether a colleague takes part alongside the agent.
    pub fn takes_part(&self, user: UserId) -> bool {
        self.participants.iter().any(|it| it.agent == user)
    }

    /// Whether it rings at this agent: offered by a queue, sent by a colleague, or an invitation.
    pub fn rings_at(&self, user: UserId) -> bool {
        self.offer.as_ref().is_some_and(|offer| offer.agent == user)
            || self.invitations.iter().any(|it| it.agent == user)
    }

    /// Since when the customer has been waiting for an answer, given the status of the newest message: an answer that
    /// was not delivered does not count.
    pub fn waiting_since(&self, last_status: Option<Status>) -> Option<Micros> {
        let lost = matches!(last_status, Some(Status::Failed | Status::Cancelled));
        self.answer_due_since.or(self.answer_was_due_since.filter(|_| lost))
    }
}

/// A conversation that its agent set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snooze {
    /// When it comes back automatically; None if it waits for the customer.
    pub until: Option<Micros>,
    /// Since when. This time does not count as handling time.
    pub since: Micros,
}

/// A colleague who is asked to help in a conversation. It rings like an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// The colleague.
    pub agent: UserId,
    /// The colleague's name.
    pub name: String,
    /// The agent who asks.
    pub by: UserId,
    /// That agent's name.
    pub by_name: String,
    /// What they wrote for the colleague.
    pub note: Option<String>,
    /// When it expires.
    pub until: Micros,
    /// How long the whole invitation lasts, in seconds.
    pub seconds: i64,
    /// Whether the colleague's screen has shown it: only then is it missed when the time runs out.
    pub shown: bool,
}

/// A colleague who takes part alongside the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// The colleague.
    pub agent: UserId,
    /// The colleague's name.
    pub name: String,
    /// When they joined.
    pub since: Micros,
}

/// A message that is sent later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scheduled {
    /// The message.
    pub message: MessageId,
    /// When it is sent.
    pub at: Micros,
}

/// Who has to write next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SilentSide {
    /// The agent, who owes the customer an answer.
    Agent,
    /// The customer.
    Customer,
}

/// A silence in a conversation, watched because the queue has a limit for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// The side that is silent.
    pub side: SilentSide,
    /// Since when.
    pub since: Micros,
    /// How long until the warning, and then from the warning until the end.
    pub seconds: i64,
    /// When the warning was given.
    pub warned_at: Option<Micros>,
}

impl Silence {
    /// When the next step is due if it continues: the warning or the end.
    pub fn due_at(&self) -> Micros {
        self.warned_at.unwrap_or(self.since).plus(self.seconds * SECOND)
    }

    /// Whether it is the same silence, with or without a warning.
    pub fn is_same(&self, other: &Self) -> bool {
        (self.side, self.since, self.seconds) == (other.side, other.since, other.seconds)
    }
}

/// Another receiver of the page that holds a thread: while it does, the channel refuses our messages
/// (meta-platform.md §5.4).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Holder {
    /// The channel's id of the app; None if the channel does not say.
    pub app: Option<String>,
    /// Whether it is the channel's own inbox, where people of the page answer.
    pub inbox: bool,
}

/// One dialogue from first message to close.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// The customer, as known to one account.
    pub identity: IdentityId,
    /// The person.
    pub contact: ContactId,
    /// The gateway that it came through.
    pub gateway: GatewayId,
    /// The account that the customer wrote to.
    pub account: Account,
    /// Its state.
    pub state: State,
    /// The queue that it waits in or came from.
    pub queue: Option<QueueId>,
    /// Whether it began in an isolated queue. It never leaves that queue.
    pub isolated: bool,
    /// The agent who holds it.
    pub agent: Option<UserId>,
    /// The agent who held it last; kept after the close.
    pub last_agent: Option<UserId>,
    /// Its rank in the queue; higher goes first.
    pub priority: i64,
    /// When it began.
    pub created_at: Micros,
    /// When it was last active.
    pub last_activity_at: Micros,
    /// When it joined the queue; unchanged by offers and transfers between agents of it.
    pub queued_at: Option<Micros>,
    /// When it was closed.
    pub closed_at: Option<Micros>,
    /// The number of customer messages that no agent has seen yet.
    pub unread: u32,
    /// Everything that lists do not filter by.
    pub data: ConversationData,
    /// Incremented with each change; the store refuses a change to an older version.
    pub version: i64,
}

impl Conversation {
    /// Whether a customer who writes at `at` continues this closed conversation, in a queue that allows this for
    /// `reopen_seconds`. Only a conversation that an agent handled is reopened, and none that Deskbell closed for
    /// good.
    pub fn comes_back(&self, at: Micros, reopen_seconds: i64) -> bool {
        let is_final = matches!(&self.data.close_reason, Some(reason) if reason.is_final());
        let closed = self.closed_at.filter(|_| !self.state.is_open() && !is_final && self.last_agent.is_some());
        reopen_seconds > 0 && closed.is_some_and(|closed| at.since(closed) <= reopen_seconds * SECOND)
    }

    /// The agent whose conversation it is while a transfer to a colleague is pending.
    pub fn sender(&self) -> Option<UserId> {
        let transfer = self.data.offer.as_ref()?.transfer.as_ref()?;
        transfer.origin().map(|(user, _)| user)
    }
}
