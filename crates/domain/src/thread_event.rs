//! What happened to a conversation, as data: `{code, args}` in the store, the API and the stream.
//!
//! The screens word events. The English is in `thread_event/english.rs`; it is the `text` of the API, of exports and
//! of webhooks, and is never stored.

mod english;

use serde::{Deserialize, Serialize};

use crate::conversation::Holder;
use crate::flow::Fault;

pub(crate) use english::duration;
pub use english::{appointment, came_by, close_reason, story_mention, view_once};

/// One event of a thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "code", content = "args", rename_all = "snake_case")]
pub enum ThreadEvent {
    /// The bot put the conversation into a queue.
    ToQueue {
        /// The queue's name; null if there was none.
        queue: Option<String>,
    },
    /// An agent accepted an offer.
    Accepted {
        /// Who accepted.
        agent: String,
        /// How long the customer waited in the queue.
        waited_seconds: i64,
    },
    /// A supervisor took the conversation.
    TakenOver {
        /// Who took it.
        by: String,
    },
    /// An agent handed the conversation to a queue.
    TransferredToQueue {
        /// Who transferred it.
        by: String,
        /// The queue's name.
        queue: String,
    },
    /// An agent sends the conversation to a colleague, who may accept it.
    TransferOffered {
        /// Who sends it.
        by: String,
        /// The colleague.
        agent: String,
    },
    /// The colleague accepted the conversation.
    TransferredToAgent {
        /// Who transferred it.
        by: String,
        /// Who holds it now.
        agent: String,
    },
    /// The colleague did not accept the conversation.
    TransferReturned {
        /// The colleague.
        agent: String,
        /// The agent who holds it again; null if the sender has left and it is in the queue.
        to: Option<String>,
        /// Why it came back.
        cause: TransferEnd,
    },
    /// An agent handed the conversation back to the bot.
    TransferredToBot {
        /// Who transferred it.
        by: String,
    },
    /// The conversation went back to its queue because its agent is gone.
    Requeued {
        /// The agent who held it.
        agent: String,
        /// Why the agent is gone.
        cause: AgentGone,
    },
    /// A queue could not take the customer, and passed them on.
    Overflowed {
        /// The queue's name.
        from: String,
        /// The name of the queue that takes over.
        to: String,
        /// Why.
        cause: OverflowCause,
    },
    /// The agent has not answered the customer for a while.
    AgentSilent {
        /// The agent.
        agent: String,
        /// How long so far. After the same time again the conversation goes to another agent.
        seconds: i64,
    },
    /// The agent set the conversation aside.
    Snoozed {
        /// Who did.
        by: String,
        /// When it comes back (RFC 3339); null if only the customer brings it back.
        until: Option<String>,
    },
    /// The conversation is no longer set aside.
    SnoozeEnded {
        /// Why.
        cause: SnoozeEnd,
        /// Who ended it manually; null otherwise.
        by: Option<String>,
        /// The agent who set it aside.
        agent: String,
        /// Whether it waits in the queue, because the agent is not available.
        queued: bool,
    },
    /// The customer wrote soon after the close, and the conversation is open again.
    ReopenedByCustomer {
        /// The agent who held it.
        agent: String,
        /// Whether it waits in the queue, because the agent is not available.
        queued: bool,
    },
    /// The agent asked a colleague to help.
    Invited {
        /// Who asked.
        by: String,
        /// The colleague.
        agent: String,
    },
    /// A colleague takes part alongside the agent.
    Joined {
        /// The colleague.
        agent: String,
    },
    /// A colleague did not accept an invitation.
    InvitationEnded {
        /// The colleague.
        agent: String,
        /// Why.
        cause: TransferEnd,
    },
    /// A colleague no longer takes part.
    Left {
        /// The colleague.
        agent: String,
        /// Who ended it; null if it was the colleague, or they went offline.
        by: Option<String>,
    },
    /// An agent or supervisor closed the conversation.
    Closed {
        /// Who closed it.
        by: String,
        /// The reason they chose.
        reason: Option<String>,
    },
    /// An agent or supervisor opened a closed conversation again.
    Reopened {
        /// Who opened it.
        by: String,
    },
    /// The flow closed the conversation.
    ClosedByBot {
        /// The reason that the flow names.
        reason: Option<String>,
    },
    /// Deskbell closed the conversation.
    ClosedBySystem {
        /// The reason.
        cause: SystemClose,
    },
    /// Automatic texts were not sent, because the channel's window is closed. Added once, until the customer opens it
    /// again.
    TextsLeftOut {
        /// How many hours the window is open after the customer's last action.
        hours: i64,
    },
    /// The flow could not send a message template.
    TemplateNotSent {
        /// Its name.
        template: String,
        /// Why not.
        cause: TemplateFault,
    },
    /// A step of the flow failed and the flow does not handle it, so the customer was handed over to people.
    FlowFailed {
        /// The id of the node.
        node: String,
        /// What went wrong.
        fault: Fault,
    },
    /// The customer used an entry point, and an agent holds this conversation.
    EntryPointUsed {
        /// Its name.
        name: String,
    },
    /// An agent took control of the conversation from the app that had it.
    ControlTakenByAgent {
        /// Who took it.
        by: String,
        /// Who had it.
        from: Receiver,
    },
    /// An agent passed control of the conversation to another app.
    ControlPassedByAgent {
        /// Who handed it over.
        by: String,
        /// Who has it now.
        to: Receiver,
    },
    /// An app took control of the conversation.
    ControlTaken {
        /// Who had it; null if the channel does not say.
        from: Option<Receiver>,
        /// Who has it now; null if the channel does not say.
        to: Option<Receiver>,
    },
    /// An app passed control of the conversation to another.
    ControlPassed {
        /// Who had it; null if the channel does not say.
        from: Option<Receiver>,
        /// Who has it now; null if it was released.
        to: Option<Receiver>,
    },
    /// An app asked for control of the conversation. Nothing has changed yet.
    ControlRequested {
        /// Who asks; null if the channel does not say.
        by: Option<Receiver>,
    },
    /// An agent replied privately to a comment. It is the first event of such a conversation.
    PrivateReply {
        /// Who replied.
        by: String,
        /// What they replied to.
        to: CommentKind,
        /// The beginning of the comment; null if it has no text or was removed.
        quote: Option<String>,
        /// Whether the comment has been removed since.
        removed: bool,
    },
    /// A private reply went to a customer who already had an open conversation, which shows this event.
    PrivateReplyElsewhere {
        /// Who replied; null if that is no longer known.
        by: Option<String>,
        /// The beginning of the reply.
        reply: Option<String>,
    },
    /// The customer linked their account on the business's website.
    AccountLinked {},
    /// The customer unlinked it.
    AccountUnlinked {},
    /// The customer opted in through a plugin on a website.
    OptedIn {
        /// What they opted in to.
        subject: Option<String>,
    },
    /// The customer agreed to receive notifications.
    NotificationsAllowed {
        /// The subject.
        subject: Option<String>,
    },
    /// The customer stopped notifications.
    NotificationsStopped {
        /// The subject.
        subject: Option<String>,
    },
    /// The customer asked for one notification.
    OneNotificationRequested {
        /// The subject.
        subject: Option<String>,
    },
    /// The customer rated an answer.
    AnswerRated {
        /// The channel's word for their rating.
        rating: Option<String>,
    },
    /// The customer filled in the channel's feedback form.
    FeedbackGiven {
        /// Their answers, in order.
        answers: Vec<FeedbackAnswer>,
    },
    /// The customer opened a coupon.
    CouponOpened {
        /// The coupon's code.
        coupon: Option<String>,
    },
    /// The customer filled in a form.
    FormFilledIn {
        /// The channel's id of the form.
        form: Option<String>,
    },
    /// An appointment with the customer changed.
    AppointmentChanged {
        /// The channel's word for its status.
        status: Option<String>,
    },
}

