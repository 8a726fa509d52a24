//! What the health checks of gateways store: facts between two checks, active alarms, and counts.

use std::collections::HashMap;

use domain::failure::Failure;
use domain::id::{ConversationId, GatewayId, MessageId};
use domain::time::Micros;

use super::account::{self, Account};
use super::account_access::{self, Access};
use super::activity::{self, Activity};
use super::gateway::{self, Gateway};
use super::webhook::{self, Webhook};
use crate::batch::statements;
use crate::{Batch, Error, Row, Store, values};

statements! {
    /// Records that something happened; counts older than a day start over.
    NOTE = "INSERT INTO health_fact (gateway_id, account_id, name, at, times, detail) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (gateway_id, account_id, name) DO UPDATE SET times = CASE WHEN health_fact.at + 86400000000 < excluded.at
        THEN excluded.times ELSE health_fact.times + excluded.times END, at = excluded.at, detail = excluded.detail";
    /// All facts about a gateway.
    FACTS = "SELECT account_id, name, at, times, detail FROM health_fact WHERE gateway_id = $1 ORDER BY account_id, name";
    /// When a check of each gateway was last requested.
    WORRIES = "SELECT gateway_id, max(at) FROM health_fact WHERE name = 'worry' GROUP BY gateway_id";
    /// Deletes all facts about a gateway.
    FORGET_ALL = "DELETE FROM health_fact WHERE gateway_id = $1";
    /// Deletes its alarms.
    FORGET_ALARMS = "DELETE FROM alarm WHERE gateway_id = $1";

    /// Active alarms, oldest first.
    ALARMS = "SELECT key, finding, since, seen_at FROM alarm WHERE gateway_id = $1 ORDER BY since, key";
    /// A finding appeared.
    RAISE = "INSERT INTO alarm (gateway_id, key, finding, since) VALUES ($1, $2, $3, $4)";
    /// It has disappeared.
    CLEAR = "DELETE FROM alarm WHERE gateway_id = $1 AND key = $2";
    /// An administrator has seen them.
    SEEN = "UPDATE alarm SET seen_at = $2 WHERE gateway_id = $1 AND seen_at IS NULL";

    /// Messages since $2 that could not be sent, by Page and reason.
    FAILED_SENDS = "SELECT c.account_id, m.error, count(*), max(m.at) FROM message m JOIN conversation c ON c.id = m.conversation_id
        WHERE m.status = 'failed' AND m.direction = 'out' AND m.at > $2 AND c.gateway_id = $1
        GROUP BY c.account_id, m.error ORDER BY count(*) DESC, c.account_id LIMIT 200";
    /// The same for one Page, each message, in the order in which they were written.
    FAILED_OF_PAGE = "SELECT m.id, m.conversation_id, m.error FROM message m JOIN conversation c ON c.id = m.conversation_id
        WHERE m.status = 'failed' AND m.direction = 'out' AND m.at > $3 AND c.gateway_id = $1 AND c.account_id = $2
        ORDER BY m.at, m.id LIMIT 200";
    /// Messages that are waiting, by Page: how many, until when, and why.
    WAITING = "SELECT account_id, count(*), min(next_at), max(error) FROM outbox WHERE gateway_id = $1 AND state = 'queued'
        AND error IS NOT NULL AND next_at > $2 GROUP BY account_id ORDER BY account_id";
}

/// A stored fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The Page, or empty for the gateway itself.
    pub page: String,
    /// The name of the fact.
    pub name: String,
    /// When it last happened.
    pub at: Micros,
    /// How often it happened, each within a day of the one before.
    pub times: i64,
    /// A short detail.
    pub word: String,
}

/// A fact from its columns.
pub(crate) fn fact(row: &Row) -> Fact {
    Fact { page: row.text(0), name: row.text(1), at: Micros(row.int(2)), times: row.int(3), word: row.text(4) }
}

/// Records that something happened once.
pub fn note(batch: &mut Batch, gateway: GatewayId, page: &str, name: &str, at: Micros, word: &str) {
    batch.push(NOTE, values![gateway, page, name, at, 1_i64, word]);
}

/// Records that something happened this many times.
pub fn note_times(batch: &mut Batch, gateway: GatewayId, page: &str, name: &str, at: Micros, times: i64) {
    batch.push(NOTE, values![gateway, page, name, at, times, ""]);
}

/// All facts about a gateway.
pub async fn facts(store: &Store, gateway: GatewayId) -> Result<Vec<Fact>, Error> {
    Ok(store.rows(FACTS, values![gateway]).await?.iter().map(fact).collect())
}

/// An active alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Its key, which does not change while it is active.
    pub key: String,
    /// The finding as it appeared, as JSON.
    pub finding: String,
    /// Since when.
    pub since: Micros,
    /// When an administrator saw it.
    pub seen_at: Option<Micros>,
}

/// An alarm from its columns.
pub(crate) fn alarm(row: &Row) -> Alarm {
    Alarm {
        key: row.text(0),
        finding: row.text(1),
        since: Micros(row.int(2)),
        seen_at: row.opt_int(3).map(Micros),
    }
}

