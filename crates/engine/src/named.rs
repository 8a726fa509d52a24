//! Teams and skills: groups and abilities of agents; queues refer to both. Close reasons: what agents choose from
//! when they close a conversation. As with everything that has a name of its own, two names differ by more than case
//! and spaces: the store compares them by `domain::same`.

use domain::audit_detail::AuditDetail;
use domain::id::UserId;
use domain::same::same;
use serde::{Deserialize, Serialize};
use store::table::named::{self, Kind, Named};
use store::table::{agent, queue};
use store::{Batch, CommitError};
use utoipa::ToSchema;

use crate::audit::act_by;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fields::{Fields, fresh};

/// A team, a skill or a close reason.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = NamedItem)]
pub struct NamedView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    pub version: i64,
}

impl From<Named> for NamedView {
    fn from(it: Named) -> Self {
        Self { id: it.id.to_string(), name: it.name, version: it.version }
    }
}

/// A new team, skill or close reason.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewNamedItem)]
pub struct NewNamed {
    pub name: String,
}

/// Changes of a team, skill or close reason.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NamedItemChange)]
pub struct NamedChange {
    pub name: Option<String>,
    pub version: Option<i64>,
}

/// The noun for a kind in sentences and in the audit log.
fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::Team => "team",
        Kind::Skill => "skill",
        Kind::CloseReason => "close reason",
    }
}

/// Adds an audit entry about one of a kind to its batch.
fn act(app: &Engine, batch: &mut Batch, kind: Kind, by: UserId, verb: &str, id: i64, detail: AuditDetail) {
    let noun = noun(kind);
    act_by(app, batch, Some(by), &format!("{}.{verb}", noun.replace(' ', "_")), format!("{noun} {id}"), detail);
}

/// All of a kind, by name.
pub async fn all(app: &Engine, kind: Kind) -> Result<Vec<NamedView>> {
    Ok(named::list(&app.store, kind).await?.into_iter().map(NamedView::from).collect())
}

/// One of a kind.
pub async fn one(app: &Engine, kind: Kind, id: i64) -> Result<NamedView> {
    let all = named::list(&app.store, kind).await?;
    let found = all.into_iter().find(|it| it.id == id).ok_or_else(|| Error::NotFound(noun(kind)))?;
    Ok(found.into())
}

/// Creates one.
pub async fn create(app: &Engine, kind: Kind, by: UserId, new: NewNamed) -> Result<NamedView> {
    let mut fields = Fields::default();
    let name = fields.name("/name", &new.name, 80);
    fields.done()?;
    let id = app.ids.next();
    let mut batch = Batch::new();
    named::insert(&mut batch, kind, id, &name);
    act(app, &mut batch, kind, by, "create", id, AuditDetail::named(&name));
    app.store.commit(batch).await.map_err(|error| duplicate(kind, error))?;
    one(app, kind, id).await
}

/// Renames one.
pub async fn update(app: &Engine, kind: Kind, by: UserId, id: i64, change: NamedChange) -> Result<NamedView> {
    let current = one(app, kind, id).await?;
    fresh(change.version, current.version, &current)?;
    let mut fields = Fields::default();
    let name = fields.name("/name", change.name.as_deref().unwrap_or(&current.name), 80);
    fields.done()?;
    let mut batch = Batch::new();
    named::update(&mut batch, kind, id, &name, change.version);
    let after = NamedView { name: name.clone(), ..current.clone() };
    act(app, &mut batch, kind, by, "update", id, AuditDetail::changed(&name, &current, &after));
    match app.store.commit(batch).await {
        Ok(_) => one(app, kind, id).await,
        Err(CommitError::Conflict) => Err(Error::stale(&one(app, kind, id).await?)),
        Err(error) => Err(duplicate(kind, error)),
    }
}

/// Removes one that no agent or queue uses. Conversations keep the text of a close reason.
pub async fn delete(app: &Engine, kind: Kind, by: UserId, id: i64) -> Result<()> {
    let current = one(app, kind, id).await?;
    let users = used_by(app, kind, id).await?;
    if !users.is_empty() {
        return Err(Error::conflict(format!("\"{}\" is used by {}.", current.name, users.join(", "))));
    }
    let mut batch = Batch::new();
    named::delete(&mut batch, kind, id);
    act(app, &mut batch, kind, by, "delete", id, AuditDetail::named(&current.name));
    app.store.commit(batch).await?;
    Ok(())
}

/// The queues and agents that use it.
async fn used_by(app: &Engine, kind: Kind, id: i64) -> Result<Vec<String>> {
    let (queues, agents) = (queue::list(&app.store).await?, agent::list(&app.store).await?);
    let queues = queues.into_iter().filter(|queue| match kind {
        Kind::Team => queue.service.teams.iter().any(|team| team.0 == id),
        Kind::Skill => queue.service.skills.iter().any(|need| need.skill.0 == id),
        Kind::CloseReason => false,
    });
    let agents = agents.into_iter().filter(|agent| match kind {
        Kind::Team => agent.qualifications.team.is_some_and(|team| team.0 == id),
        Kind::Skill => agent.qualifications.skills.iter().any(|known| known.skill.0 == id),
        Kind::CloseReason => false,
    });
    let queues = queues.map(|queue| format!("the queue \"{}\"", queue.name));
    Ok(queues.chain(agents.map(|agent| agent.name)).collect())
}

fn duplicate(kind: Kind, error: CommitError) -> Error {
    match error {
        CommitError::Duplicate => {
            let sentence = match kind {
                Kind::Team => "There is a team of this name already.",
                Kind::Skill => "There is a skill of this name already.",
                Kind::CloseReason => "There is a close reason of this name already.",
            };
            Error::taken("/name", sentence)
        }
        error => error.into(),
    }
}

/// The text of a close reason that is given by its id or name; any other text is used as it is.
pub async fn close_reason(app: &Engine, given: Option<String>) -> Result<Option<String>> {
    let Some(given) = given.map(|given| given.trim().to_owned()).filter(|given| !given.is_empty()) else {
        return Ok(None);
    };
    let wanted = same(&given);
    let known = named::list(&app.store, Kind::CloseReason).await?;
    let meant = known.into_iter().find(|it| it.id.to_string() == given || same(&it.name) == wanted);
    Ok(Some(meant.map_or(given, |it| it.name)))
}