impl ThreadEvent {
    /// The text by people that the event quotes; searches use it.
    pub fn quoted(&self) -> String {
        match self {
            ThreadEvent::PrivateReply { quote: Some(words), .. }
            | ThreadEvent::PrivateReplyElsewhere { reply: Some(words), .. }
            | ThreadEvent::OptedIn { subject: Some(words) }
            | ThreadEvent::NotificationsAllowed { subject: Some(words) }
            | ThreadEvent::NotificationsStopped { subject: Some(words) }
            | ThreadEvent::OneNotificationRequested { subject: Some(words) }
            | ThreadEvent::AnswerRated { rating: Some(words) }
            | ThreadEvent::CouponOpened { coupon: Some(words) }
            | ThreadEvent::Closed { reason: Some(words), .. }
            | ThreadEvent::ClosedByBot { reason: Some(words) } => words.clone(),
            ThreadEvent::FeedbackGiven { answers } => {
                answers.iter().map(|answer| answer.text.as_str()).collect::<Vec<_>>().join(" ")
            }
            _ => String::new(),
        }
    }

    /// The same event once its comment was removed; None if it quotes no comment.
    pub fn without_comment(&self) -> Option<Self> {
        match self {
            ThreadEvent::PrivateReply { by, to, .. } => {
                Some(ThreadEvent::PrivateReply { by: by.clone(), to: *to, quote: None, removed: true })
            }
            _ => None,
        }
    }
}

