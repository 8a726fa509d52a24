//! Pause causes: what agents may choose when they take a break.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use engine::pause_causes::{self, CauseChange, CauseToday, CauseView, NewCause};
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

/// All pause causes, by name, with how long the user who asks has paused with each today.
#[utoipa::path(get, path = "/pause-causes", tag = "pause causes",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<CauseToday>)))]
async fn list(
    State(app): State<App>,
    who: Principal,
    Asked(paging): Asked<Paging>,
) -> Answer<Json<Items<CauseToday>>> {
    page(pause_causes::of_today(&app, who.user.id).await?, &paging)
}

/// One pause cause.
#[utoipa::path(get, path = "/pause-causes/{id}", tag = "pause causes",
    params(("id" = String, Path)), responses((status = 200, body = CauseView)))]
async fn get(State(app): State<App>, At(id): At<i64>) -> Answer<Json<CauseView>> {
    Ok(Json(pause_causes::one(&app, id).await?))
}

/// Creates a pause cause.
#[utoipa::path(post, path = "/pause-causes", tag = "pause causes", request_body = NewCause,
    responses((status = 201, body = CauseView)))]
async fn create(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<NewCause>,
) -> Answer<(StatusCode, Json<CauseView>)> {
    Ok((StatusCode::CREATED, Json(pause_causes::create(&app, who.user.id, new).await?)))
}

/// Changes a pause cause. Agents who are on a break with it have the old name until they return.
#[utoipa::path(patch, path = "/pause-causes/{id}", tag = "pause causes", params(("id" = String, Path)),
    request_body = CauseChange, responses((status = 200, body = CauseView)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    At(id): At<i64>,
    Body(change): Body<CauseChange>,
) -> Answer<Json<CauseView>> {
    Ok(Json(pause_causes::update(&app, who.user.id, id, change).await?))
}

/// Removes a pause cause.
#[utoipa::path(delete, path = "/pause-causes/{id}", tag = "pause causes",
    params(("id" = String, Path)), responses((status = 204)))]
async fn delete(State(app): State<App>, who: Principal, At(id): At<i64>) -> Answer<StatusCode> {
    pause_causes::delete(&app, who.user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
