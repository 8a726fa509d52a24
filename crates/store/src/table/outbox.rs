//! Requests to Meta: one row per request, in order per identity, deleted once it is finished.

use domain::channel::Account;
use domain::failure::Failure;
use domain::id::{ConversationId, GatewayId, IdentityId, MessageId, OutboxId};
use domain::outbound::{Part, Speaker};
use domain::time::Micros;

use crate::batch::statements;
use crate::json::json;
use crate::words::words;
use crate::{Batch, Error, Row, Store, values};

macro_rules! columns {
    () => {
        "o.id, o.message_id, o.part_no, o.conversation_id, o.identity_id, o.gateway_id, o.account_id, o.part, o.speaker, \
         o.reply_to, o.state, o.tries, o.next_at, o.channel"
    };
}

statements! {
    /// Puts a request into the outbox.
    INSERT = "INSERT INTO outbox (id, message_id, part_no, conversation_id, identity_id, gateway_id, account_id, part, speaker,
        reply_to, state, tries, next_at, channel) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'queued', 0, $11, $12)";
    /// Accounts with waiting requests: an index lookup for each channel and each account, however many are waiting. (Compared as
    /// rows, SQLite would go through all requests of a channel.)
    ACCOUNTS = "WITH RECURSIVE c (channel) AS (
        SELECT min(channel) FROM outbox
        UNION ALL
        SELECT (SELECT min(o.channel) FROM outbox o WHERE o.channel > c.channel) FROM c WHERE c.channel IS NOT NULL),
        a (channel, account_id) AS (
        SELECT c.channel, (SELECT min(o.account_id) FROM outbox o WHERE o.channel = c.channel) FROM c WHERE c.channel IS NOT NULL
        UNION ALL
        SELECT a.channel, (SELECT min(o.account_id) FROM outbox o WHERE o.channel = a.channel AND o.account_id > a.account_id)
        FROM a WHERE a.account_id IS NOT NULL)
        SELECT channel, account_id FROM a WHERE account_id IS NOT NULL";
    /// For an account ($4, $1), the first request of each customer after $2, for at most $3 customers. The last
    /// column is the customer; the others are NULL if all remaining requests of theirs no longer block others.
    HEADS = concat!("WITH RECURSIVE customer (identity_id, n) AS (
        SELECT (SELECT min(f.identity_id) FROM outbox f WHERE f.channel = $4 AND f.account_id = $1 AND f.identity_id > $2), CAST(1 AS BIGINT)
        UNION ALL
        SELECT (SELECT min(f.identity_id) FROM outbox f WHERE f.channel = $4 AND f.account_id = $1 AND f.identity_id > customer.identity_id), customer.n + 1
        FROM customer WHERE customer.identity_id IS NOT NULL AND customer.n < $3)
        SELECT ", columns!(), ", customer.identity_id FROM customer LEFT JOIN outbox o ON o.id = (SELECT min(b.id) FROM outbox b
            WHERE b.channel = $4 AND b.account_id = $1 AND b.identity_id = customer.identity_id AND b.state <> 'released')
        WHERE customer.identity_id IS NOT NULL ORDER BY customer.n");
    /// The same for customers to whom a person has written, even if a bot's message comes first.
    HEADS_FOR_PEOPLE = concat!("WITH RECURSIVE customer (identity_id, n) AS (
        SELECT (SELECT min(f.identity_id) FROM outbox f WHERE f.channel = $4 AND f.account_id = $1 AND f.identity_id > $2 AND f.speaker = 'agent'),
            CAST(1 AS BIGINT)
        UNION ALL
        SELECT (SELECT min(f.identity_id) FROM outbox f WHERE f.channel = $4 AND f.account_id = $1 AND f.identity_id > customer.identity_id
            AND f.speaker = 'agent'), customer.n + 1
        FROM customer WHERE customer.identity_id IS NOT NULL AND customer.n < $3)
        SELECT ", columns!(), ", customer.identity_id FROM customer LEFT JOIN outbox o ON o.id = (SELECT min(b.id) FROM outbox b
            WHERE b.channel = $4 AND b.account_id = $1 AND b.identity_id = customer.identity_id AND b.state <> 'released')
        WHERE customer.identity_id IS NOT NULL ORDER BY customer.n");
    /// All parts of a message.
    OF_MESSAGE = concat!("SELECT ", columns!(), " FROM outbox o WHERE o.message_id = $1 ORDER BY o.id");
    /// Claims a request for sending that is due at $4; a second process changes nothing. By $3 the sender has
    /// finished it or died.
    CLAIM = "UPDATE outbox SET state = 'sending', owner = $2, tries = tries + 1, next_at = $3 WHERE id = $1 AND state = 'queued' AND next_at <= $4";
    /// It was sent, whatever its state was.
    REMOVE = "DELETE FROM outbox WHERE id = $1";
    /// It was not sent and will not be; does nothing if an echo was faster.
    GIVE_UP = "DELETE FROM outbox WHERE id = $1 AND state <> 'queued'";
    /// Withdraws it, if sending has not begun.
    WITHDRAW = "DELETE FROM outbox WHERE id = $1 AND state = 'queued'";
    /// Removes it for another attempt, if it still has the state that was read ($2).
    REPLACE = "DELETE FROM outbox WHERE id = $1 AND state = $2";
    /// Removes one finished part of a message.
    REMOVE_PART = "DELETE FROM outbox WHERE message_id = $1 AND part_no = $2";
    /// Withdraws all parts of a message that are not being sent yet.
    REMOVE_QUEUED = "DELETE FROM outbox WHERE message_id = $1 AND state = 'queued'";
    /// It was not sent and is tried again later; does nothing if an echo was faster.
    LATER = "UPDATE outbox SET state = 'queued', owner = NULL, next_at = $2, error = $3 WHERE id = $1 AND state <> 'queued'";
    /// A new message ($1) to a customer ($2 to $4) waits behind earlier requests: it waits for the same reason as they do.
    INHERIT_ERROR = "UPDATE message SET error = (SELECT o.error FROM outbox o WHERE o.channel = $2 AND o.account_id = $3
            AND o.identity_id = $4 AND o.id < $5 AND o.state = 'queued' AND o.error IS NOT NULL ORDER BY o.id LIMIT 1)
        WHERE id = $1 AND error IS NULL AND status = 'queued'";
    /// The same for messages that were behind a request before it was refused: they get its reason, $2.
    SET_ERROR_BEHIND = "UPDATE message SET error = $2 WHERE error IS NULL AND status = 'queued' AND id IN (
        SELECT o.message_id FROM outbox r JOIN outbox o ON o.channel = r.channel AND o.account_id = r.account_id
            AND o.identity_id = r.identity_id AND o.id > r.id AND o.state = 'queued' WHERE r.id = $1)";
    /// It is not known whether it was sent. It blocks the requests after it until $2; does nothing if an echo was
    /// faster.
    UNCERTAIN = "UPDATE outbox SET state = 'uncertain', owner = NULL, next_at = $2 WHERE id = $1 AND state = 'sending'";
    /// When the next uncertain request stops blocking the others.
    NEXT_RELEASE = "SELECT min(next_at) FROM outbox WHERE state = 'uncertain'";
    /// Stops those whose time is over from blocking the others; at $2 Meta is asked about them.
    RELEASE = "UPDATE outbox SET state = 'released', next_at = $2 WHERE state = 'uncertain' AND next_at <= $1";
    /// Requests about which Meta is to be asked whether they were sent.
    DOUBTFUL = concat!("SELECT ", columns!(), " FROM outbox o WHERE o.state = 'released' AND o.next_at <= $1 ORDER BY o.next_at LIMIT 20");
    /// Meta was asked and is asked again at $2.
    ASK_AGAIN = "UPDATE outbox SET tries = tries + 1, next_at = $2 WHERE id = $1 AND state = 'released'";
    /// Meta is not asked again: the message stays as it is.
    FORGET_DOUBT = "DELETE FROM outbox WHERE id = $1 AND state = 'released'";
    /// Requests that may have been sent to a customer or are being sent, to match messages found at Meta.
    ON_THE_WAY = concat!("SELECT ", columns!(), " FROM outbox o WHERE o.channel = $3 AND o.account_id = $1 AND o.identity_id = $2 AND o.state <> 'queued' ORDER BY o.id LIMIT 50");
    /// Requests whose sender died: of other processes, or overdue at $2.
    ABANDONED = concat!("SELECT ", columns!(), " FROM outbox o WHERE o.state = 'sending' AND (o.owner <> $1 OR o.next_at <= $2) LIMIT 500");
    /// Waits until no one else is changing an account's access: on PostgreSQL a statement does not see what another
    /// transaction has not committed yet.
    LOCK_ACCESS = "UPDATE account_access SET alive = alive WHERE gateway_id = $1 AND account_id = $2";
    /// A request that waits because its account had no token is due sooner if the account has one: it was connected again
    /// while the request was on its way, so waking the account missed it.
    SOONER = "UPDATE outbox SET next_at = $2 WHERE id = $1 AND state = 'queued' AND next_at > $2 AND EXISTS (SELECT 1 FROM
        account_access a WHERE a.gateway_id = outbox.gateway_id AND a.account_id = outbox.account_id AND a.alive = 1)";
    /// Makes the waiting requests of an account due at once: its token is valid again.
    WAKE_ACCOUNT = "UPDATE outbox SET next_at = $3 WHERE gateway_id = $1 AND account_id = $2 AND state = 'queued'";
    /// The number of waiting requests.
    COUNT = "SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending')";
    /// How many requests there are for an account; at most $3 are counted.
    COUNT_OF_ACCOUNT = "SELECT count(*) FROM (SELECT 1 FROM outbox WHERE channel = $1 AND account_id = $2 LIMIT $3) o";
}

