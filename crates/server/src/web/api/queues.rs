//! Queues: where customers wait, and which agents serve them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::id::QueueId;
use engine::queues::{self, QueueFields, QueueView};
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

/// All queues, oldest first. Flows that name no queue use the first one.
#[utoipa::path(get, path = "/queues", tag = "queues",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<QueueView>)))]
async fn list(
    State(app): State<App>,
    who: Principal,
    Asked(paging): Asked<Paging>,
) -> Answer<Json<Items<QueueView>>> {
    page(queues::seen_by(&app, &who.viewer(&app)).await?, &paging)
}

/// One queue.
#[utoipa::path(get, path = "/queues/{id}", tag = "queues",
    params(("id" = String, Path)), responses((status = 200, body = QueueView)))]
async fn get(State(app): State<App>, who: Principal, At(id): At<QueueId>) -> Answer<Json<QueueView>> {
    Ok(Json(queues::one_seen_by(&app, &who.viewer(&app), id).await?))
}

/// Creates a queue.
#[utoipa::path(post, path = "/queues", tag = "queues", request_body = QueueFields,
    responses((status = 201, body = QueueView)))]
async fn create(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<QueueFields>,
) -> Answer<(StatusCode, Json<QueueView>)> {
    Ok((StatusCode::CREATED, Json(queues::create(&app, who.user.id, new).await?)))
}

/// Changes a queue.
#[utoipa::path(patch, path = "/queues/{id}", tag = "queues", params(("id" = String, Path)),
    request_body = QueueFields, responses((status = 200, body = QueueView)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    At(id): At<QueueId>,
    Body(change): Body<QueueFields>,
) -> Answer<Json<QueueView>> {
    Ok(Json(queues::update(&app, who.user.id, id, change).await?))
}

/// Removes a queue that nothing uses.
#[utoipa::path(delete, path = "/queues/{id}", tag = "queues",
    params(("id" = String, Path)), responses((status = 204)))]
async fn delete(State(app): State<App>, who: Principal, At(id): At<QueueId>) -> Answer<StatusCode> {
    queues::delete(&app, who.user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
