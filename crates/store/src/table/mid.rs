//! The channel's ids of messages (Meta calls them mids): what a duplicate, an echo or a reaction is known by.

use domain::channel::Account;
use domain::id::{ConversationId, MessageId};

use crate::batch::statements;
use crate::{Batch, Error, Store, values};

statements! {
    /// The id of the message that the channel knows by an id.
    ID_BY_MID = "SELECT message_id FROM mid WHERE channel = $3 AND account_id = $1 AND mid = $2";
    /// The channel's id of a message; its first, if it went in parts. Our own mark stands where Meta told none.
    MID_OF = "SELECT mid FROM mid WHERE channel = $3 AND account_id = $1 AND message_id = $2 AND mid NOT LIKE 'deskbell:%'
        AND part_no >= 0 ORDER BY part_no LIMIT 1";
    /// The channel knows a part of a message by an id. Known already, it changes nothing.
    INSERT_MID = "INSERT INTO mid (account_id, mid, message_id, part_no, channel) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    /// Which of its parts are known to have left.
    PARTS_LEFT = "SELECT DISTINCT part_no FROM mid WHERE message_id = $1 AND part_no >= 0";
    /// Which part of which message the channel knows by an id.
    PART_BY_MID = "SELECT message_id, part_no FROM mid WHERE channel = $3 AND account_id = $1 AND mid = $2";
    /// The channel took a part of a message by that id, and did not deliver it: it has not left.
    UNDELIVERABLE = "INSERT INTO mid (account_id, mid, message_id, part_no, channel) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (channel, account_id, mid) DO UPDATE SET part_no = excluded.part_no";
    /// It was delivered after all.
    DELIVERABLE = "UPDATE mid SET part_no = -1 - part_no WHERE channel = $3 AND account_id = $1 AND mid = $2 AND part_no < 0";
    /// The customer's last message of a conversation, by the channel's own id.
    LAST_IN = "SELECT i.mid FROM message m JOIN mid i ON i.message_id = m.id
        WHERE m.conversation_id = $1 AND m.direction = 'in' AND i.channel = $2 AND i.mid NOT LIKE 'made!_%' ESCAPE '!'
        ORDER BY m.at DESC, m.id DESC LIMIT 1";
}

/// The message that an account's id stands for.
pub async fn message(store: &Store, account: &Account, mid: &str) -> Result<Option<MessageId>, Error> {
    Ok(store.row(ID_BY_MID, values![&account.id, mid, account.channel]).await?.map(|row| MessageId(row.int(0))))
}

/// The channel's id of a message; the first, if it went in parts.
pub async fn of_message(store: &Store, account: &Account, message: MessageId) -> Result<Option<String>, Error> {
    Ok(store.row(MID_OF, values![&account.id, message, account.channel]).await?.map(|row| row.text(0)))
}

/// Which parts of a message are known to have left.
pub async fn parts_sent(store: &Store, message: MessageId) -> Result<Vec<i64>, Error> {
    Ok(store.rows(PARTS_LEFT, values![message]).await?.iter().map(|row| row.int(0)).collect())
}

/// Which part of which message an account's id stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The message.
    pub message: MessageId,
    /// Which of its parts.
    pub number: i64,
    /// The channel took it and then did not deliver it.
    pub undelivered: bool,
}

/// Which part of which message an account's id stands for.
pub async fn part(store: &Store, account: &Account, mid: &str) -> Result<Option<Part>, Error> {
    let row = store.row(PART_BY_MID, values![&account.id, mid, account.channel]).await?;
    Ok(row.map(|row| {
        let (message, number) = (MessageId(row.int(0)), row.int(1));
        let undelivered = number < 0;
        Part { message, number: if undelivered { -1 - number } else { number }, undelivered }
    }))
}

/// The channel took a part of a message by an id, and did not deliver it: when the message is sent again, it is sent too.
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

/// The channel knows a part of a message by an id. Known already, it changes nothing.
pub fn insert(batch: &mut Batch, account: &Account, mid: &str, message: MessageId, part: i64) {
    batch.push(INSERT_MID, values![&account.id, mid, message, part, account.channel]);
}
