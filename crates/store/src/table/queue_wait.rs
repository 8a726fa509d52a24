//! How customers' waits in queues ended: the source of today's figures.

use std::collections::HashMap;

use domain::conversation::Conversation;
use domain::decision::WaitEvent;
use domain::id::QueueId;
use domain::time::Micros;

use crate::batch::statements;
use crate::{Batch, Error, Row, Store, values};

statements! {
    /// A wait ended with an agent, whatever was recorded before.
    ANSWERED = "INSERT INTO queue_wait (conversation_id, queued_at, queue_id, at, agent_id, due_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (conversation_id, queued_at) DO UPDATE SET queue_id = excluded.queue_id, agent_id = excluded.agent_id,
            at = CASE WHEN queue_wait.agent_id IS NULL THEN excluded.at ELSE queue_wait.at END,
            due_at = CASE WHEN queue_wait.agent_id IS NULL THEN excluded.due_at ELSE queue_wait.due_at END";
    /// A wait ended without one.
    ABANDONED = "INSERT INTO queue_wait (conversation_id, queued_at, queue_id, at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (conversation_id, queued_at) DO NOTHING";
    /// The first answer after a wait.
    RESPONDED = "UPDATE queue_wait SET responded_at = $3 WHERE conversation_id = $1 AND queued_at = $2 AND responded_at IS NULL";
    /// Waits of a conversation that is deleted.
    DELETE = "DELETE FROM queue_wait WHERE conversation_id = $1";
    /// For each queue: how many waits since $1 ended with an agent and without, how many of the former had a target,
    /// and how many of these had missed it by $2.
    SINCE = "SELECT queue_id, count(agent_id), sum(CASE WHEN agent_id IS NULL THEN 1 ELSE 0 END),
        sum(CASE WHEN agent_id IS NOT NULL AND due_at IS NOT NULL THEN 1 ELSE 0 END),
        sum(CASE WHEN agent_id IS NOT NULL AND coalesce(responded_at, $2) > due_at THEN 1 ELSE 0 END)
        FROM queue_wait WHERE at >= $1 AND queue_id IS NOT NULL GROUP BY queue_id";
    /// How long customers waited whom an agent got since $1, the latest first.
    LATELY = "SELECT queue_id, at - queued_at FROM queue_wait
        WHERE at >= $1 AND agent_id IS NOT NULL AND queue_id IS NOT NULL ORDER BY at DESC LIMIT $2";
}

/// The waits in a queue since a moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waits {
    /// Customers who got an agent.
    pub answered: i64,
    /// Customers who gave up.
    pub abandoned: i64,
    /// Of those with an agent, how many had a target for the first answer.
    pub with_target: i64,
    /// Of these, how many did not get it in time.
    pub late: i64,
}

/// The waits in each queue since a moment; queues without any are left out.
pub async fn since(store: &Store, since: Micros, now: Micros) -> Result<HashMap<QueueId, Waits>, Error> {
    let rows = store.rows(SINCE, values![since, now]).await?;
    let waits = |row: &Row| Waits {
        answered: row.int(1),
        abandoned: row.int(2),
        with_target: row.int(3),
        late: row.int(4),
    };
    Ok(rows.iter().map(|row| (QueueId(row.int(0)), waits(row))).collect())
}

/// How long customers of each queue waited for their agent since a moment, in microseconds; of all queues the latest `most`.
pub async fn lately(store: &Store, since: Micros, most: i64) -> Result<HashMap<QueueId, Vec<i64>>, Error> {
    let mut waits: HashMap<QueueId, Vec<i64>> = HashMap::new();
    for row in store.rows(LATELY, values![since, most]).await? {
        waits.entry(QueueId(row.int(0))).or_default().push(row.int(1));
    }
    Ok(waits)
}

/// Records how a wait ended.
pub(crate) fn record(batch: &mut Batch, it: &Conversation, event: WaitEvent, at: Micros) {
    let (id, queued_at) = (it.id, it.queued_at);
    match event {
        WaitEvent::Answered { agent, due_at } => {
            batch.push(ANSWERED, values![id, queued_at, it.queue, at, agent, due_at]);
        }
        WaitEvent::Responded => {
            batch.push(RESPONDED, values![id, queued_at, at]);
        }
        WaitEvent::Abandoned => {
            batch.push(ABANDONED, values![id, queued_at, it.queue, at]);
        }
    }
}