words! {
    /// How far a request has come.
    State {
        /// It is waiting.
        Queued = "queued",
        /// It is being sent.
        Sending = "sending",
        /// It may have been sent, and blocks the requests after it.
        Uncertain = "uncertain",
        /// It may have been sent, and no longer blocks others.
        Released = "released",
    }
}

/// A request to Meta.
#[derive(Debug, Clone, PartialEq)]
pub struct Queued {
    /// Its place in the order.
    pub id: OutboxId,
    /// The message that it is a part of.
    pub message: Option<MessageId>,
    /// The number of the part.
    pub part_no: i64,
    /// The conversation.
    pub conversation: ConversationId,
    /// The customer.
    pub identity: IdentityId,
    /// The gateway.
    pub gateway: GatewayId,
    /// The account that it is sent from.
    pub account: Account,
    /// What is sent; None if this program does not know its form.
    pub part: Option<Part>,
    /// Agent or bot.
    pub speaker: Speaker,
    /// The message that it answers.
    pub reply_to: Option<MessageId>,
    /// How far it has come.
    pub state: State,
    /// How often it was tried, or Meta was asked about it.
    pub tries: i64,
    /// When something about it is due.
    pub next_at: Micros,
}

/// A request from its columns.
pub(crate) fn from_row(row: &Row) -> Queued {
    Queued {
        id: OutboxId(row.int(0)),
        message: row.opt_int(1).map(MessageId),
        part_no: row.int(2),
        conversation: ConversationId(row.int(3)),
        identity: IdentityId(row.int(4)),
        gateway: GatewayId(row.int(5)),
        account: Account::new(row.channel(13), row.text(6)),
        part: row.json(7),
        speaker: if row.text(8) == "agent" { Speaker::Agent } else { Speaker::Bot },
        reply_to: row.opt_text(9).and_then(|id| id.parse().ok()),
        // A state of a newer program: nothing may be sent based on a guess.
        state: State::parse(&row.text(10)).unwrap_or(State::Uncertain),
        tries: row.int(11),
        next_at: Micros(row.int(12)),
    }
}

