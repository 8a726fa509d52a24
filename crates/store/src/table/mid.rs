//! The channel's ids of messages (Meta calls them mids): they identify duplicates, echoes and reactions.

use domain::channel::Account;
use domain::id::{ConversationId, MessageId};

use crate::batch::statements;
use crate::{Batch, Error, Store, values};

statements! {
    /// Our id of the message with an id of the channel.
    ID_BY_MID = "SELECT message_id FROM mid WHERE channel = $3 AND account_id = $1 AND mid = $2";
    /// The channel's id of a message; the first, if it was sent in parts. Where Meta gave none, our own marker.
    MID_OF = "SELECT mid FROM mid WHERE channel = $3 AND account_id = $1 AND message_id = $2 AND mid NOT LIKE 'deskbell:%'
        AND part_no >= 0 ORDER BY part_no LIMIT 1";
    /// Stores the channel's id of a part of a message. A known one changes nothing.
    INSERT_MID = "INSERT INTO mid (account_id, mid, message_id, part_no, channel) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    /// The parts that are known to have been sent.
    PARTS_LEFT = "SELECT DISTINCT part_no FROM mid WHERE message_id = $1 AND part_no >= 0";
    /// The message and part with an id of the channel.
    PART_BY_MID = "SELECT message_id, part_no FROM mid WHERE channel = $3 AND account_id = $1 AND mid = $2";
    /// The channel accepted a part of a message under this id, and did not deliver it: it does not count as sent.
    UNDELIVERABLE = "INSERT INTO mid (account_id, mid, message_id, part_no, channel) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (channel, account_id, mid) DO UPDATE SET part_no = excluded.part_no";
    /// It was delivered after all.
    DELIVERABLE = "UPDATE mid SET part_no = -1 - part_no WHERE channel = $3 AND account_id = $1 AND mid = $2 AND part_no < 0";
    /// The customer's last message of a conversation, by the channel's own id.
    LAST_IN = "SELECT i.mid FROM message m JOIN mid i ON i.message_id = m.id
        WHERE m.conversation_id = $1 AND m.direction = 'in' AND i.channel = $2 AND i.mid NOT LIKE 'made!_%' ESCAPE '!'
        ORDER BY m.at DESC, m.id DESC LIMIT 1";
}

/// The message with an id of the account.
pub async fn message(store: &Store, account: &Account, mid: &str) -> Result<Option<MessageId>, Error> {
    Ok(store.row(ID_BY_MID, values![&account.id, mid, account.channel]).await?.map(|row| MessageId(row.int(0))))
}

/// The channel's id of a message; the first, if it was sent in parts.
pub async fn of_message(store: &Store, account: &Account, message: MessageId) -> Result<Option<String>, Error> {
    Ok(store.row(MID_OF, values![&account.id, message, account.channel]).await?.map(|row| row.text(0)))
}

/// The parts of a message that are known to have been sent.
pub async fn parts_sent(store: &Store, message: MessageId) -> Result<Vec<i64>, Error> {
    Ok(store.rows(PARTS_LEFT, values![message]).await?.iter().map(|row| row.int(0)).collect())
}

/// A part of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The message.
    pub message: MessageId,
    /// The number of the part.
    pub number: i64,
    /// Whether the channel accepted it and then did not deliver it.
    pub undelivered: bool,
}

/// The message and part with an id of the account.
pub async fn part(store: &Store, account: &Account, mid: &str) -> Result<Option<Part>, Error> {
    let row = store.row(PART_BY_MID, values![&account.id, mid, account.channel]).await?;
    Ok(row.map(|row| {
        let (message, number) = (MessageId(row.int(0)), row.int(1));
        let undelivered = number < 0;
        Part { message, number: if undelivered { -1 - number } else { number }, undelivered }
    }))
}

/// The channel accepted a part of a message under an id, and did not deliver it: when the message is sent again, this
/// part is sent as well.
pub fn insert_undelivered(batch: &mut Batch, account: &Account, mid: &str, message: MessageId, part: i64) {
    batch.push(UNDELIVERABLE, values![&account.id, mid, message, -1 - part, account.channel]);
}

/// The channel delivered it after all.
pub fn set_delivered(batch: &mut Batch, account: &Account, mid: &str) {
    batch.push(DELIVERABLE, values![&account.id, mid, account.channel]);
}

/// The channel's id of the customer's last message in a conversation.
pub async fn last_inbound(
    store: &Store,
    account: &Account,
    conversation: ConversationId,
) -> Result<Option<String>, Error> {
    Ok(store.row(LAST_IN, values![conversation, account.channel]).await?.map(|row| row.text(0)))
}

/// Stores the channel's id of a part of a message. A known one changes nothing.
pub fn insert(batch: &mut Batch, account: &Account, mid: &str, message: MessageId, part: i64) {
    batch.push(INSERT_MID, values![&account.id, mid, message, part, account.channel]);
}
