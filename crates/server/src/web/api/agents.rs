//! Agents: users who take chats. All staff see colleagues; supervisors set statuses, administrators the rest.

use axum::Json;
use axum::extract::State;
use domain::id::UserId;
use engine::agents::{self, AgentChange, NewStatus};
use engine::view::{AgentView, StatusView};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path as At, Query as Asked};
use crate::web::fields::page;
use crate::web::problem::Answer;

/// For everyone.
pub fn answer_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get))
}

/// For supervisors.
pub fn supervise_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(put_status))
}

/// For administrators.
pub fn administer_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(update))
}

/// All agents, by name.
#[utoipa::path(get, path = "/agents", tag = "agents",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<AgentView>)))]
async fn list(State(app): State<App>, Asked(paging): Asked<Paging>) -> Answer<Json<Items<AgentView>>> {
    page(agents::all(&app).await?, &paging)
}

/// One agent.
#[utoipa::path(get, path = "/agents/{id}", tag = "agents",
    params(("id" = String, Path)), responses((status = 200, body = AgentView)))]
async fn get(State(app): State<App>, At(id): At<UserId>) -> Answer<Json<AgentView>> {
    Ok(Json(agents::one(&app, id).await?))
}

/// Changes an agent's skills, capacity, and the queues that they serve by name.
#[utoipa::path(patch, path = "/agents/{id}", tag = "agents", params(("id" = String, Path)),
    request_body = AgentChange, responses((status = 200, body = AgentView)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    At(id): At<UserId>,
    Body(change): Body<AgentChange>,
) -> Answer<Json<AgentView>> {
    Ok(Json(agents::update(&app, who.user.id, id, change).await?))
}

/// Sets the status of another agent.
#[utoipa::path(put, path = "/agents/{id}/status", tag = "agents", params(("id" = String, Path)),
    request_body = NewStatus, responses((status = 200, body = StatusView)))]
async fn put_status(
    State(app): State<App>,
    who: Principal,
    At(id): At<UserId>,
    Body(wish): Body<NewStatus>,
) -> Answer<Json<StatusView>> {
    Ok(Json(agents::set_status_of(&app, who.user.id, id, wish).await?))
}