/// When a check of each gateway was last requested.
pub async fn requested_checks(store: &Store) -> Result<HashMap<GatewayId, Micros>, Error> {
    let rows = store.rows(WORRIES, values![]).await?;
    Ok(rows.iter().map(|row| (GatewayId(row.int(0)), Micros(row.int(1)))).collect())
}

/// A finding appeared: a conflict or duplicate if that is already known.
pub fn raise(batch: &mut Batch, gateway: GatewayId, key: &str, finding: &str, at: Micros) {
    batch.must(RAISE, values![gateway, key, finding, at]);
}

/// A finding has disappeared: a conflict if that is already known.
pub fn clear(batch: &mut Batch, gateway: GatewayId, key: &str) {
    batch.must(CLEAR, values![gateway, key]);
}

/// An administrator has seen the alarms of a gateway.
pub fn set_seen(batch: &mut Batch, gateway: GatewayId, at: Micros) {
    batch.push(SEEN, values![gateway, at]);
}

/// Deletes all facts about a gateway, and its alarms.
pub fn delete_all(batch: &mut Batch, gateway: GatewayId) {
    batch.push(FORGET_ALL, values![gateway]);
    batch.push(FORGET_ALARMS, values![gateway]);
}

/// Messages of one Page that failed for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedSends {
    /// Meta's Page id.
    pub page: String,
    /// Why; None if that is not known.
    pub failure: Option<Failure>,
    /// The number.
    pub count: i64,
    /// When the last of them was written.
    pub last_at: Micros,
}

/// A message that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedSend {
    /// The message.
    pub message: MessageId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// Why; None if that is not known.
    pub failure: Option<Failure>,
}

/// Messages of one Page that are waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingSends {
    /// Meta's Page id.
    pub page: String,
    /// The number.
    pub count: i64,
    /// When the first of them is tried again.
    pub until: Micros,
    /// Why they are waiting.
    pub failure: Option<Failure>,
}

fn failed_sends(row: &Row) -> FailedSends {
    FailedSends { page: row.text(0), failure: row.json(1), count: row.int(2), last_at: Micros(row.int(3)) }
}

fn waiting_sends(row: &Row) -> WaitingSends {
    WaitingSends { page: row.text(0), count: row.int(1), until: Micros(row.int(2)), failure: row.json(3) }
}

/// Messages of one Page that failed since a moment, in the order in which they were written.
pub async fn failed_of_page(
    store: &Store,
    gateway: GatewayId,
    page: &str,
    since: Micros,
) -> Result<Vec<FailedSend>, Error> {
    let rows = store.rows(FAILED_OF_PAGE, values![gateway, page, since]).await?;
    let failed = |row: &Row| FailedSend {
        message: MessageId(row.int(0)),
        conversation: ConversationId(row.int(1)),
        failure: row.json(2),
    };
    Ok(rows.iter().map(failed).collect())
}

/// Everything that the health report of a gateway is built from.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The gateway; None if it was deleted.
    pub gateway: Option<Gateway>,
    /// Its Pages, by name.
    pub pages: Vec<Account>,
    /// Every access to them.
    pub access: Vec<Access>,
    /// The stored facts.
    pub facts: Vec<Fact>,
    /// Messages that failed, by Page and reason, the most frequent first.
    pub failed: Vec<FailedSends>,
    /// Messages that are waiting, by Page.
    pub waiting: Vec<WaitingSends>,
    /// Active alarms, oldest first.
    pub alarms: Vec<Alarm>,
    /// Outgoing webhooks of the installation.
    pub webhooks: Vec<Webhook>,
    /// When something was last received and sent.
    pub activity: Activity,
}

/// Reads a snapshot: failed messages since a moment, waiting ones as of `now`.
pub async fn snapshot(
    store: &Store,
    gateway: GatewayId,
    failed_since: Micros,
    now: Micros,
) -> Result<Snapshot, Error> {
    let answers = store
        .ask(vec![
            (gateway::BY_ID, values![gateway]),
            (account::OF_GATEWAY, values![gateway, "", "", 1_000_i64]),
            (account_access::ACCESS, values![gateway]),
            (FACTS, values![gateway]),
            (FAILED_SENDS, values![gateway, failed_since]),
            (WAITING, values![gateway, now]),
            (ALARMS, values![gateway]),
            (webhook::LIST, values![]),
            (activity::OF_ACCOUNTS, values![gateway]),
            (activity::OF_GATEWAYS, values![gateway]),
        ])
        .await?;
    Ok(Snapshot {
        gateway: answers[0].first().map(gateway::from_row),
        pages: answers[1].iter().map(account::from_row).collect(),
        access: answers[2].iter().map(account_access::from_row).collect(),
        facts: answers[3].iter().map(fact).collect(),
        failed: answers[4].iter().map(failed_sends).collect(),
        waiting: answers[5].iter().map(waiting_sends).collect(),
        alarms: answers[6].iter().map(alarm).collect(),
        webhooks: answers[7].iter().map(webhook::from_row).collect(),
        activity: Activity::from_rows(&answers[8], &answers[9]),
    })
}
