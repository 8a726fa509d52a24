//! Queues and who serves them.

use domain::id::{QueueId, UserId};
use domain::role::Role;
use domain::routing::Strategy;
use domain::time::Micros;
use domain::visibility::serves;

use super::event::{self, Event};
use crate::batch::statements;
use crate::{Batch, Error, Row, Signal, Store, values};

statements! {
    /// Every queue; the oldest first, which is the one for those that name none.
    LIST = "SELECT id, name, strategy, priority, offer_seconds, missed_limit, wrap_up_seconds, all_agents, version, isolated FROM queue ORDER BY id";
    /// Who serves queues that not everyone serves.
    MEMBERS = "SELECT queue_id, user_id FROM queue_agent ORDER BY queue_id, user_id";
    /// Adds a queue.
    INSERT = "INSERT INTO queue (id, name, strategy, priority, offer_seconds, missed_limit, wrap_up_seconds, all_agents, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)";
    /// Changes one; $9 is the version that was edited, or 0 for whichever it is.
    UPDATE = "UPDATE queue SET name = $2, strategy = $3, priority = $4, offer_seconds = $5, missed_limit = $6, wrap_up_seconds = $7,
        all_agents = $8, version = version + 1 WHERE id = $1 AND (version = $9 OR $9 = 0)";
    /// Only entry points lead into it, and only its members see what waits in it.
    ISOLATE = "UPDATE queue SET isolated = 1 WHERE id = $1";
    /// Removes one that no conversation and no entry point needs, unless it is the last for customers.
    DELETE = "DELETE FROM queue WHERE id = $1 AND EXISTS (SELECT 1 FROM queue o WHERE o.id <> $1 AND o.isolated = 0)
        AND NOT EXISTS (SELECT 1 FROM entry_point e WHERE e.queue_id = $1)
        AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.queue_id = $1 AND c.state <> 'closed')";
    /// No one serves it by name any longer.
    CLEAR_MEMBERS = "DELETE FROM queue_agent WHERE queue_id = $1";
    /// A user serves no queue by name any longer.
    LEAVE_ALL = "DELETE FROM queue_agent WHERE user_id = $1";
    /// An agent serves it.
    ADD_MEMBER = "INSERT INTO queue_agent (queue_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    /// Open conversations that wait in a queue or came from it.
    IN_USE = "SELECT count(*) FROM conversation WHERE queue_id = $1 AND state <> 'closed'";
}

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its id.
    pub id: QueueId,
    /// Its name.
    pub name: String,
    /// How an agent is chosen.
    pub strategy: Strategy,
    /// Its rank; higher goes first.
    pub priority: i64,
    /// Seconds of an offer.
    pub offer_seconds: i64,
    /// Missed offers in a row that put an agent on pause.
    pub missed_limit: i64,
    /// Seconds after a close.
    pub wrap_up_seconds: i64,
    /// Whether every agent serves it.
    pub all_agents: bool,
    /// Increases with each edit.
    pub version: i64,
    /// Whether only entry points lead into it, and only its members see what waits in it.
    pub isolated: bool,
    /// Who serves it by name.
    pub members: Vec<UserId>,
}

impl Queue {
    /// Whether an agent serves it.
    pub fn is_served_by(&self, user: UserId, role: Role) -> bool {
        serves(role, self.isolated, self.all_agents, self.members.contains(&user))
    }
}

fn from_row(row: &Row) -> Queue {
    Queue {
        id: QueueId(row.int(0)),
        name: row.text(1),
        strategy: Strategy::from_word(&row.text(2)).unwrap_or_default(),
        priority: row.int(3),
        offer_seconds: row.int(4),
        missed_limit: row.int(5),
        wrap_up_seconds: row.int(6),
        all_agents: row.flag(7),
        version: row.int(8),
        isolated: row.flag(9),
        members: Vec::new(),
    }
}

/// Every queue with those who serve it.
pub async fn list(store: &Store) -> Result<Vec<Queue>, Error> {
    let answers = store.ask(vec![(LIST, values![]), (MEMBERS, values![])]).await?;
    let mut queues: Vec<Queue> = answers[0].iter().map(from_row).collect();
    for row in &answers[1] {
        if let Some(queue) = queues.iter_mut().find(|queue| queue.id.0 == row.int(0)) {
            queue.members.push(UserId(row.int(1)));
        }
    }
    Ok(queues)
}

/// How many open conversations wait in a queue or came from it.
pub async fn open_conversations(store: &Store, id: QueueId) -> Result<i64, Error> {
    Ok(store.row(IN_USE, values![id]).await?.map_or(0, |row| row.int(0)))
}

/// What can be set of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueEdit<'a> {
    /// Its name.
    pub name: &'a str,
    /// How an agent is chosen.
    pub strategy: Strategy,
    /// Its rank; higher goes first.
    pub priority: i64,
    /// Seconds of an offer.
    pub offer_seconds: i64,
    /// Missed offers in a row that put an agent on pause.
    pub missed_limit: i64,
    /// Seconds after a close.
    pub wrap_up_seconds: i64,
    /// Whether every agent serves it.
    pub all_agents: bool,
}

/// Adds a queue. A taken name makes the batch a duplicate.
pub fn insert(batch: &mut Batch, id: QueueId, new: &QueueEdit<'_>) {
    let (strategy, wrap_up) = (new.strategy.word(), new.wrap_up_seconds);
    let (offer, missed) = (new.offer_seconds, new.missed_limit);
    batch.push(INSERT, values![id, new.name, strategy, new.priority, offer, missed, wrap_up, new.all_agents]);
}

/// Changes a queue; a conflict unless `version` is the one that is there.
pub fn update(batch: &mut Batch, id: QueueId, edit: &QueueEdit<'_>, version: Option<i64>) {
    let (strategy, wrap_up) = (edit.strategy.word(), edit.wrap_up_seconds);
    let (offer, missed, version) = (edit.offer_seconds, edit.missed_limit, version.unwrap_or(0));
    batch.must(
        UPDATE,
        values![id, edit.name, strategy, edit.priority, offer, missed, wrap_up, edit.all_agents, version],
    );
}

/// Isolates a queue that was added in this batch.
pub fn isolate(batch: &mut Batch, id: QueueId) {
    batch.push(ISOLATE, values![id]);
}

/// Sets who serves it by name, and shows it.
pub fn set_members(batch: &mut Batch, id: QueueId, agents: &[UserId], at: Micros) {
    batch.push(CLEAR_MEMBERS, values![id]);
    for agent in agents {
        batch.push(ADD_MEMBER, values![id, *agent]);
    }
    event::add(batch, &Event::Queue(id), at);
    batch.notify(Signal::Routing);
}

/// A user serves no queue by name any longer.
pub fn leave_all(batch: &mut Batch, user: UserId) {
    batch.push(LEAVE_ALL, values![user]);
}

/// Deletes a queue; a conflict if a conversation or an entry point needs it, or if it is the last for customers.
pub fn delete(batch: &mut Batch, id: QueueId) {
    batch.must(DELETE, values![id]);
    batch.push(CLEAR_MEMBERS, values![id]);
}
