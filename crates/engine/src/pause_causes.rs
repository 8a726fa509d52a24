//! Pause causes: what agents may choose when they take a break.

use domain::audit_detail::AuditDetail;
use domain::id::UserId;
use serde::{Deserialize, Serialize};
use store::table::pause_cause::{self, PauseCause};
use store::{Batch, CommitError};
use utoipa::ToSchema;

use crate::audit::act_by;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fields::{Fields, fresh};

/// A reason to pause.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PauseCause)]
pub struct CauseView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    pub version: i64,
}

impl From<PauseCause> for CauseView {
    fn from(it: PauseCause) -> Self {
        Self { id: it.id.to_string(), name: it.name, version: it.version }
    }
}

/// A new pause cause.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPauseCause)]
pub struct NewCause {
    pub name: String,
}

/// Changes of a pause cause.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PauseCauseChange)]
pub struct CauseChange {
    pub name: Option<String>,
    pub version: Option<i64>,
}

/// Every pause cause.
pub async fn all(app: &Engine) -> Result<Vec<CauseView>> {
    Ok(pause_cause::list(&app.store).await?.into_iter().map(CauseView::from).collect())
}

/// One pause cause.
pub async fn one(app: &Engine, id: i64) -> Result<CauseView> {
    let id = id.to_string();
    all(app).await?.into_iter().find(|cause| cause.id == id).ok_or_else(|| Error::NotFound("pause cause"))
}

/// Creates a pause cause.
pub async fn create(app: &Engine, by: UserId, new: NewCause) -> Result<CauseView> {
    let mut fields = Fields::default();
    let name = fields.name("/name", &new.name, 80);
    fields.done()?;
    let id = app.ids.next();
    let mut batch = Batch::new();
    pause_cause::insert(&mut batch, id, &name);
    act_by(
        app,
        &mut batch,
        Some(by),
        "pause_cause.create",
        format!("pause cause {id}"),
        AuditDetail::named(&name),
    );
    app.store.commit(batch).await.map_err(duplicate)?;
    one(app, id).await
}

/// Renames a pause cause. Agents who are on a break with it have the old name until they return.
pub async fn update(app: &Engine, by: UserId, id: i64, change: CauseChange) -> Result<CauseView> {
    let current = one(app, id).await?;
    fresh(change.version, current.version, &current)?;
    let mut fields = Fields::default();
    let name = fields.name("/name", change.name.as_deref().unwrap_or(&current.name), 80);
    fields.done()?;
    let mut batch = Batch::new();
    pause_cause::update(&mut batch, id, &name, change.version);
    act_by(
        app,
        &mut batch,
        Some(by),
        "pause_cause.update",
        format!("pause cause {id}"),
        AuditDetail::named(&name),
    );
    match app.store.commit(batch).await {
        Ok(_) => one(app, id).await,
        Err(CommitError::Conflict) => Err(Error::stale(&one(app, id).await?)),
        Err(error) => Err(duplicate(error)),
    }
}

/// Removes a pause cause.
pub async fn delete(app: &Engine, by: UserId, id: i64) -> Result<()> {
    let current = one(app, id).await?;
    let mut batch = Batch::new();
    pause_cause::delete(&mut batch, id);
    act_by(
        app,
        &mut batch,
        Some(by),
        "pause_cause.delete",
        format!("pause cause {id}"),
        AuditDetail::named(&current.name),
    );
    app.store.commit(batch).await?;
    Ok(())
}

fn duplicate(error: CommitError) -> Error {
    match error {
        CommitError::Duplicate => Error::taken("/name", "There is a pause cause of this name already."),
        error => error.into(),
    }
}
