//! Queues and who serves them.

use std::sync::Arc;

use domain::id::{QueueId, SkillId, TeamId, UserId};
use domain::queue::QueueSettings;
use domain::service::{Service, SkillNeed};
use domain::time::Micros;

use super::event::{self, Event};
use crate::batch::statements;
use crate::json::json;
use crate::{Batch, Error, Row, Signal, Store, values};

statements! {
    /// Every queue; the oldest first, which is the one for those that name none.
    LIST = "SELECT id, name, settings, all_agents, isolated, version FROM queue ORDER BY id";
    /// Who serves queues by name.
    MEMBERS = "SELECT queue_id, user_id FROM queue_agent ORDER BY queue_id, user_id";
    /// Which teams serve queues.
    TEAMS = "SELECT queue_id, team_id FROM queue_team ORDER BY queue_id, team_id";
    /// What queues ask for.
    SKILLS = "SELECT queue_id, skill_id, min_level, relax_after_seconds FROM queue_skill ORDER BY queue_id, skill_id";
    /// Adds a queue.
    INSERT = "INSERT INTO queue (id, name, settings, all_agents, isolated, version) VALUES ($1, $2, $3, $4, $5, 1)";
    /// Changes one; $5 is the version that was edited, or 0 for whichever it is.
    UPDATE = "UPDATE queue SET name = $2, settings = $3, all_agents = $4, version = version + 1
        WHERE id = $1 AND (version = $5 OR $5 = 0)";
    /// Removes one that no conversation and no entry point needs, unless it is the last for customers.
    DELETE = "DELETE FROM queue WHERE id = $1 AND EXISTS (SELECT 1 FROM queue o WHERE o.id <> $1 AND o.isolated = 0)
        AND NOT EXISTS (SELECT 1 FROM entry_point e WHERE e.queue_id = $1)
        AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.queue_id = $1 AND c.state <> 'closed')";
    /// No one serves it by name any longer.
    CLEAR_MEMBERS = "DELETE FROM queue_agent WHERE queue_id = $1";
    /// No team serves it any longer.
    CLEAR_TEAMS = "DELETE FROM queue_team WHERE queue_id = $1";
    /// It asks for no skill any longer.
    CLEAR_SKILLS = "DELETE FROM queue_skill WHERE queue_id = $1";
    /// A user serves no queue by name any longer.
    LEAVE_ALL = "DELETE FROM queue_agent WHERE user_id = $1";
    /// A user no longer serves a queue by name.
    REMOVE_MEMBER = "DELETE FROM queue_agent WHERE queue_id = $1 AND user_id = $2";
    /// An agent serves it.
    ADD_MEMBER = "INSERT INTO queue_agent (queue_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    /// A team serves it.
    ADD_TEAM = "INSERT INTO queue_team (queue_id, team_id) VALUES ($1, $2)";
    /// It asks for a skill.
    ADD_SKILL = "INSERT INTO queue_skill (queue_id, skill_id, min_level, relax_after_seconds) VALUES ($1, $2, $3, $4)";
    /// Who serves it was changed from elsewhere.
    TOUCH = "UPDATE queue SET version = version + 1 WHERE id = $1";
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
    /// What is set of it.
    pub settings: Arc<QueueSettings>,
    /// Who serves it.
    pub service: Service,
    /// Increases with each edit.
    pub version: i64,
}

impl Queue {
    /// Whether only entry points lead into it, and only its members see what waits in it.
    pub fn is_isolated(&self) -> bool {
        self.service.isolated
    }
}

fn from_row(row: &Row) -> Queue {
    let service = Service { all_agents: row.flag(3), isolated: row.flag(4), ..Service::default() };
    Queue {
        id: QueueId(row.int(0)),
        name: row.text(1),
        settings: Arc::new(row.json(2)),
        service,
        version: row.int(5),
    }
}

