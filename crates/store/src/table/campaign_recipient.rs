//! The recipients of campaigns, each with the message they got, or why they got none.

use domain::campaign::Skip;
use domain::failure::Failure;
use domain::id::{CampaignId, ContactId, ConversationId, IdentityId, MessageId};
use domain::message_template::Variables;
use domain::time::Micros;

use crate::batch::statements;
use crate::json::json;
use crate::words::words;
use crate::{Batch, Error, Row, Store, values};

/// The outcome of a recipient: our own state until there is a message, then the message's status.
macro_rules! outcome {
    () => {
        "CASE WHEN r.state <> 'sent' THEN r.state WHEN m.id IS NULL THEN 'sent' WHEN m.status = 'queued' THEN 'waiting' \
         WHEN m.status = 'cancelled' THEN 'skipped' ELSE m.status END"
    };
}

statements! {
    /// Adds one; $6 is `waiting` or `skipped`.
    INSERT = "INSERT INTO campaign_recipient (campaign_id, n, recipient, contact_id, variables, state, reason) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    /// The next recipient.
    NEXT = "SELECT n, recipient, contact_id, variables FROM campaign_recipient WHERE campaign_id = $1 AND state = 'waiting' ORDER BY n LIMIT 1";
    /// They get this message; only while they are waiting.
    SENT = "UPDATE campaign_recipient SET state = 'sent', message_id = $3 WHERE campaign_id = $1 AND n = $2 AND state = 'waiting'";
    /// They get none; only while they are waiting.
    SKIP = "UPDATE campaign_recipient SET state = 'skipped', reason = $3 WHERE campaign_id = $1 AND n = $2 AND state = 'waiting'";
    /// Those still waiting get none.
    SKIP_WAITING = "UPDATE campaign_recipient SET state = 'skipped', reason = $2 WHERE campaign_id = $1 AND state = 'waiting'";
    /// Whether a campaign has already written to a customer under any id or number.
    WRITTEN = "SELECT count(*) FROM message m JOIN campaign_recipient r ON r.message_id = m.id
        WHERE m.identity_id = $2 AND m.direction = 'out' AND r.campaign_id = $1";
    /// The number of recipients per outcome, with its reason: our own, or the failure of the message.
    REPORT = concat!("SELECT ", outcome!(), " AS outcome, CASE WHEN m.status = 'cancelled' THEN 'withdrawn' ELSE r.reason END AS why,
            CASE WHEN m.status = 'failed' THEN m.error END AS failure, count(*)
        FROM campaign_recipient r LEFT JOIN message m ON m.id = r.message_id WHERE r.campaign_id = $1
        GROUP BY outcome, why, failure ORDER BY outcome, why, failure");
    /// Those after place $2 with an outcome, or all if $3 is empty; $4 the limit.
    LIST = concat!("SELECT r.n, r.recipient, r.contact_id, r.variables, ", outcome!(), ",
            CASE WHEN m.status = 'cancelled' THEN 'withdrawn' ELSE r.reason END,
            CASE WHEN m.status = 'failed' THEN m.error END, m.id, m.conversation_id
        FROM campaign_recipient r LEFT JOIN message m ON m.id = r.message_id
        WHERE r.campaign_id = $1 AND r.n > $2 AND ($3 = '' OR ", outcome!(), " = $3) ORDER BY r.n LIMIT $4");
    /// Why a campaign's messages since $2 failed, the latest first.
    FAILURES = "SELECT m.error FROM message m JOIN campaign_recipient r ON r.message_id = m.id
        WHERE m.status = 'failed' AND m.at >= $2 AND r.campaign_id = $1 ORDER BY m.at DESC LIMIT 20";
    /// A campaign's messages that the channel refused and never took, with why.
    REFUSED = "SELECT m.id, m.conversation_id, m.error FROM campaign_recipient r JOIN message m ON m.id = r.message_id
        WHERE r.campaign_id = $1 AND r.state = 'sent' AND m.status = 'failed'
            AND NOT EXISTS (SELECT 1 FROM mid i WHERE i.message_id = m.id) ORDER BY r.n";
    /// Removes a person's data from every list; if they were still waiting, they get no message.
    ERASE = "UPDATE campaign_recipient SET recipient = '', contact_id = NULL, variables = '{}',
            reason = CASE WHEN state = 'waiting' THEN 'erased' ELSE reason END,
            state = CASE WHEN state = 'waiting' THEN 'skipped' ELSE state END
        WHERE contact_id = $1 OR message_id IN (SELECT m.id FROM message m JOIN identity i ON i.id = m.identity_id WHERE i.contact_id = $1)
            OR (recipient <> '' AND (recipient IN (SELECT external_id FROM identity WHERE contact_id = $1)
                OR recipient IN (SELECT phone FROM identity WHERE contact_id = $1 AND phone IS NOT NULL)))";
}

words! {
    /// The outcome of a recipient of a campaign.
    #[cfg_attr(feature = "schema", schema(as = CampaignOutcome))]
    Outcome {
        /// It is not their turn yet, or the message is on its way.
        Waiting = "waiting",
        /// Meta accepted the message.
        Sent = "sent",
        /// It was delivered.
        Delivered = "delivered",
        /// It was read.
        Read = "read",
        /// It may have been sent: there was no readable answer.
        Uncertain = "uncertain",
        /// Meta refused it.
        Failed = "failed",
        /// They get none.
        Skipped = "skipped",
    }
}

/// A recipient as they are added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecipient {
    /// The phone number in digits or the id; empty if there is none.
    pub recipient: String,
    /// The contact, if the list names contacts.
    pub contact: Option<ContactId>,
    /// Their own variables.
    pub variables: Variables,
    /// Why they get no message.
    pub skip: Option<Skip>,
}

/// The next recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The place in the list.
    pub n: i64,
    /// The phone number in digits, or the id.
    pub recipient: String,
    /// The contact, if the list names contacts.
    pub contact: Option<ContactId>,
    /// Their own variables.
    pub variables: Variables,
}