/// Why a message template could not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TemplateFault {
    /// The channel has no message templates.
    NotOnChannel,
    /// The account has no template of this name in this language.
    Unknown,
    /// The channel has not approved it, or no longer lets it be sent.
    NotApproved,
    /// A value is missing, is too long, or belongs to no placeholder.
    Variables,
    /// It is advertising, which the customer has refused.
    MarketingStopped,
}

/// Why a conversation is no longer set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SnoozeEnd {
    /// Its time is over.
    Time,
    /// The customer wrote.
    Customer,
    /// An agent or supervisor brought it back.
    Hand,
}

/// Why an agent no longer holds their conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AgentGone {
    /// Their account was deactivated.
    Deactivated,
    /// They are no longer an agent.
    NotAgent,
    /// Their browser lost the connection and did not come back.
    ConnectionLost,
    /// They went offline or signed out, and closed their browser.
    WentOffline,
    /// They did not answer the customer.
    Silent,
}

/// Why a transfer to a colleague failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TransferEnd {
    /// The colleague declined.
    Declined,
    /// The colleague did not react in time.
    Missed,
    /// The sender took it back.
    TakenBack,
    /// The colleague went away.
    Unavailable,
}

/// Why Deskbell closed a conversation on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SystemClose {
    /// The Page was removed.
    PageRemoved,
    /// The gateway was removed.
    GatewayRemoved,
    /// The customer used an entry point, which begins a conversation of its own.
    EntryPointUsed,
    /// The entry point that began it has ended.
    EntryPointEnded,
    /// It held a private reply to a customer who already had an open conversation.
    ContinuedElsewhere,
    /// Its messages are from the past: catch-up found them.
    FoundByCatchUp,
    /// It began with a message of a campaign, and no agent has it until the customer answers.
    CampaignSent,
    /// The customer did not answer, not even after a warning.
    CustomerSilent,
}

/// Why a queue could not take a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OverflowCause {
    /// The maximum number of customers was waiting.
    Full,
    /// The customer had waited as long as the queue allows.
    WaitedTooLong,
}

/// Why a conversation was closed: a reason given by a person or flow, or one of Deskbell's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CloseReason {
    /// Deskbell's own.
    System {
        /// Which one.
        system: SystemClose,
    },
    /// The reason as it was given.
    Given(String),
}

/// What a private reply answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CommentKind {
    /// A comment below a post.
    Comment,
    /// A visitor's post.
    Post,
}

/// An answer in a feedback form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct FeedbackAnswer {
    /// The customer's choice or answer.
    pub text: String,
    /// Whether the customer typed it.
    pub written: bool,
}

/// An app that can hold control of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Receiver {
    /// Deskbell.
    Deskbell,
    /// The channel's own inbox, where people of the Page answer.
    Inbox,
    /// Another app.
    App {
        /// The channel's id of it; null if the channel does not say.
        id: Option<String>,
    },
}

impl CloseReason {
    /// Whether the conversation stays closed. A customer who did not answer may be written to again.
    pub fn is_final(&self) -> bool {
        matches!(self, CloseReason::System { system } if *system != SystemClose::CustomerSilent)
    }
}

impl AgentGone {
    /// Whether they will not come back.
    pub fn is_for_good(self) -> bool {
        matches!(self, AgentGone::Deactivated | AgentGone::NotAgent)
    }
}

impl From<&Holder> for Receiver {
    fn from(holder: &Holder) -> Self {
        if holder.inbox { Receiver::Inbox } else { Receiver::App { id: holder.app.clone() } }
    }
}
