//! The result of a turn, as data: the new state of a conversation and everything that must be written with it.

use serde::{Deserialize, Serialize};

use crate::conversation::{Conversation, FlowRef};
use crate::failure::Failure;
use crate::flow::Fault;
use crate::flow::call::Call;
use crate::id::{ConversationId, MessageId, OutboxId, UserId};
use crate::message::{Message, MessageData, Reaction, Status};
use crate::outbound::{Part, Speaker};
use crate::thread_event::ThreadEvent;
use crate::time::Micros;

/// One request to the channel, to be written into the outbox.
#[derive(Debug, Clone, PartialEq)]
pub struct Send {
    /// Its place in the order of the conversation.
    pub id: OutboxId,
    /// The message that it is a part of; None for typing and seen.
    pub message: Option<MessageId>,
    /// Which part of it, from 0.
    pub part_no: u32,
    /// What is sent.
    pub part: Part,
    /// Agent or bot: this determines what the channel allows.
    pub speaker: Speaker,
    /// The message that it answers.
    pub reply_to: Option<MessageId>,
}

/// A change to an existing message.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// The text was changed.
    Edited {
        /// Which message.
        message: MessageId,
        /// The new text.
        text: String,
        /// The number of the edit; 0 where the channel does not count edits. An older edit changes nothing.
        number: i64,
        /// When.
        at: Micros,
    },
    /// An event is replaced by another.
    Event {
        /// Which message.
        message: MessageId,
        /// What it is now.
        event: Box<ThreadEvent>,
    },
    /// A scheduled message is sent, fails, is withdrawn, or gets another text or time.
    Scheduled {
        /// Which message.
        message: MessageId,
        /// Its text.
        text: Option<String>,
        /// Its place in the thread.
        at: Micros,
        /// The rest.
        data: Box<MessageData>,
        /// Its new status.
        status: Status,
        /// Why it was not sent.
        error: Option<Failure>,
    },
    /// Unsent by the customer.
    Unsent {
        /// Which message.
        message: MessageId,
        /// When.
        at: Micros,
    },
    /// The business changed its reaction.
    Reactions {
        /// Which message.
        message: MessageId,
        /// Its data, with the new reactions.
        data: Box<MessageData>,
    },
    /// It was delivered or read. The status never goes backwards.
    Receipt {
        /// Which message.
        message: MessageId,
        /// The new status.
        status: Status,
        /// When.
        at: Micros,
    },
}

impl Change {
    /// The message that changes.
    pub fn message(&self) -> MessageId {
        match self {
            Change::Edited { message, .. }
            | Change::Event { message, .. }
            | Change::Scheduled { message, .. }
            | Change::Unsent { message, .. }
            | Change::Reactions { message, .. }
            | Change::Receipt { message, .. } => *message,
        }
    }
}

/// Sets the reaction of `by` on a message to `emoji`, replacing their earlier one; None removes it. Returns None if
/// `by` has already changed it later than `at`, or if nothing would change.
pub fn react(data: &MessageData, by: &str, emoji: Option<&str>, at: Micros) -> Option<MessageData> {
    if data.reacted.iter().any(|(who, last)| who == by && *last > at) {
        return None;
    }
    let mut after = data.clone();
    after.reactions.retain(|reaction| reaction.by != by);
    after.reacted.retain(|(who, _)| who != by);
    if let Some(emoji) = emoji {
        after.reactions.push(Reaction { emoji: emoji.to_owned(), by: by.to_owned(), error: None });
    }
    after.reacted.push((by.to_owned(), at));
    (after != *data).then_some(after)
}

/// Sets the reaction of the business on a message, whether it comes from one of our users or from a person who
/// answers outside Deskbell. The customer sees one side, so it replaces a colleague's.
pub fn react_as_page(data: &MessageData, by: &str, emoji: Option<&str>) -> MessageData {
    let mut after = data.clone();
    after.reactions.retain(|reaction| reaction.by == "contact");
    let ours = emoji.map(|emoji| Reaction { emoji: emoji.to_owned(), by: by.to_owned(), error: None });
    after.reactions.extend(ours);
    after
}

/// Records on our reaction why the customer does not see it; None if the reaction has changed since.
pub fn reaction_failed(data: &MessageData, emoji: Option<&str>, failure: &Failure) -> Option<MessageData> {
    let mut data = data.clone();
    let ours = |reaction: &&mut Reaction| reaction.by != "contact" && Some(reaction.emoji.as_str()) == emoji;
    let reaction = data.reactions.iter_mut().find(ours)?;
    reaction.error = Some(failure.clone());
    Some(data)
}

