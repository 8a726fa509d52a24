//! Agents and queues, as in responses and events.

use std::collections::BTreeMap;

use domain::agent::{Agent, Reason, Status};
use domain::channel::Channel;
use domain::id::{QueueId, SkillId, TeamId, UserId};
use domain::service::AgentSkill;
use serde::{Deserialize, Serialize};
use store::table::conversation;
use utoipa::ToSchema;

use super::{Named, time};
use crate::clock::rfc3339;
use crate::directory::Directory;
use crate::engine::Engine;

/// Whether an agent takes conversations.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatusView {
    /// Whether they take conversations.
    pub status: Status,
    /// Why the agent is on a break.
    pub cause: Option<String>,
    /// When the daily limit of that cause is used up; null without a limit.
    pub limit_at: Option<String>,
    /// Since when they have this status.
    pub since: String,
    /// Why they have this status, if that is known.
    pub reason: Option<Reason>,
    /// The supervisor or administrator who set it; null if the agent did, or Deskbell.
    pub by: Option<Named>,
}

/// An agent's status as in responses and events.
pub fn status(agent: &Agent) -> StatusView {
    StatusView {
        status: agent.status,
        cause: agent.cause.clone(),
        limit_at: agent.limit_at.map(rfc3339),
        since: rfc3339(agent.since),
        reason: agent.reason,
        by: agent.set_by.as_ref().map(|(user, name)| Named { id: user.to_string(), name: name.clone() }),
    }
}

/// A skill of an agent.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AgentSkill)]
pub struct AgentSkillView {
    #[schema(value_type = String)]
    pub skill_id: SkillId,
    /// The level: 1 to 100.
    pub level: i64,
}

impl From<AgentSkill> for AgentSkillView {
    fn from(AgentSkill { skill, level }: AgentSkill) -> Self {
        Self { skill_id: skill, level }
    }
}

impl From<AgentSkillView> for AgentSkill {
    fn from(AgentSkillView { skill_id, level }: AgentSkillView) -> Self {
        Self { skill: skill_id, level }
    }
}

/// An agent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AgentView {
    /// The agent's id, which is the user's.
    #[schema(value_type = String)]
    pub id: UserId,
    /// The user.
    #[schema(value_type = String)]
    pub user_id: UserId,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// Whether they may sign in.
    pub active: bool,
    /// Whether they take conversations.
    #[serde(flatten)]
    pub status: StatusView,
    /// Their team.
    #[schema(value_type = Option<String>)]
    pub team_id: Option<TeamId>,
    /// Their skills.
    pub skills: Vec<AgentSkillView>,
    /// How many conversations they can hold at once.
    pub capacity: i64,
    /// The limit per channel; channels that are not listed have no separate limit.
    #[schema(value_type = BTreeMap<String, i64>)]
    pub capacity_by_channel: BTreeMap<Channel, i64>,
    /// The queues that they serve by name. They may serve more with their team, and those that every agent serves.
    #[schema(value_type = Vec<String>)]
    pub queues: Vec<QueueId>,
    /// How many conversations they hold.
    pub open_conversations: i64,
    /// Whether it is a guest, who cannot get customers.
    pub guest: bool,
    /// Increases with each edit.
    pub version: i64,
}

/// An agent as in responses and events.
pub fn agent(directory: &Directory, agent: &Agent) -> AgentView {
    let skills = agent.qualifications.skills.iter().map(|known| AgentSkillView::from(*known));
    let queues =
        directory.queues.iter().filter(|it| !it.is_isolated() && it.service.members.contains(&agent.user));
    AgentView {
        id: agent.user,
        user_id: agent.user,
        name: agent.name.clone(),
        email: agent.email.clone(),
        active: agent.active,
        status: status(agent),
        team_id: agent.qualifications.team,
        skills: skills.collect(),
        capacity: agent.capacity,
        capacity_by_channel: agent.capacity_by_channel.clone(),
        queues: queues.map(|queue| queue.id).collect(),
        open_conversations: agent.open,
        guest: agent.role == domain::role::Role::Guest,
        version: agent.version,
    }
}

/// The current numbers of a queue.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QueueLoad {
    /// Its id.
    #[schema(value_type = String)]
    pub id: QueueId,
    /// Its name.
    pub name: String,
    /// The number of waiting customers.
    pub waiting: i64,
    /// Since when the first of them has been waiting.
    pub oldest_since: Option<String>,
    /// The number of its agents who are online.
    pub online_agents: usize,
}

/// The load of every queue.
pub async fn queue_loads(app: &Engine) -> Result<Vec<QueueLoad>, store::Error> {
    let (directory, roster) = (app.directory(), app.roster());
    let counts = conversation::waiting_counts(&app.store).await?;
    Ok(directory
        .queues
        .iter()
        .map(|queue| {
            let waiting = counts.get(&queue.id).copied().unwrap_or_default();
            QueueLoad {
                id: queue.id,
                name: queue.name.clone(),
                waiting: waiting.count,
                oldest_since: time(waiting.oldest_since),
                online_agents: roster.online(queue),
            }
        })
        .collect())
}
