//! What a turn wants: the new state of a conversation and everything that must be written with it, as data.

use serde::{Deserialize, Serialize};

use crate::conversation::Conversation;
use crate::failure::Failure;
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
    /// Agent or bot: it decides what the channel allows.
    pub speaker: Speaker,
    /// The message that it answers.
    pub reply_to: Option<MessageId>,
}

/// A change to a message that is there already.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// The text was changed.
    Edited {
        /// Which message.
        message: MessageId,
        /// The new text.
        text: String,
        /// Which edit it is; 0 where the channel does not count. An older one changes nothing.
        number: i64,
        /// When.
        at: Micros,
    },
    /// An event is now another one.
    Event {
        /// Which message.
        message: MessageId,
        /// What it is now.
        event: Box<ThreadEvent>,
    },
    /// What was to leave later leaves, fails, is withdrawn, or has another text or time. It is still queued until then.
    Scheduled {
        /// Which message.
        message: MessageId,
        /// Its text.
        text: Option<String>,
        /// Its place in the thread.
        at: Micros,
        /// The rest.
        data: Box<MessageData>,
        /// What it is now.
        status: Status,
        /// Why it did not leave.
        error: Option<Failure>,
    },
    /// Taken back by the customer.
    Unsent {
        /// Which message.
        message: MessageId,
        /// When.
        at: Micros,
    },
    /// The reactions on it are now these, by the page's side.
    Reactions {
        /// Which message.
        message: MessageId,
        /// What it carried before, with the new reactions in it.
        data: Box<MessageData>,
    },
    /// It went further: delivered or read. Never backwards.
    Receipt {
        /// Which message.
        message: MessageId,
        /// How far.
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

/// Puts `emoji` of `by` on a message, in place of their earlier one; None takes it off. None is answered if
/// `by` changed it later than `at` already, or if it is so as it is.
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

/// Puts `emoji` on a message for the Page's side: by one of our people, or by a person who answers outside Deskbell.
/// To the customer we are one side, so it replaces a colleague's.
pub fn react_as_page(data: &MessageData, by: &str, emoji: Option<&str>) -> MessageData {
    let mut after = data.clone();
    after.reactions.retain(|reaction| reaction.by == "contact");
    let ours = emoji.map(|emoji| Reaction { emoji: emoji.to_owned(), by: by.to_owned(), error: None });
    after.reactions.extend(ours);
    after
}

/// Says at our reaction why the customer does not see it; None if it is another one by now.
pub fn reaction_failed(data: &MessageData, emoji: Option<&str>, failure: &Failure) -> Option<MessageData> {
    let mut data = data.clone();
    let ours = |reaction: &&mut Reaction| reaction.by != "contact" && Some(reaction.emoji.as_str()) == emoji;
    let reaction = data.reactions.iter_mut().find(ours)?;
    reaction.error = Some(failure.clone());
    Some(data)
}

/// How an offer ended: the API's `outcome`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = OfferOutcome))]
#[serde(rename_all = "snake_case")]
pub enum OfferEnd {
    /// The agent took it.
    Accepted,
    /// The agent said no.
    Declined,
    /// The agent let the time run out.
    Missed,
    /// The time ran out, and no screen of the agent had shown it.
    Unseen,
    /// It was taken back: closed, transferred, or the agent went away.
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

/// What a turn means for an agent's own record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentEffect {
    /// They got an offer: agents without one are next.
    Offered(UserId),
    /// They accepted an offer: the count of missed ones starts again.
    Accepted {
        /// Who.
        agent: UserId,
        /// When the day began that it counts for.
        today: Micros,
    },
    /// They missed an offer; at this many they are put on pause.
    Missed {
        /// Who.
        agent: UserId,
        /// How many may be missed in a row.
        limit: i64,
    },
    /// They are done with a conversation: idle from now.
    Freed(UserId),
}

/// What became of a customer's wait in a queue.
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

/// Something that happened, for every screen that it concerns. It is committed with the change.
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

/// Everything that one turn wants written, together.
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
    /// What is asked of other programs.
    pub calls: Vec<Call>,
    /// What must reach the channel.
    pub sends: Vec<Send>,
    /// What it means for agents.
    pub agents: Vec<AgentEffect>,
    /// What became of the wait in the conversation's queue.
    pub wait: Vec<WaitEvent>,
    /// What happened.
    pub events: Vec<Event>,
    /// Whether the waiting line, or who could serve it, changed.
    pub routing: bool,
    /// Whether the customer's window moved, and to when.
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
