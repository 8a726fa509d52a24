//! Agents: users who take chats. All staff see colleagues; supervisors set statuses, administrators the rest.

use axum::Json;
use axum::extract::State;
use domain::agent::{Agent, Reason};
use domain::id::UserId;
use serde::Deserialize;
use store::table::agent;
use store::{Batch, CommitError};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::api::me::{self, StatusIn};
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path as At, Query as Asked};
use crate::web::fields::{Fields, act, fresh, page};
use crate::web::problem::{Answer, Problem};
use engine::view::{self, AgentView, StatusView};

/// What everybody may read.
pub fn answer_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get))
}

/// What supervisors do.
pub fn supervise_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(put_status))
}

/// What administrators do.
pub fn administer_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(update))
}

/// What changes about an agent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AgentChange)]
pub struct AgentChange {
    /// How many conversations at once: 1 to 100.
    capacity: Option<i64>,
    version: Option<i64>,
}

async fn one(app: &App, id: UserId) -> Answer<Agent> {
    agent::by_id(&app.store, id).await?.ok_or_else(|| Problem::not_found("agent"))
}

/// Everybody who takes chats, by name.
#[utoipa::path(get, path = "/agents", tag = "agents",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<AgentView>)))]
async fn list(State(app): State<App>, Asked(paging): Asked<Paging>) -> Answer<Json<Items<AgentView>>> {
    page(agent::list(&app.store).await?.iter().map(view::agent).collect(), &paging)
}

/// One agent.
#[utoipa::path(get, path = "/agents/{id}", tag = "agents",
    params(("id" = String, Path)), responses((status = 200, body = AgentView)))]
async fn get(State(app): State<App>, At(id): At<UserId>) -> Answer<Json<AgentView>> {
    Ok(Json(view::agent(&one(&app, id).await?)))
}

/// Changes how many conversations an agent takes at once.
#[utoipa::path(patch, path = "/agents/{id}", tag = "agents", params(("id" = String, Path)),
    request_body = AgentChange, responses((status = 200, body = AgentView)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    At(id): At<UserId>,
    Body(change): Body<AgentChange>,
) -> Answer<Json<AgentView>> {
    let current = one(&app, id).await?;
    fresh(change.version, current.version, &view::agent(&current))?;
    let capacity = change.capacity.unwrap_or(current.capacity);
    let mut fields = Fields::default();
    fields.between("/capacity", capacity, 1, 100);
    fields.done()?;
    let mut batch = Batch::new();
    agent::set_capacity(&mut batch, id, capacity, change.version, app.clock.now());
    act(&app, &mut batch, &who, "agent.update", format!("user {id}"), &format!("capacity {capacity}"));
    match app.store.commit(batch).await {
        Ok(_) => {}
        Err(CommitError::Conflict) => return Err(Problem::stale(&view::agent(&one(&app, id).await?))),
        Err(error) => return Err(error.into()),
    }
    app.reload().await?;
    Ok(Json(view::agent(&one(&app, id).await?)))
}

/// Sets another's status.
#[utoipa::path(put, path = "/agents/{id}/status", tag = "agents", params(("id" = String, Path)),
    request_body = StatusIn, responses((status = 200, body = StatusView)))]
async fn put_status(
    State(app): State<App>,
    At(id): At<UserId>,
    Body(wish): Body<StatusIn>,
) -> Answer<Json<StatusView>> {
    one(&app, id).await?;
    me::set_status(&app, id, wish, Reason::Supervisor).await.map(Json)
}