/// The first request of each customer, by [`HEADS`] or [`HEADS_FOR_PEOPLE`], with their customers.
pub(crate) async fn heads(
    store: &Store,
    sql: crate::Sql,
    account: &Account,
    behind: i64,
    most: i64,
) -> Result<Vec<(IdentityId, Option<Queued>)>, Error> {
    let rows = store.rows(sql, values![&account.id, behind, most, account.channel]).await?;
    Ok(rows.iter().map(|row| (IdentityId(row.int(14)), row.opt_int(0).map(|_| from_row(row)))).collect())
}

/// The customers whose requests [`next_of_customers`] returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Customers {
    /// All customers with waiting requests.
    All,
    /// Those with a waiting message that a person wrote.
    WithAgents,
}

/// The first request of each customer of a Page, for at most `most` customers with ids above `behind`. None for a
/// customer whose requests may all have been sent.
pub async fn next_of_customers(
    store: &Store,
    account: &Account,
    customers: Customers,
    behind: i64,
    most: i64,
) -> Result<Vec<(IdentityId, Option<Queued>)>, Error> {
    let sql = match customers {
        Customers::All => HEADS,
        Customers::WithAgents => HEADS_FOR_PEOPLE,
    };
    heads(store, sql, account, behind, most).await
}

/// Accounts with waiting requests.
pub async fn accounts(store: &Store) -> Result<Vec<Account>, Error> {
    let rows = store.rows(ACCOUNTS, values![]).await?;
    Ok(rows.iter().map(|row| Account::new(row.channel(0), row.text(1))).collect())
}

/// The number of requests that are waiting or being sent.
pub async fn count(store: &Store) -> Result<i64, Error> {
    Ok(store.row(COUNT, values![]).await?.map_or(0, |row| row.int(0)))
}

/// The number of requests for an account, counted up to `most`.
pub async fn count_of_account(store: &Store, account: &Account, most: i64) -> Result<i64, Error> {
    let row = store.row(COUNT_OF_ACCOUNT, values![account.channel, &account.id, most]).await?;
    Ok(row.map_or(0, |row| row.int(0)))
}