/// A step of a flow that failed, where the flow does not say what comes then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowFailure {
    /// The flow that has the step, in the version that ran.
    pub flow: FlowRef,
    /// The step.
    pub node: String,
    /// What went wrong.
    pub fault: Fault,
}

/// How an offer ended; `outcome` in the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = OfferOutcome))]
#[serde(rename_all = "snake_case")]
pub enum OfferEnd {
    /// The agent took it.
    Accepted,
    /// The agent declined it.
    Declined,
    /// The agent let the time run out.
    Missed,
    /// The time ran out, and no screen of the agent had shown it.
    Unseen,
    /// It was taken back, because the conversation was closed or transferred, or the agent went away.
    Withdrawn,
}

impl OfferEnd {
    /// The API's word.
    pub fn word(self) -> &'static str {
        match self {
            OfferEnd::Accepted => "accepted",
            OfferEnd::Declined => "declined",
            OfferEnd::Missed => "missed",
            OfferEnd::Unseen => "unseen",
            OfferEnd::Withdrawn => "withdrawn",
        }
    }
}

/// How a turn changes an agent's own record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentEffect {
    /// They got an offer: other agents come first now.
    Offered(UserId),
    /// They accepted an offer: the count of missed ones starts again.
    Accepted {
        /// Who.
        agent: UserId,
        /// When the day began that it counts for.
        today: Micros,
    },
    /// They missed an offer; at the limit they are put on pause.
    Missed {
        /// Who.
        agent: UserId,
        /// How many may be missed in a row.
        limit: i64,
    },
    /// They finished a conversation: idle from now on.
    Freed(UserId),
}

/// What happened to a customer's wait in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitEvent {
    /// An agent has them now.
    Answered {
        /// Who.
        agent: UserId,
        /// By when the first answer is due; None if the queue has no target for it.
        due_at: Option<Micros>,
    },
    /// An agent wrote to them for the first time since they came into the queue.
    Responded,
    /// They gave up.
    Abandoned,
}

/// Something that happened, for every screen that shows it. It is committed together with the change.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A message is new or changed.
    Message(ConversationId, MessageId),
    /// A conversation is new or changed.
    Conversation(ConversationId),
    /// A conversation is offered.
    Offer(ConversationId, UserId),
    /// An offer is over.
    OfferEnded(ConversationId, UserId, OfferEnd),
}

/// Labels to put on a conversation, and to take off, by their names or ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelChange {
    /// To put on.
    pub add: Vec<String>,
    /// To take off.
    pub remove: Vec<String>,
}

/// Everything that one turn writes, in one commit.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The conversation as it is afterwards; its `version` is still the one it was read with.
    pub conversation: Conversation,
    /// Whether it began with this turn.
    pub created: bool,
    /// Messages to add.
    pub messages: Vec<Message>,
    /// Ids by which the channel knows messages.
    pub mids: Vec<(String, MessageId)>,
    /// Changes to messages.
    pub changes: Vec<Change>,
    /// Labels to put on the conversation, and to take off.
    pub labels: Vec<LabelChange>,
    /// Requests to other programs.
    pub calls: Vec<Call>,
    /// Steps of its flow that failed, where the flow does not say what comes then.
    pub flow_failures: Vec<FlowFailure>,
    /// Requests to the channel.
    pub sends: Vec<Send>,
    /// Changes to agents' records.
    pub agents: Vec<AgentEffect>,
    /// What happened to the wait in the conversation's queue.
    pub wait: Vec<WaitEvent>,
    /// What happened.
    pub events: Vec<Event>,
    /// Whether the waiting customers, or the agents who could serve them, changed.
    pub routing: bool,
    /// When the customer last opened the messaging window, if this turn changed it.
    pub window_at: Option<Micros>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_reaction_stands_whatever_comes_late() {
        let (before, after) = (Micros(1), Micros(2));
        let liked = react(&MessageData::default(), "contact", Some("👍"), before).unwrap();
        assert_eq!(liked.reactions.len(), 1);
        let taken_off = react(&liked, "contact", None, after).unwrap();
        assert!(taken_off.reactions.is_empty());
        assert_eq!(react(&taken_off, "contact", Some("👍"), before), None, "the first one again, redelivered");
        assert_eq!(react(&taken_off, "contact", None, after), None, "the same again changes nothing");
        let both = react_as_page(&liked, "page", Some("❤"));
        assert_eq!(both.reactions.len(), 2, "each side has its own");
        let changed = react(&both, "contact", Some("😮"), after).unwrap();
        assert_eq!(changed.reactions.iter().filter(|one| one.by == "contact").count(), 1);
    }
}
