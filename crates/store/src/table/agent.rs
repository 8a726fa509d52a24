//! Agents: whether they take chats, and how many.

use domain::decision::AgentEffect;
use domain::id::UserId;
use domain::time::Micros;

use crate::batch::statements;
use crate::{Batch, Bell, Error, Row, Store, table::event, values};

macro_rules! columns {
    () => {
        "u.id, u.name, u.email, u.active, a.status, a.cause, a.since, a.reason, a.capacity, a.idle_since, a.missed, \
         a.streamed, a.lost_at, a.version,
         (SELECT count(*) FROM conversation c WHERE c.agent_id = u.id AND c.state IN ('active', 'wrap_up')),
         CASE WHEN u.role = 'reviewer' THEN 1 ELSE 0 END"
    };
}

statements! {
    /// Everybody who is an agent.
    LIST = concat!("SELECT ", columns!(), " FROM agent a JOIN account u ON u.id = a.user_id WHERE u.is_agent = 1 ORDER BY u.name, u.id");
    /// One agent.
    BY_ID = concat!("SELECT ", columns!(), " FROM agent a JOIN account u ON u.id = a.user_id WHERE u.id = $1 AND u.is_agent = 1");
    /// Makes a user an agent; one who was keeps what they had.
    INSERT = "INSERT INTO agent (user_id, status, cause, since, reason, capacity, idle_since, missed, streamed, lost_at, version)
        VALUES ($1, 'offline', NULL, $2, NULL, 5, $2, 0, 0, NULL, 1) ON CONFLICT (user_id) DO NOTHING";
    /// Sets the status. $6: whether an event stream is open, so that its loss means something.
    SET_STATUS = "UPDATE agent SET status = $2, cause = $3, since = $4, reason = $5, streamed = $6, missed = 0, lost_at = NULL,
        idle_since = CASE WHEN $2 = 'online' THEN $4 ELSE idle_since END WHERE user_id = $1";
    /// A stream opened while online: from now on its loss counts.
    STREAMED = "UPDATE agent SET streamed = 1 WHERE user_id = $1 AND status <> 'offline'";
    /// The browser is lost.
    LOST = "UPDATE agent SET lost_at = $2, status = 'offline', cause = NULL, reason = 'lost', since = $2
        WHERE user_id = $1 AND status <> 'offline'";
    /// The browser is back in time.
    BACK = "UPDATE agent SET lost_at = NULL, status = 'online', reason = 'self', since = $2, idle_since = $2, streamed = 1
        WHERE user_id = $1 AND status = 'offline' AND reason = 'lost' AND lost_at > $3";
    /// The time to come back is over.
    GIVEN_UP = "UPDATE agent SET lost_at = NULL WHERE user_id = $1 AND lost_at IS NOT NULL";
    /// Sets how many conversations at once; $3 is the version that was edited, or 0 for whichever it is.
    SET_CAPACITY = "UPDATE agent SET capacity = $2, version = version + 1 WHERE user_id = $1 AND (version = $3 OR $3 = 0)";
    /// An offer was accepted.
    ACCEPTED = "UPDATE agent SET missed = 0, idle_since = $2 WHERE user_id = $1";
    /// An offer was missed; with $3 in a row the agent is put on pause.
    MISSED = "UPDATE agent SET missed = missed + 1, idle_since = $2,
        since = CASE WHEN missed + 1 >= $3 AND status = 'online' THEN $2 ELSE since END,
        reason = CASE WHEN missed + 1 >= $3 AND status = 'online' THEN 'missed_offers' ELSE reason END,
        status = CASE WHEN missed + 1 >= $3 AND status = 'online' THEN 'pause' ELSE status END WHERE user_id = $1";
    /// They are shown something new, or are done with something: idle from now.
    FREED = "UPDATE agent SET idle_since = $2 WHERE user_id = $1";
    /// Whether there is an agent who was ever online: for the first-run checklist.
    ANY_ONLINE = "SELECT count(*) FROM agent WHERE status <> 'offline' OR reason IS NOT NULL";
}

/// An agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// The user.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// Whether they may sign in.
    pub active: bool,
    /// `online`, `pause` or `offline`.
    pub status: String,
    /// Why they pause.
    pub cause: Option<String>,
    /// Since when.
    pub since: Micros,
    /// Who or what put them there: `self`, `lost`, `missed_offers`, `supervisor`, `signed_out`.
    pub reason: Option<String>,
    /// How many conversations at once.
    pub capacity: i64,
    /// Since when they have had nothing new.
    pub idle_since: Micros,
    /// Offers missed in a row.
    pub missed: i64,
    /// Whether an event stream was open while they were online.
    pub streamed: bool,
    /// Since when their browser is lost, while it may come back.
    pub lost_at: Option<Micros>,
    /// Grows when an administrator edits them.
    pub version: i64,
    /// How many conversations they hold.
    pub open: i64,
    /// Whether they are an App Review's reviewer, who serves its queue only.
    pub reviewer: bool,
}

/// An agent from its columns.
pub fn from_row(row: &Row) -> Agent {
    Agent {
        user: UserId(row.int(0)),
        name: row.text(1),
        email: row.text(2),
        active: row.flag(3),
        status: row.text(4),
        cause: row.opt_text(5),
        since: Micros(row.int(6)),
        reason: row.opt_text(7),
        capacity: row.int(8),
        idle_since: Micros(row.int(9)),
        missed: row.int(10),
        streamed: row.flag(11),
        lost_at: row.opt_int(12).map(Micros),
        version: row.int(13),
        open: row.int(14),
        reviewer: row.flag(15),
    }
}

/// Everybody who is an agent.
pub async fn list(store: &Store) -> Result<Vec<Agent>, Error> {
    Ok(store.rows(LIST, values![]).await?.iter().map(from_row).collect())
}

/// One agent.
pub async fn by_id(store: &Store, user: UserId) -> Result<Option<Agent>, Error> {
    Ok(store.row(BY_ID, values![user]).await?.as_ref().map(from_row))
}

/// Adds what changed about an agent to the bus, and wakes routing.
pub fn announce(batch: &mut Batch, user: UserId, at: Micros) {
    event::insert(batch, "agent", None, Some(user.0), "", at);
    batch.ring(Bell::Routing);
}

/// What a turn means for an agent.
pub(crate) fn apply(batch: &mut Batch, effect: AgentEffect, at: Micros) {
    let user = match effect {
        // Routing itself does this: nobody needs to be told.
        AgentEffect::Offered(user) => {
            batch.push(FREED, values![user, at]);
            return;
        }
        AgentEffect::Accepted(user) => {
            batch.push(ACCEPTED, values![user, at]);
            user
        }
        AgentEffect::Missed { agent, limit } => {
            batch.push(MISSED, values![agent, at, limit]);
            agent
        }
        AgentEffect::Freed(user) => {
            batch.push(FREED, values![user, at]);
            user
        }
    };
    announce(batch, user, at);
}
