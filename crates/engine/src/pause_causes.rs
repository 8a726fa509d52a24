//! Pause causes: what agents may choose when they take a break, and for how long in a day.

use domain::audit_detail::AuditDetail;
use domain::id::UserId;
use domain::pause_limit::{PauseLimit, used};
use domain::time::SECOND;
use serde::{Deserialize, Serialize};
use store::table::agent;
use store::table::pause_cause::{self, PauseCause};
use store::{Batch, CommitError};
use utoipa::ToSchema;

use crate::audit::act_by;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fields::{Fields, fresh, sent};

/// A reason to pause.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PauseCause)]
pub struct CauseView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// For how long an agent may pause with it in a day; null: as long as they like.
    pub daily_minutes: Option<i64>,
    /// Whether agents cannot begin a pause with it once these minutes are used up. Otherwise that is only shown.
    pub refuses: bool,
    pub version: i64,
}

impl From<PauseCause> for CauseView {
    fn from(it: PauseCause) -> Self {
        Self {
            id: it.id.to_string(),
            name: it.name,
            daily_minutes: it.limit.map(|limit| limit.minutes),
            refuses: it.limit.is_some_and(|limit| limit.refuses),
            version: it.version,
        }
    }
}

/// A pause cause, with how long the user who asks has paused with it today.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PauseCauseToday)]
pub struct CauseToday {
    #[serde(flatten)]
    pub cause: CauseView,
    /// Pauses of today that have ended, together, in seconds; 0 without a limit.
    pub used_today_seconds: i64,
}

/// A new pause cause.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPauseCause)]
pub struct NewCause {
    pub name: String,
    /// 1 to 1,440; null or left out: no limit.
    pub daily_minutes: Option<i64>,
    #[serde(default)]
    pub refuses: bool,
}

/// Changes of a pause cause. What is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PauseCauseChange)]
pub struct CauseChange {
    pub name: Option<String>,
    /// 1 to 1,440; null: no limit.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<i64>)]
    pub daily_minutes: Option<Option<i64>>,
    pub refuses: Option<bool>,
    pub version: Option<i64>,
}

impl NewCause {
    fn checked(self) -> Result<(String, Option<PauseLimit>)> {
        let mut fields = Fields::default();
        let name = fields.name("/name", &self.name, 80);
        fields.between_if("/daily_minutes", self.daily_minutes, 1, 1_440);
        fields.done()?;
        Ok((name, self.daily_minutes.map(|minutes| PauseLimit { minutes, refuses: self.refuses })))
    }
}

/// Every pause cause.
pub async fn all(app: &Engine) -> Result<Vec<CauseView>> {
    Ok(pause_cause::list(&app.store).await?.into_iter().map(CauseView::from).collect())
}

/// Every pause cause, with how long a user has paused with it today.
pub async fn of_today(app: &Engine, user: UserId) -> Result<Vec<CauseToday>> {
    let mut causes = Vec::new();
    for cause in pause_cause::list(&app.store).await? {
        let used = if cause.limit.is_some() { used_today(app, user, &cause.name).await? } else { 0 };
        causes.push(CauseToday { cause: cause.into(), used_today_seconds: used / SECOND });
    }
    Ok(causes)
}

/// The pause cause that an id or a name means.
pub async fn find(app: &Engine, cause: &str) -> Result<PauseCause> {
    let known =
        pause_cause::list(&app.store).await?.into_iter().find(|it| it.name == cause || it.id.to_string() == cause);
    known.ok_or_else(|| Error::field("/cause", "There is no such pause cause."))
}

/// How long a user has paused with a cause today, in microseconds.
pub async fn used_today(app: &Engine, user: UserId, cause: &str) -> Result<i64> {
    let today = app.today();
    Ok(used(&agent::pauses(&app.store, user, cause, today.start).await?, today))
}

/// One pause cause.
pub async fn one(app: &Engine, id: i64) -> Result<CauseView> {
    let id = id.to_string();
    all(app).await?.into_iter().find(|cause| cause.id == id).ok_or_else(|| Error::NotFound("pause cause"))
}

/// Creates a pause cause.
pub async fn create(app: &Engine, by: UserId, new: NewCause) -> Result<CauseView> {
    let (name, limit) = new.checked()?;
    let id = app.ids.next();
    let mut batch = Batch::new();
    pause_cause::insert(&mut batch, id, &name, limit);
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

/// Changes a pause cause. Agents who are on a break with it have the old name and limit until they return.
pub async fn update(app: &Engine, by: UserId, id: i64, change: CauseChange) -> Result<CauseView> {
    let current = one(app, id).await?;
    fresh(change.version, current.version, &current)?;
    let after = NewCause {
        name: change.name.unwrap_or_else(|| current.name.clone()),
        daily_minutes: change.daily_minutes.unwrap_or(current.daily_minutes),
        refuses: change.refuses.unwrap_or(current.refuses),
    };
    let (name, limit) = after.checked()?;
    let mut batch = Batch::new();
    pause_cause::update(&mut batch, id, &name, limit, change.version);
    let shown = CauseView::from(PauseCause { id, name: name.clone(), limit, version: current.version });
    let detail = AuditDetail::changed(name, &current, &shown);
    act_by(app, &mut batch, Some(by), "pause_cause.update", format!("pause cause {id}"), detail);
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
