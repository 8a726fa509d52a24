//! Agents and queues, as answers and events show them.

use domain::agent::{Agent, Reason, Status};
use domain::id::{QueueId, UserId};
use serde::Serialize;
use store::table::conversation;
use utoipa::ToSchema;

use super::{Named, time};
use crate::clock::rfc3339;
use crate::engine::Engine;

/// Whether an agent takes chats.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatusView {
    /// Whether they take conversations.
    pub status: Status,
    /// Why they pause.
    pub cause: Option<String>,
    /// Since when.
    pub since: String,
    /// Why they have this status, where that is known.
    pub reason: Option<Reason>,
    /// The supervisor or administrator who set it; null if the agent did, or Deskbell.
    pub by: Option<Named>,
}

/// An agent's status as answers and events show it.
pub fn status(agent: &Agent) -> StatusView {
    StatusView {
        status: agent.status,
        cause: agent.cause.clone(),
        since: rfc3339(agent.since),
        reason: agent.reason,
        by: agent.set_by.as_ref().map(|(user, name)| Named { id: user.to_string(), name: name.clone() }),
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
    /// Whether they take chats.
    #[serde(flatten)]
    pub status: StatusView,
    /// How many conversations at once.
    pub capacity: i64,
    /// How many they hold.
    pub open_conversations: i64,
    /// Whether it is a guest, who cannot get customers.
    pub guest: bool,
    /// Grows with each edit.
    pub version: i64,
}

/// An agent as answers and events show them.
pub fn agent(agent: &Agent) -> AgentView {
    AgentView {
        id: agent.user,
        user_id: agent.user,
        name: agent.name.clone(),
        email: agent.email.clone(),
        active: agent.active,
        status: status(agent),
        capacity: agent.capacity,
        open_conversations: agent.open,
        guest: agent.role == domain::role::Role::Guest,
        version: agent.version,
    }
}

/// How a queue stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QueueLoad {
    /// Its id.
    #[schema(value_type = String)]
    pub id: QueueId,
    /// Its name.
    pub name: String,
    /// How many wait.
    pub waiting: i64,
    /// Since when the first of them waits.
    pub oldest_since: Option<String>,
    /// How many agents of it are online.
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
