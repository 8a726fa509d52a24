//! What the watch over gateways remembers: facts between two looks, alarms that are out, and what it counts.

use domain::id::GatewayId;
use domain::time::Micros;

use crate::batch::statements;
use crate::{Batch, Error, Row, Store, values};

statements! {
    /// Something happened; what was counted more than a day ago counts no longer.
    NOTE = "INSERT INTO health_fact (gateway_id, page_id, name, at, times, word) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (gateway_id, page_id, name) DO UPDATE SET times = CASE WHEN health_fact.at + 86400000000 < excluded.at
        THEN excluded.times ELSE health_fact.times + excluded.times END, at = excluded.at, word = excluded.word";
    /// It is over.
    FORGET = "DELETE FROM health_fact WHERE gateway_id = $1 AND page_id = $2 AND name = $3";
    /// All that is remembered of a gateway.
    FACTS = "SELECT page_id, name, at, times, word FROM health_fact WHERE gateway_id = $1 ORDER BY page_id, name";
    /// When somebody last had a reason to look at each gateway.
    WORRIES = "SELECT gateway_id, max(at) FROM health_fact WHERE name = 'worry' GROUP BY gateway_id";
    /// A gateway is gone, and what was remembered of it.
    FORGET_ALL = "DELETE FROM health_fact WHERE gateway_id = $1";
    /// So are its alarms.
    FORGET_ALARMS = "DELETE FROM alarm WHERE gateway_id = $1";

    /// Alarms that are out, oldest first.
    ALARMS = "SELECT key, finding, since, seen_at FROM alarm WHERE gateway_id = $1 ORDER BY since, key";
    /// A finding appeared.
    RAISE = "INSERT INTO alarm (gateway_id, key, finding, since) VALUES ($1, $2, $3, $4)";
    /// It is gone.
    CLEAR = "DELETE FROM alarm WHERE gateway_id = $1 AND key = $2";
    /// An administrator has seen them.
    SEEN = "UPDATE alarm SET seen_at = $2 WHERE gateway_id = $1 AND seen_at IS NULL";

    /// Messages of the time since $2 that did not leave, by Page and reason.
    FAILED_SENDS = "SELECT c.page_id, m.error, count(*), max(m.at) FROM message m JOIN conversation c ON c.id = m.conversation_id
        WHERE m.status = 'failed' AND m.direction = 'out' AND m.at > $2 AND c.gateway_id = $1
        GROUP BY c.page_id, m.error ORDER BY count(*) DESC, c.page_id LIMIT 200";
    /// The same of one Page, one by one, in the order in which they were said.
    FAILED_OF_PAGE = "SELECT m.id, m.conversation_id, m.error FROM message m JOIN conversation c ON c.id = m.conversation_id
        WHERE m.status = 'failed' AND m.direction = 'out' AND m.at > $3 AND c.gateway_id = $1 AND c.page_id = $2
        ORDER BY m.at, m.id LIMIT 200";
    /// Messages that wait for something, by Page: how many, until when, and why.
    WAITING = "SELECT page_id, count(*), min(next_at), max(error) FROM outbox WHERE gateway_id = $1 AND state = 'queued'
        AND error IS NOT NULL AND next_at > $2 GROUP BY page_id ORDER BY page_id";
}

/// Something that is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The Page, or empty for the gateway itself.
    pub page: String,
    /// What.
    pub name: String,
    /// When last.
    pub at: Micros,
    /// How often, within a day of each other.
    pub times: i64,
    /// A word about it.
    pub word: String,
}

/// A fact from its columns.
pub fn fact(row: &Row) -> Fact {
    Fact { page: row.text(0), name: row.text(1), at: Micros(row.int(2)), times: row.int(3), word: row.text(4) }
}

/// Notes that something happened, once.
pub fn note(batch: &mut Batch, gateway: GatewayId, page: &str, name: &str, at: Micros, word: &str) {
    batch.push(NOTE, values![gateway, page, name, at, 1_i64, word]);
}

/// All that is remembered of a gateway.
pub async fn facts(store: &Store, gateway: GatewayId) -> Result<Vec<Fact>, Error> {
    Ok(store.rows(FACTS, values![gateway]).await?.iter().map(fact).collect())
}

/// An alarm that is out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// What it is known by: the same as long as it stays.
    pub key: String,
    /// The finding as it appeared, as JSON.
    pub finding: String,
    /// Since when.
    pub since: Micros,
    /// When an administrator saw it.
    pub seen_at: Option<Micros>,
}

/// An alarm from its columns.
pub fn alarm(row: &Row) -> Alarm {
    Alarm {
        key: row.text(0),
        finding: row.text(1),
        since: Micros(row.int(2)),
        seen_at: row.opt_int(3).map(Micros),
    }
}
