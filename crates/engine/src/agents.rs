//! Agents: how much they take at once, and whether they take anything.

use domain::agent::{Agent, Reason, Status};
use domain::audit_detail::AuditDetail;
use domain::id::UserId;
use serde::Deserialize;
use store::table::agent::{self, StatusChange};
use store::{Batch, CommitError};
use utoipa::ToSchema;

use crate::audit::act_by;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fields::{Fields, fresh};
use crate::pause_causes;
use crate::view::{self, AgentView, StatusView};

/// Changes of an agent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AgentChange)]
pub struct AgentChange {
    /// How many conversations at once: 1 to 100.
    pub capacity: Option<i64>,
    pub version: Option<i64>,
}

/// The new status.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewStatus)]
pub struct NewStatus {
    pub status: Status,
    /// The name (or id) of a pause cause; only with `pause`.
    pub cause: Option<String>,
}

async fn stored(app: &Engine, id: UserId) -> Result<Agent> {
    agent::by_id(&app.store, id).await?.ok_or_else(|| Error::NotFound("agent"))
}

/// All agents, by name.
pub async fn all(app: &Engine) -> Result<Vec<AgentView>> {
    Ok(agent::list(&app.store).await?.iter().map(view::agent).collect())
}

/// One agent.
pub async fn one(app: &Engine, id: UserId) -> Result<AgentView> {
    Ok(view::agent(&stored(app, id).await?))
}

/// Changes how many conversations an agent takes at once.
pub async fn update(app: &Engine, by: UserId, id: UserId, change: AgentChange) -> Result<AgentView> {
    let current = stored(app, id).await?;
    fresh(change.version, current.version, &view::agent(&current))?;
    let capacity = change.capacity.unwrap_or(current.capacity);
    let mut fields = Fields::default();
    fields.between("/capacity", capacity, 1, 100);
    fields.done()?;
    let mut batch = Batch::new();
    agent::set_capacity(&mut batch, id, capacity, change.version, app.clock.now());
    act_by(app, &mut batch, Some(by), "agent.update", format!("user {id}"), AuditDetail::Capacity { capacity });
    match app.store.commit(batch).await {
        Ok(_) => {}
        Err(CommitError::Conflict) => return Err(Error::stale(&one(app, id).await?)),
        Err(error) => return Err(error.into()),
    }
    app.reload().await?;
    one(app, id).await
}

/// Sets the status of another agent.
pub async fn set_status_of(app: &Engine, by: UserId, id: UserId, wish: NewStatus) -> Result<StatusView> {
    stored(app, id).await?;
    set_status(app, id, wish, Reason::Supervisor, Some(by)).await
}

/// Sets one's own status, by the Call Center switch.
pub async fn set_own_status(app: &Engine, id: UserId, wish: NewStatus) -> Result<StatusView> {
    set_status(app, id, wish, Reason::Chosen, None).await
}

/// Sets an agent's status. Going away lets offers move on: the signal wakes routing, which withdraws them.
async fn set_status(
    app: &Engine,
    id: UserId,
    wish: NewStatus,
    reason: Reason,
    by: Option<UserId>,
) -> Result<StatusView> {
    let cause = match wish.cause.filter(|cause| !cause.is_empty()) {
        None => None,
        Some(_) if wish.status != Status::Pause => {
            return Err(Error::field("/cause", "A cause belongs to a pause: leave it out."));
        }
        Some(cause) => {
            let known = pause_causes::all(app).await?.into_iter().find(|one| one.name == cause || one.id == cause);
            let known = known.ok_or_else(|| Error::field("/cause", "There is no such pause cause."))?;
            Some(known.name)
        }
    };
    let current = agent::by_id(&app.store, id).await?.ok_or_else(no_agent)?;
    if !current.active {
        return Err(Error::conflict(format!("{} cannot sign in: activate the user first.", current.name)));
    }
    let status = wish.status;
    // Said twice it changes nothing: neither the time nor the place among those who wait for work.
    if current.status == status
        && current.cause == cause
        && (wish.status == Status::Online || current.reason == Some(reason))
    {
        return Ok(view::status(&current));
    }
    let at = app.clock.now();
    let streamed = if app.presence.streams(id) > 0 {
        Some(true)
    } else if by.is_some() || status == Status::Offline {
        None
    } else {
        // By a program that needs no browser.
        Some(false)
    };
    let mut batch = Batch::new();
    agent::set_status(&mut batch, id, &StatusChange { status, cause, reason, by, streamed }, at);
    app.store.commit(batch).await?;
    app.reload_agents().await?;
    let after = agent::by_id(&app.store, id).await?.ok_or_else(no_agent)?;
    Ok(view::status(&after))
}

/// An agent who signed out takes no chats.
pub async fn sign_out(app: &Engine, user: UserId) -> Result<()> {
    let Some(known) = agent::by_id(&app.store, user).await? else { return Ok(()) };
    if known.status == Status::Offline {
        return Ok(());
    }
    let at = app.clock.now();
    let mut batch = Batch::new();
    agent::set_status(&mut batch, user, &StatusChange::offline(Reason::SignedOut, None), at);
    app.store.commit(batch).await?;
    app.reload_agents().await?;
    Ok(())
}

fn no_agent() -> Error {
    Error::conflict("Only agents have a status: an administrator can let this user take chats.")
}
