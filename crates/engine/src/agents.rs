//! Agents: their skills, capacity and status.

use std::collections::{BTreeMap, BTreeSet};

use domain::agent::{Agent, Reason, Status};
use domain::audit_detail::AuditDetail;
use domain::channel::Channel;
use domain::id::{QueueId, TeamId, UserId};
use domain::service::AgentSkill;
use domain::time::Micros;
use serde::Deserialize;
use store::table::agent::{self, AgentEdit, StatusChange};
use store::table::named::{self, Kind};
use store::table::pause_cause::PauseCause;
use store::table::queue;
use store::{Batch, CommitError};
use utoipa::ToSchema;

use crate::audit::act_by;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fields::{Fields, fresh, sent};
use crate::pause_causes;
use crate::release;
use crate::view::{self, AgentSkillView, AgentView, StatusView};

/// Changes of an agent. Omitted fields are not changed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AgentChange)]
pub struct AgentChange {
    /// Their team; null for none.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<String>)]
    pub team_id: Option<Option<TeamId>>,
    /// All their skills.
    pub skills: Option<Vec<AgentSkillView>>,
    /// How many conversations they can hold at once: 1 to 100.
    pub capacity: Option<i64>,
    /// The limit per channel: 0 to 100. Channels that are not listed have no separate limit.
    pub capacity_by_channel: Option<BTreeMap<String, i64>>,
    /// The queues that they serve by name.
    #[schema(value_type = Option<Vec<String>>)]
    pub queues: Option<Vec<QueueId>>,
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
    let directory = app.directory();
    Ok(agent::list(&app.store).await?.iter().map(|it| view::agent(&directory, it)).collect())
}

/// One agent.
pub async fn one(app: &Engine, id: UserId) -> Result<AgentView> {
    Ok(view::agent(&app.directory(), &stored(app, id).await?))
}

/// Changes an agent's skills, capacity, and the queues that they serve by name.
pub async fn update(app: &Engine, by: UserId, id: UserId, change: AgentChange) -> Result<AgentView> {
    let current = stored(app, id).await?;
    let shown = view::agent(&app.directory(), &current);
    fresh(change.version, current.version, &shown)?;
    let version = change.version;
    let served = shown.queues;
    let serves = change.queues.clone().unwrap_or_else(|| served.clone());
    let edit = checked(app, &current, change).await?;
    let at = app.clock.now();
    let mut batch = Batch::new();
    agent::update(&mut batch, id, &edit, version, at);
    for queue in serves.iter().filter(|queue| !served.contains(queue)).collect::<BTreeSet<_>>() {
        queue::set_member(&mut batch, *queue, id, true, at);
    }
    for queue in served.iter().filter(|queue| !serves.contains(queue)) {
        queue::set_member(&mut batch, *queue, id, false, at);
    }
    let detail = AuditDetail::Capacity { capacity: edit.capacity };
    act_by(app, &mut batch, Some(by), "agent.update", format!("user {id}"), detail);
    match app.store.commit(batch).await {
        Ok(_) => {}
        Err(CommitError::Conflict) => return Err(Error::stale(&one(app, id).await?)),
        Err(error) => return Err(error.into()),
    }
    app.reload().await?;
    one(app, id).await
}

