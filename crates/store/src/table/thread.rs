//! What a turn must know about a thread, read in one round trip: the customer and their conversation.

use domain::channel::Address;
use domain::conversation::Conversation;
use domain::id::{ConversationId, MessageId};

use super::identity::{self, Identity};
use super::message::{self, Stored};
use super::{conversation, mid};
use crate::{Error, Store, values};

/// A customer's thread at the time of an inbound event.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// The customer; None for one who is new.
    pub identity: Option<Identity>,
    /// Their open conversation.
    pub open: Option<Conversation>,
    /// Our message that the event answers.
    pub reply_to: Option<MessageId>,
}

/// The customer, and the message that the event answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked<'a> {
    /// The customer.
    pub address: &'a Address,
    /// The channel's id of the message that is answered.
    pub answered: Option<&'a str>,
}

/// The facts for some events, in the same order.
pub async fn facts(store: &Store, asked: &[Asked<'_>]) -> Result<Vec<Facts>, Error> {
    let mut questions = Vec::with_capacity(asked.len() * 3);
    for one in asked {
        questions.push((identity::BY_EXTERNAL, identity::of_address(one.address)));
        questions.push((conversation::OPEN_BY_EXTERNAL, identity::of_address(one.address)));
        let account = &one.address.account;
        questions.extend(one.answered.map(|mid| (mid::ID_BY_MID, values![&account.id, mid, account.channel])));
    }
    let mut answers = store.ask(questions).await?.into_iter();
    let mut next = || answers.next().and_then(|rows| rows.into_iter().next());
    let facts = |one: &Asked<'_>| Facts {
        identity: next().as_ref().map(identity::from_row),
        open: next().as_ref().map(conversation::from_row),
        reply_to: one.answered.and_then(|_| next()).map(|row| MessageId(row.int(0))),
    };
    Ok(asked.iter().map(facts).collect())
}

/// A conversation at the beginning of a turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Begun {
    /// The conversation.
    pub conversation: Conversation,
    /// Its customer.
    pub identity: Identity,
    /// The message that the turn is about, if it belongs to the conversation.
    pub message: Option<Stored>,
    /// The message that was added earlier with the same key of the sender.
    pub added_before: Option<Stored>,
}

/// A conversation with its customer, the message that the turn is about, and the one with the sender's own key. None
/// if it no longer exists.
pub async fn begin(
    store: &Store,
    id: ConversationId,
    about: Option<MessageId>,
    client_id: Option<&str>,
) -> Result<Option<Begun>, Error> {
    let mut questions = vec![(conversation::BY_ID, values![id]), (identity::BY_CONVERSATION, values![id])];
    questions.extend(about.map(|message| (message::BY_ID, values![message])));
    questions.extend(client_id.map(|key| (message::BY_CLIENT_ID, values![id, key])));
    let answers = store.ask(questions).await?;
    let mut firsts = answers.iter().map(|rows| rows.first());
    let mut next = || firsts.next().flatten();
    let (Some(conversation), Some(identity)) = (next(), next()) else { return Ok(None) };
    let message = about.and_then(|_| next()).map(message::from_row);
    let added_before = client_id.and_then(|_| next()).map(message::from_row);
    Ok(Some(Begun {
        conversation: conversation::from_row(conversation),
        identity: identity::from_row(identity),
        message: message.filter(|it| it.message.conversation == id),
        added_before,
    }))
}

/// A customer's thread, for a message from the past.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// The customer; None for one who is new.
    pub identity: Option<Identity>,
    /// Their open conversation, else the last one.
    pub last: Option<Conversation>,
    /// The same, leaving out those of isolated queues.
    pub last_of_customer: Option<Conversation>,
}

/// A customer's thread, for a message from the past.
pub async fn past(store: &Store, address: &Address) -> Result<Past, Error> {
    let answers = store
        .ask(vec![
            (identity::BY_EXTERNAL, identity::of_address(address)),
            (conversation::LAST_BY_EXTERNAL, identity::of_address(address)),
            (conversation::LAST_OF_CUSTOMER, identity::of_address(address)),
        ])
        .await?;
    Ok(Past {
        identity: answers[0].first().map(identity::from_row),
        last: answers[1].first().map(conversation::from_row),
        last_of_customer: answers[2].first().map(conversation::from_row),
    })
}
