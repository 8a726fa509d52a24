//! Queues and who serves them.

use std::sync::Arc;

use domain::id::{QueueId, SkillId, TeamId, UserId};
use domain::queue::QueueSettings;
use domain::service::{Service, SkillNeed};
use domain::time::Micros;

use super::event::{self, Event};
use crate::batch::statements;
use crate::json::json;
use crate::text::fold;
use crate::{Batch, Error, Row, Signal, Store, values};

statements! {
    /// Every queue; oldest first, which is the default queue.
    LIST = "SELECT id, name, settings, all_agents, isolated, version FROM queue ORDER BY id";
    /// The agents who serve queues by name.
    MEMBERS = "SELECT queue_id, user_id FROM queue_agent ORDER BY queue_id, user_id";
    /// The teams that serve queues.
    TEAMS = "SELECT queue_id, team_id FROM queue_team ORDER BY queue_id, team_id";
    /// The skills that queues require.
    SKILLS = "SELECT queue_id, skill_id, min_level, relax_after_seconds FROM queue_skill ORDER BY queue_id, skill_id";
    /// Adds a queue.
    INSERT = "INSERT INTO queue (id, name, name_folded, settings, all_agents, isolated, version) VALUES ($1, $2, $6, $3, $4, $5, 1)";
    /// Changes one; $5 is the expected version, or 0 for any.
    UPDATE = "UPDATE queue SET name = $2, name_folded = $6, settings = $3, all_agents = $4, version = version + 1
        WHERE id = $1 AND (version = $5 OR $5 = 0)";
    /// Removes one that no conversation or entry point uses, unless it is the last for customers.
    DELETE = "DELETE FROM queue WHERE id = $1 AND EXISTS (SELECT 1 FROM queue o WHERE o.id <> $1 AND o.isolated = 0)
        AND NOT EXISTS (SELECT 1 FROM entry_point e WHERE e.queue_id = $1)
        AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.queue_id = $1 AND c.state <> 'closed')";
    /// Removes all agents by name.
    CLEAR_MEMBERS = "DELETE FROM queue_agent WHERE queue_id = $1";
    /// Removes all teams.
    CLEAR_TEAMS = "DELETE FROM queue_team WHERE queue_id = $1";
    /// Removes all skills.
    CLEAR_SKILLS = "DELETE FROM queue_skill WHERE queue_id = $1";
    /// Removes a user from all queues.
    LEAVE_ALL = "DELETE FROM queue_agent WHERE user_id = $1";
    /// Removes a user from a queue.
    REMOVE_MEMBER = "DELETE FROM queue_agent WHERE queue_id = $1 AND user_id = $2";
    /// Adds an agent.
    ADD_MEMBER = "INSERT INTO queue_agent (queue_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    /// Adds a team.
    ADD_TEAM = "INSERT INTO queue_team (queue_id, team_id) VALUES ($1, $2)";
    /// Adds a required skill.
    ADD_SKILL = "INSERT INTO queue_skill (queue_id, skill_id, min_level, relax_after_seconds) VALUES ($1, $2, $3, $4)";
    /// Increments the version, because the agents who serve it changed.
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
    /// Its settings.
    pub settings: Arc<QueueSettings>,
    /// Who serves it.
    pub service: Service,
    /// Increases with each edit.
    pub version: i64,
}

impl Queue {
    /// Whether only entry points lead into it, and only its members see the conversations in it.
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

/// The number of open conversations that wait in a queue or came from it.
pub async fn open_conversations(store: &Store, id: QueueId) -> Result<i64, Error> {
    Ok(store.row(IN_USE, values![id]).await?.map_or(0, |row| row.int(0)))
}

/// What can be set for a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueEdit<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its settings.
    pub settings: &'a QueueSettings,
    /// Who serves it.
    pub service: &'a Service,
}

/// Adds a queue, and the event. A taken name makes the batch a duplicate.
pub fn insert(batch: &mut Batch, id: QueueId, new: QueueEdit<'_>, at: Micros) {
    let QueueEdit { name, settings, service } = new;
    batch.push(INSERT, values![id, name, json(settings), service.all_agents, service.isolated, fold(name)]);
    serve(batch, id, service, at);
}

/// Changes a queue, and adds the event; a conflict unless `version` is the current one. An isolated queue stays
/// isolated.
pub fn update(batch: &mut Batch, id: QueueId, edit: QueueEdit<'_>, version: Option<i64>, at: Micros) {
    let QueueEdit { name, settings, service } = edit;
    batch.must(UPDATE, values![id, name, json(settings), service.all_agents, version.unwrap_or(0), fold(name)]);
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

/// Adds an agent to a queue by name, or removes them.
pub fn set_member(batch: &mut Batch, id: QueueId, agent: UserId, serves: bool, at: Micros) {
    batch.push(if serves { ADD_MEMBER } else { REMOVE_MEMBER }, values![id, agent]);
    batch.push(TOUCH, values![id]);
    announce(batch, id, at);
}

/// Removes a user from all queues.
pub fn leave_all(batch: &mut Batch, user: UserId) {
    batch.push(LEAVE_ALL, values![user]);
}

/// Deletes a queue; a conflict if a conversation or an entry point uses it, or if it is the last for customers.
pub fn delete(batch: &mut Batch, id: QueueId) {
    batch.must(DELETE, values![id]);
    clear(batch, id);
}