/// The changed agent; an error names each invalid field.
async fn checked(app: &Engine, current: &Agent, change: AgentChange) -> Result<AgentEdit> {
    let mut fields = Fields::default();
    let mut edit = AgentEdit {
        capacity: change.capacity.unwrap_or(current.capacity),
        capacity_by_channel: current.capacity_by_channel.clone(),
        qualifications: current.qualifications.clone(),
    };
    fields.between("/capacity", edit.capacity, 1, 100);
    if let Some(by_channel) = change.capacity_by_channel {
        edit.capacity_by_channel = channels(app, &mut fields, by_channel);
    }
    if let Some(team) = change.team_id {
        let teams = named::list(&app.store, Kind::Team).await?;
        if team.is_some_and(|team| !teams.iter().any(|known| known.id == team.0)) {
            fields.bad("/team_id", "There is no such team.");
        }
        edit.qualifications.team = team;
    }
    if let Some(skills) = change.skills {
        let known = named::list(&app.store, Kind::Skill).await?;
        for (index, AgentSkillView { skill_id, level }) in skills.iter().enumerate() {
            if !known.iter().any(|known| known.id == skill_id.0) {
                fields.bad(&format!("/skills/{index}/skill_id"), "There is no such skill.");
            } else if skills[..index].iter().any(|before| before.skill_id == *skill_id) {
                fields.bad(&format!("/skills/{index}/skill_id"), "This skill is listed already.");
            }
            fields.between(&format!("/skills/{index}/level"), *level, 1, 100);
        }
        edit.qualifications.skills = skills.into_iter().map(AgentSkill::from).collect();
    }
    let directory = app.directory();
    for (index, id) in change.queues.iter().flatten().enumerate() {
        match directory.queue(*id) {
            Some(queue) if queue.is_isolated() => fields.bad(
                &format!("/queues/{index}"),
                "This queue is isolated: who serves it was set when it was made.",
            ),
            Some(_) => {}
            None => fields.bad(&format!("/queues/{index}"), "There is no such queue."),
        }
    }
    fields.done()?;
    Ok(edit)
}

fn channels(app: &Engine, fields: &mut Fields, sent: BTreeMap<String, i64>) -> BTreeMap<Channel, i64> {
    let mut limits = BTreeMap::new();
    for (name, limit) in sent {
        let pointer = format!("/capacity_by_channel/{name}");
        let known = Channel::parse(&name).filter(|channel| app.channels.get(*channel).is_some());
        match known {
            Some(channel) => {
                fields.between(&pointer, limit, 0, 100);
                limits.insert(channel, limit);
            }
            None => fields.bad(&pointer, "There is no such channel."),
        }
    }
    limits
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

/// Sets an agent's status. When the agent goes away, the signal notifies routing, which withdraws their offers.
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
        Some(cause) => Some(pause_causes::find(app, &cause).await?),
    };
    let current = agent::by_id(&app.store, id).await?.ok_or_else(no_agent)?;
    if !current.active {
        return Err(Error::conflict(format!("{} cannot sign in: activate the user first.", current.name)));
    }
    let status = wish.status;
    // Setting the same status again changes nothing: neither the time nor the place among the idle agents.
    if current.status == status
        && current.cause.as_deref() == cause.as_ref().map(|cause| &*cause.name)
        && (wish.status == Status::Online || current.reason == Some(reason))
    {
        return Ok(view::status(&current));
    }
    let at = app.clock.now();
    let limit_at = match &cause {
        Some(cause) => limit_at(app, id, cause, at, by.is_some()).await?,
        None => None,
    };
    let cause = cause.map(|cause| cause.name);
    let streamed = if app.presence.streams(id) > 0 {
        Some(true)
    } else if by.is_some() || status == Status::Offline {
        None
    } else {
        // Set by a program, which needs no browser.
        Some(false)
    };
    let mut batch = Batch::new();
    agent::set_status(&mut batch, id, &StatusChange { status, cause, limit_at, reason, by, streamed }, at);
    app.store.commit(batch).await?;
    app.reload_agents().await?;
    if status == Status::Offline {
        release::stop_helping(app, id).await?;
    }
    let after = agent::by_id(&app.store, id).await?.ok_or_else(no_agent)?;
    Ok(view::status(&after))
}

/// When the daily limit of a pause that begins at `at` is used up; None without a limit. What is used up already may refuse the pause, but
/// not that of a supervisor.
async fn limit_at(
    app: &Engine,
    user: UserId,
    cause: &PauseCause,
    at: Micros,
    supervised: bool,
) -> Result<Option<Micros>> {
    let Some(limit) = cause.limit else { return Ok(None) };
    let used = pause_causes::used_today(app, user, &cause.name).await?;
    if limit.refuses && limit.left(used) == 0 && !supervised {
        return Err(Error::conflict(format!(
            "You have used up today's {} minutes for \"{}\". Choose another reason, or ask your supervisor.",
            limit.minutes, cause.name
        )));
    }
    Ok(Some(limit.ends_at(used, at, app.today())))
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
    Ok(release::stop_helping(app, user).await?)
}

fn no_agent() -> Error {
    Error::conflict("Only agents have a status: an administrator can let this user take chats.")
}
