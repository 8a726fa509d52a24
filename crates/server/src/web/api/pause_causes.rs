//! Pause causes: what agents may choose when they take a break.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::table::pause_cause::{self, PauseCause};
use store::{Batch, CommitError};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path as At, Query as Asked};
use crate::web::fields::{Fields, act, fresh, page, taken};
use crate::web::problem::{Answer, Problem};

/// What everybody may read.
pub fn answer_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get))
}

/// What administrators do.
pub fn administer_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create)).routes(routes!(update, delete))
}

/// A reason to pause.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PauseCause)]
pub struct CauseOut {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    version: i64,
}

impl From<PauseCause> for CauseOut {
    fn from(it: PauseCause) -> Self {
        Self { id: it.id.to_string(), name: it.name, version: it.version }
    }
}

/// A pause cause to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPauseCause)]
pub struct CauseIn {
    name: String,
}

/// What changes about a pause cause.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PauseCauseChange)]
pub struct CauseChange {
    name: Option<String>,
    version: Option<i64>,
}

/// Every pause cause.
pub async fn all(app: &App) -> Result<Vec<CauseOut>, store::Error> {
    Ok(pause_cause::list(&app.store).await?.into_iter().map(CauseOut::from).collect())
}

async fn one(app: &App, id: i64) -> Answer<CauseOut> {
    let id = id.to_string();
    all(app).await?.into_iter().find(|cause| cause.id == id).ok_or_else(|| Problem::not_found("pause cause"))
}

/// Every pause cause, by name.
#[utoipa::path(get, path = "/pause-causes", tag = "pause causes",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<CauseOut>)))]
async fn list(State(app): State<App>, Asked(paging): Asked<Paging>) -> Answer<Json<Items<CauseOut>>> {
    page(all(&app).await?, &paging)
}

/// One pause cause.
#[utoipa::path(get, path = "/pause-causes/{id}", tag = "pause causes",
    params(("id" = String, Path)), responses((status = 200, body = CauseOut)))]
async fn get(State(app): State<App>, At(id): At<i64>) -> Answer<Json<CauseOut>> {
    one(&app, id).await.map(Json)
}

/// Makes a pause cause.
#[utoipa::path(post, path = "/pause-causes", tag = "pause causes", request_body = CauseIn,
    responses((status = 201, body = CauseOut)))]
async fn create(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<CauseIn>,
) -> Answer<(StatusCode, Json<CauseOut>)> {
    let mut fields = Fields::default();
    let name = fields.name("/name", &new.name, 80);
    fields.done()?;
    let id = app.ids.next();
    let mut batch = Batch::new();
    pause_cause::insert(&mut batch, id, &name);
    act(&app, &mut batch, &who, "pause_cause.create", format!("pause cause {id}"), &name);
    app.store.commit(batch).await.map_err(duplicate)?;
    Ok((StatusCode::CREATED, Json(one(&app, id).await?)))
}

/// Renames a pause cause. Agents who pause with it now keep the old name until they come back.
#[utoipa::path(patch, path = "/pause-causes/{id}", tag = "pause causes", params(("id" = String, Path)),
    request_body = CauseChange, responses((status = 200, body = CauseOut)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    At(id): At<i64>,
    Body(change): Body<CauseChange>,
) -> Answer<Json<CauseOut>> {
    let current = one(&app, id).await?;
    fresh(change.version, current.version, &current)?;
    let mut fields = Fields::default();
    let name = fields.name("/name", change.name.as_deref().unwrap_or(&current.name), 80);
    fields.done()?;
    let mut batch = Batch::new();
    pause_cause::update(&mut batch, id, &name, change.version);
    act(&app, &mut batch, &who, "pause_cause.update", format!("pause cause {id}"), &name);
    match app.store.commit(batch).await {
        Ok(_) => one(&app, id).await.map(Json),
        Err(CommitError::Conflict) => Err(Problem::stale(&one(&app, id).await?)),
        Err(error) => Err(duplicate(error)),
    }
}

/// Removes a pause cause.
#[utoipa::path(delete, path = "/pause-causes/{id}", tag = "pause causes",
    params(("id" = String, Path)), responses((status = 204)))]
async fn delete(State(app): State<App>, who: Principal, At(id): At<i64>) -> Answer<StatusCode> {
    let current = one(&app, id).await?;
    let mut batch = Batch::new();
    pause_cause::delete(&mut batch, id);
    act(&app, &mut batch, &who, "pause_cause.delete", format!("pause cause {id}"), &current.name);
    app.store.commit(batch).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn duplicate(error: CommitError) -> Problem {
    match error {
        CommitError::Duplicate => taken("/name", "There is a pause cause of this name already."),
        error => error.into(),
    }
}