/// Requests whose sender died: of other processes, or overdue; at most 500.
pub async fn abandoned(store: &Store, node: &str, now: Micros) -> Result<Vec<Queued>, Error> {
    list(store, ABANDONED, values![node, now]).await
}

/// Requests about which Meta is to be asked now whether they were sent, at most 20.
pub async fn to_ask_about(store: &Store, now: Micros) -> Result<Vec<Queued>, Error> {
    list(store, DOUBTFUL, values![now]).await
}

/// Requests to a customer that are being sent or may have been sent, at most 50.
pub async fn on_the_way(store: &Store, account: &Account, identity: IdentityId) -> Result<Vec<Queued>, Error> {
    list(store, ON_THE_WAY, values![&account.id, identity, account.channel]).await
}

/// When the next uncertain request stops blocking the others.
pub async fn next_release(store: &Store) -> Result<Option<Micros>, Error> {
    Ok(store.row(NEXT_RELEASE, values![]).await?.and_then(|row| row.opt_int(0)).map(Micros))
}

/// Claims a request that is due for sending; a conflict if another process was first. By `until` its sender has
/// finished or died.
pub fn claim(batch: &mut Batch, id: OutboxId, node: &str, until: Micros, now: Micros) {
    batch.must(CLAIM, values![id, node, until, now]);
}

/// It was sent, or no longer has to be.
pub fn delete(batch: &mut Batch, id: OutboxId) {
    batch.push(REMOVE, values![id]);
}

/// A part of a message was sent.
pub fn delete_part(batch: &mut Batch, message: MessageId, part: i64) {
    batch.push(REMOVE_PART, values![message, part]);
}

/// It was not sent and will not be, nor will the other parts of its message. A conflict if an echo was first.
pub fn give_up(batch: &mut Batch, id: OutboxId, message: MessageId) {
    batch.must(GIVE_UP, values![id]);
    batch.push(REMOVE_QUEUED, values![message]);
}

/// Withdraws it; a conflict unless it is still waiting.
pub fn withdraw(batch: &mut Batch, id: OutboxId) {
    batch.must(WITHDRAW, values![id]);
}

/// Removes it for another attempt; a conflict unless it is still in that state.
pub fn replace(batch: &mut Batch, id: OutboxId, state: State) {
    batch.must(REPLACE, values![id, state]);
}

/// It was not sent and is tried again at a moment; a conflict if an echo was first.
pub fn retry(batch: &mut Batch, id: OutboxId, at: Micros, why: &Failure) {
    batch.must(LATER, values![id, at, json(why)]);
    batch.push(SET_ERROR_BEHIND, values![id, json(why)]);
}

/// Before [`retry`] for want of a token: waits for the one who is connecting the account at this moment, in the order in which
/// they change the rows.
pub fn lock_access(batch: &mut Batch, request: &Queued) {
    batch.push(LOCK_ACCESS, values![request.gateway, &request.account.id]);
}

/// After it: tried again at `at` if the account has got a token in the meantime.
pub fn sooner_if_connected(batch: &mut Batch, id: OutboxId, at: Micros) {
    batch.push(SOONER, values![id, at]);
}

/// The same for what may be sent twice (reactions): does nothing if it no longer exists.
pub fn retry_harmless(batch: &mut Batch, id: OutboxId, at: Micros, why: Option<&Failure>) {
    batch.push(LATER, values![id, at, why.map(json)]);
}

/// It may have been sent. It blocks the requests after it until `hold`. A conflict if an echo was first.
pub fn set_uncertain(batch: &mut Batch, id: OutboxId, hold: Micros) {
    batch.must(UNCERTAIN, values![id, hold]);
}

/// Stops uncertain requests whose time is over from blocking the others; at `ask_at` Meta is asked about them.
pub fn release(batch: &mut Batch, now: Micros, ask_at: Micros) {
    batch.push(RELEASE, values![now, ask_at]);
}

/// Meta is asked about it again at a moment; a conflict if an echo was first.
pub fn ask_again(batch: &mut Batch, id: OutboxId, at: Micros) {
    batch.must(ASK_AGAIN, values![id, at]);
}

/// Meta is not asked about it again: its message stays uncertain. A conflict if an echo was first.
pub fn stop_asking(batch: &mut Batch, id: OutboxId) {
    batch.must(FORGET_DOUBT, values![id]);
}

/// Requests by one of the texts above.
pub(crate) async fn list(store: &Store, sql: crate::Sql, params: Vec<crate::Value>) -> Result<Vec<Queued>, Error> {
    Ok(store.rows(sql, params).await?.iter().map(from_row).collect())
}

/// All parts of a message that are still in the outbox.
pub async fn of_message(store: &Store, message: MessageId) -> Result<Vec<Queued>, Error> {
    list(store, OF_MESSAGE, values![message]).await
}
