//! Changes that arrived before their message: deliveries arrive in no particular order, and the channel's id of our
//! message may appear in a receipt before the answer of Send. They wait here under that id.

use domain::channel::Account;
use domain::inbound::Inbound;
use domain::time::Micros;

use crate::batch::statements;
use crate::json::json;
use crate::words::words;
use crate::{Batch, Error, Row, Store, values};

statements! {
    /// Stores a change; of two of one kind, the newer.
    STORE = "INSERT INTO pending_update (channel, account_id, mid, kind, customer, rank, body, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (channel, account_id, mid, kind) DO UPDATE SET rank = excluded.rank, body = excluded.body,
        received_at = excluded.received_at WHERE pending_update.rank <= excluded.rank";
    /// Those whose message has arrived.
    READY = "SELECT e.account_id, e.mid, e.kind, e.rank, e.body, e.channel FROM pending_update e
        JOIN mid i ON i.channel = e.channel AND i.account_id = e.account_id AND i.mid = e.mid
        ORDER BY e.received_at LIMIT $1";
    /// It was applied, unless a newer one has arrived in the meantime.
    DONE = "DELETE FROM pending_update WHERE channel = $5 AND account_id = $1 AND mid = $2 AND kind = $3 AND rank = $4";
    /// Deletes those whose message never arrived: older than $1.
    FORGET = "DELETE FROM pending_update WHERE received_at < $1";
    /// Deletes a contact's pending changes, while their identities still exist.
    ERASE = "DELETE FROM pending_update WHERE EXISTS (SELECT 1 FROM identity i
        WHERE i.contact_id = $1 AND i.channel = pending_update.channel AND i.account_id = pending_update.account_id AND i.external_id = pending_update.customer)";
}

words! {
    /// The kind of a waiting change.
    Kind {
        /// An edit.
        Edit = "edit",
        /// An unsend.
        Unsend = "unsend",
        /// The customer's reaction.
        Reaction = "reaction",
        /// The page's reaction.
        PageReaction = "page_reaction",
        /// A delivery receipt.
        Delivery = "delivery",
        /// A status report on one message.
        Status = "status",
        /// A seen mark with the id of its message.
        Read = "read",
        /// A seen mark: it waits under the customer's id, and its rank is the moment up to which they read.
        ReadUpTo = "read_up_to",
    }
}

/// A waiting change.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingUpdate {
    /// The account.
    pub account: Account,
    /// The channel's id of the message; for `read_up_to`, the customer's id.
    pub mid: String,
    /// The kind of change as stored: a [`Kind`], or one of a newer program.
    pub kind: String,
    /// Its rank: the higher is newer.
    pub rank: i64,
    /// What happened; None if it can no longer be read.
    pub event: Option<Inbound>,
}

fn from_row(row: &Row) -> PendingUpdate {
    PendingUpdate {
        account: Account::new(row.channel(5), row.text(0)),
        mid: row.text(1),
        kind: row.text(2),
        rank: row.int(3),
        event: serde_json::from_str(&row.text(4)).ok(),
    }
}

/// Those whose message has arrived, oldest first.
pub async fn ready(store: &Store, limit: i64) -> Result<Vec<PendingUpdate>, Error> {
    Ok(store.rows(READY, values![limit]).await?.iter().map(from_row).collect())
}

/// It was applied.
pub fn done(batch: &mut Batch, it: &PendingUpdate) {
    batch.must(DONE, values![&it.account.id, &it.mid, it.kind.as_str(), it.rank, it.account.channel]);
}

/// Stores a change of the message `mid` that isn't here; of two of a kind, the one with the higher `rank` is kept.
pub fn insert(batch: &mut Batch, mid: &str, kind: Kind, rank: i64, event: &Inbound, now: Micros) {
    let (account, user) = (&event.address.account, &event.address.user);
    batch.push(STORE, values![account.channel, &account.id, mid, kind, user, rank, json(event), now]);
}

/// Deletes changes from before a moment whose message never arrived.
pub fn forget(batch: &mut Batch, before: Micros) {
    batch.push(FORGET, values![before]);
}