/// How many recipients share an outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The outcome.
    pub outcome: Outcome,
    /// Why they got no message.
    pub skip: Option<Skip>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// How many.
    pub count: i64,
}

/// A recipient with their outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The place in the list.
    pub n: i64,
    /// The phone number in digits or the id; empty if there is none.
    pub recipient: String,
    /// The contact, if the list names contacts.
    pub contact: Option<ContactId>,
    /// Their own variables.
    pub variables: Variables,
    /// The outcome.
    pub outcome: Outcome,
    /// Why they got no message.
    pub skip: Option<Skip>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// The message.
    pub message: Option<MessageId>,
    /// Its conversation.
    pub conversation: Option<i64>,
}

fn outcome(row: &Row, index: usize) -> Outcome {
    Outcome::parse(&row.text(index)).unwrap_or(Outcome::Sent)
}

fn skip(row: &Row, index: usize) -> Option<Skip> {
    row.opt_text(index).and_then(|word| Skip::from_word(&word))
}

/// Adds the recipients of a new campaign, in order. A duplicate if two waiting ones are the same.
pub fn insert(batch: &mut Batch, campaign: CampaignId, all: &[NewRecipient]) {
    for (n, it) in (1_i64..).zip(all) {
        let state = if it.skip.is_some() { "skipped" } else { "waiting" };
        batch.push(
            INSERT,
            values![campaign, n, &it.recipient, it.contact, json(&it.variables), state, it.skip.map(Skip::word)],
        );
    }
}

/// The next recipient; None if there are no more.
pub async fn next(store: &Store, campaign: CampaignId) -> Result<Option<Waiting>, Error> {
    let row = store.row(NEXT, values![campaign]).await?;
    Ok(row.map(|row| Waiting {
        n: row.int(0),
        recipient: row.text(1),
        contact: row.opt_int(2).map(ContactId),
        variables: row.json(3),
    }))
}

/// They get this message. A conflict if they were written to or skipped before.
pub fn sent(batch: &mut Batch, campaign: CampaignId, n: i64, message: MessageId) {
    batch.must(SENT, values![campaign, n, message]);
}

/// They get none. A conflict if they were written to or skipped before.
pub fn skipped(batch: &mut Batch, campaign: CampaignId, n: i64, why: Skip) {
    batch.must(SKIP, values![campaign, n, why.word()]);
}

/// Those still waiting get none.
pub fn skip_waiting(batch: &mut Batch, campaign: CampaignId, why: Skip) {
    batch.push(SKIP_WAITING, values![campaign, why.word()]);
}

/// Whether a campaign has already written to a customer under any id or number.
pub async fn was_written(store: &Store, campaign: CampaignId, identity: IdentityId) -> Result<bool, Error> {
    Ok(store.row(WRITTEN, values![campaign, identity]).await?.is_some_and(|row| row.int(0) > 0))
}

/// The number of recipients per outcome and reason.
pub async fn report(store: &Store, campaign: CampaignId) -> Result<Vec<Count>, Error> {
    let rows = store.rows(REPORT, values![campaign]).await?;
    Ok(rows
        .iter()
        .map(|row| Count { outcome: outcome(row, 0), skip: skip(row, 1), failure: row.json(2), count: row.int(3) })
        .collect())
}

/// Those after a place, with one outcome or all.
pub async fn list(
    store: &Store,
    campaign: CampaignId,
    behind: i64,
    wanted: Option<Outcome>,
    limit: i64,
) -> Result<Vec<Recipient>, Error> {
    let word = wanted.map_or("", Outcome::word);
    let rows = store.rows(LIST, values![campaign, behind, word, limit]).await?;
    Ok(rows
        .iter()
        .map(|row| Recipient {
            n: row.int(0),
            recipient: row.text(1),
            contact: row.opt_int(2).map(ContactId),
            variables: row.json(3),
            outcome: outcome(row, 4),
            skip: skip(row, 5),
            failure: row.json(6),
            message: row.opt_int(7).map(MessageId),
            conversation: row.opt_int(8),
        })
        .collect())
}

/// A campaign's messages that the channel refused and never took, with why.
pub async fn refused(
    store: &Store,
    campaign: CampaignId,
) -> Result<Vec<(MessageId, ConversationId, Failure)>, Error> {
    let rows = store.rows(REFUSED, values![campaign]).await?;
    let failed =
        |row: &Row| Some((MessageId(row.int(0)), ConversationId(row.int(1)), row.json::<Option<Failure>>(2)?));
    Ok(rows.iter().filter_map(failed).collect())
}

/// Why a campaign's messages since then failed, the latest first.
pub async fn failures(store: &Store, campaign: CampaignId, since: Micros) -> Result<Vec<Failure>, Error> {
    let rows = store.rows(FAILURES, values![campaign, since]).await?;
    Ok(rows.iter().filter_map(|row| row.json::<Option<Failure>>(0)).collect())
}
