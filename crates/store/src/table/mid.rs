//! The channel's ids of messages (Meta calls them mids): what a duplicate, an echo or a reaction is known by.

use domain::channel::Account;
use domain::id::MessageId;

use crate::batch::statements;
use crate::{Batch, Error, Store, values};

statements! {
    /// The id of the message that the channel knows by an id.
    ID_BY_MID = "SELECT message_id FROM mid WHERE channel = $3 AND account_id = $1 AND mid = $2";
    /// The channel's id of a message; its first, if it went in parts. Our own mark stands where Meta told none.
    MID_OF = "SELECT mid FROM mid WHERE channel = $3 AND account_id = $1 AND message_id = $2 AND mid NOT LIKE 'deskbell:%' ORDER BY part_no LIMIT 1";
    /// The channel knows a part of a message by an id. Known already, it changes nothing.
    INSERT_MID = "INSERT INTO mid (account_id, mid, message_id, part_no, channel) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    /// Which of its parts are known to have left.
    PARTS_LEFT = "SELECT DISTINCT part_no FROM mid WHERE message_id = $1";
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

/// The channel knows a part of a message by an id. Known already, it changes nothing.
pub fn insert(batch: &mut Batch, account: &Account, mid: &str, message: MessageId, part: i64) {
    batch.push(INSERT_MID, values![&account.id, mid, message, part, account.channel]);
}