/// Every queue with those who serve it.
pub async fn list(store: &Store) -> Result<Vec<Queue>, Error> {
    let asked = [LIST, MEMBERS, TEAMS, SKILLS].map(|sql| (sql, values![]));
    let answers = store.ask(asked.into()).await?;
    let mut queues: Vec<Queue> = answers[0].iter().map(from_row).collect();
    let mut each = |rows: &[Row], add: fn(&mut Service, &Row)| {
        for row in rows {
            if let Some(queue) = queues.iter_mut().find(|queue| queue.id.0 == row.int(0)) {
                add(&mut queue.service, row);
            }
        }
    };
    each(&answers[1], |service, row| service.members.push(UserId(row.int(1))));
    each(&answers[2], |service, row| service.teams.push(TeamId(row.int(1))));
    each(&answers[3], |service, row| {
        let (skill, min_level, relax_after) = (SkillId(row.int(1)), row.int(2), row.opt_int(3));
        service.skills.push(SkillNeed { skill, min_level, relax_after });
    });
    Ok(queues)
}

/// How many open conversations wait in a queue or came from it.
pub async fn open_conversations(store: &Store, id: QueueId) -> Result<i64, Error> {
    Ok(store.row(IN_USE, values![id]).await?.map_or(0, |row| row.int(0)))
}

/// What can be set of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueEdit<'a> {
    /// Its name.
    pub name: &'a str,
    /// What is set of it.
    pub settings: &'a QueueSettings,
    /// Who serves it.
    pub service: &'a Service,
}

/// Adds a queue, and shows it. A taken name makes the batch a duplicate.
pub fn insert(batch: &mut Batch, id: QueueId, new: QueueEdit<'_>, at: Micros) {
    let QueueEdit { name, settings, service } = new;
    batch.push(INSERT, values![id, name, json(settings), service.all_agents, service.isolated]);
    serve(batch, id, service, at);
}

/// Changes a queue, and shows it; a conflict unless `version` is the one that is there. What is isolated stays so.
pub fn update(batch: &mut Batch, id: QueueId, edit: QueueEdit<'_>, version: Option<i64>, at: Micros) {
    let QueueEdit { name, settings, service } = edit;
    batch.must(UPDATE, values![id, name, json(settings), service.all_agents, version.unwrap_or(0)]);
    serve(batch, id, service, at);
}

fn serve(batch: &mut Batch, id: QueueId, service: &Service, at: Micros) {
    clear(batch, id);
    for agent in &service.members {
        batch.push(ADD_MEMBER, values![id, *agent]);
    }
    for team in &service.teams {
        batch.push(ADD_TEAM, values![id, *team]);
    }
    for SkillNeed { skill, min_level, relax_after } in &service.skills {
        batch.push(ADD_SKILL, values![id, *skill, *min_level, *relax_after]);
    }
    announce(batch, id, at);
}

fn clear(batch: &mut Batch, id: QueueId) {
    for sql in [CLEAR_MEMBERS, CLEAR_TEAMS, CLEAR_SKILLS] {
        batch.push(sql, values![id]);
    }
}

fn announce(batch: &mut Batch, id: QueueId, at: Micros) {
    event::add(batch, &Event::Queue(id), at);
    batch.notify(Signal::Routing);
}

/// An agent serves a queue by name from now on, or no longer.
pub fn set_member(batch: &mut Batch, id: QueueId, agent: UserId, serves: bool, at: Micros) {
    batch.push(if serves { ADD_MEMBER } else { REMOVE_MEMBER }, values![id, agent]);
    batch.push(TOUCH, values![id]);
    announce(batch, id, at);
}

/// A user serves no queue by name any longer.
pub fn leave_all(batch: &mut Batch, user: UserId) {
    batch.push(LEAVE_ALL, values![user]);
}

/// Deletes a queue; a conflict if a conversation or an entry point needs it, or if it is the last for customers.
pub fn delete(batch: &mut Batch, id: QueueId) {
    batch.must(DELETE, values![id]);
    clear(batch, id);
}
