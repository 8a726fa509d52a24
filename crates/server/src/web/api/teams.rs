//! Teams: groups of agents who can serve a queue together.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use engine::named::{self, NamedChange, NamedView, NewNamed};
use store::table::named::Kind;
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

/// For administrators.
pub fn administer_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create)).routes(routes!(update, delete))
}

/// All teams, by name.
#[utoipa::path(get, path = "/teams", tag = "teams",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<NamedView>)))]
async fn list(State(app): State<App>, Asked(paging): Asked<Paging>) -> Answer<Json<Items<NamedView>>> {
    page(named::all(&app, Kind::Team).await?, &paging)
}

/// One team.
#[utoipa::path(get, path = "/teams/{id}", tag = "teams",
    params(("id" = String, Path)), responses((status = 200, body = NamedView)))]
async fn get(State(app): State<App>, At(id): At<i64>) -> Answer<Json<NamedView>> {
    Ok(Json(named::one(&app, Kind::Team, id).await?))
}

/// Creates a team.
#[utoipa::path(post, path = "/teams", tag = "teams", request_body = NewNamed,
    responses((status = 201, body = NamedView)))]
async fn create(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<NewNamed>,
) -> Answer<(StatusCode, Json<NamedView>)> {
    Ok((StatusCode::CREATED, Json(named::create(&app, Kind::Team, who.user.id, new).await?)))
}

/// Renames a team.
#[utoipa::path(patch, path = "/teams/{id}", tag = "teams", params(("id" = String, Path)),
    request_body = NamedChange, responses((status = 200, body = NamedView)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    At(id): At<i64>,
    Body(change): Body<NamedChange>,
) -> Answer<Json<NamedView>> {
    Ok(Json(named::update(&app, Kind::Team, who.user.id, id, change).await?))
}

/// Removes a team that no agent or queue uses.
#[utoipa::path(delete, path = "/teams/{id}", tag = "teams",
    params(("id" = String, Path)), responses((status = 204)))]
async fn delete(State(app): State<App>, who: Principal, At(id): At<i64>) -> Answer<StatusCode> {
    named::delete(&app, Kind::Team, who.user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
