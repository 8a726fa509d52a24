//! Entry points: links, code words and QR codes that lead customers to a flow and a queue.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use domain::id::EntryPointId;
use engine::entry_points::{self, EntryPointChange, EntryPointView, NewEntryPoint};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path as At, Query as Asked};
use crate::web::fields::page;
use crate::web::problem::Answer;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(get, update, delete)).routes(routes!(qr))
}

/// All entry points, oldest first.
#[utoipa::path(get, path = "/entry-points", tag = "entry-points",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<EntryPointView>)))]
async fn list(State(app): State<App>, Asked(paging): Asked<Paging>) -> Answer<Json<Items<EntryPointView>>> {
    page(entry_points::all(&app).await?, &paging)
}

/// Creates an entry point: its links and its word lead customers from now on.
#[utoipa::path(post, path = "/entry-points", tag = "entry-points", request_body = NewEntryPoint,
    responses((status = 201, body = EntryPointView)))]
async fn create(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<NewEntryPoint>,
) -> Answer<(StatusCode, Json<EntryPointView>)> {
    Ok((StatusCode::CREATED, Json(entry_points::create(&app, who.user.id, new).await?)))
}

/// One entry point.
#[utoipa::path(get, path = "/entry-points/{id}", tag = "entry-points",
    params(("id" = String, Path)), responses((status = 200, body = EntryPointView)))]
async fn get(State(app): State<App>, At(id): At<EntryPointId>) -> Answer<Json<EntryPointView>> {
    Ok(Json(entry_points::one(&app, id).await?))
}

/// Changes an entry point. Links with an earlier `ref` stop working.
#[utoipa::path(patch, path = "/entry-points/{id}", tag = "entry-points", params(("id" = String, Path)),
    request_body = EntryPointChange, responses((status = 200, body = EntryPointView)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    At(id): At<EntryPointId>,
    Body(change): Body<EntryPointChange>,
) -> Answer<Json<EntryPointView>> {
    Ok(Json(entry_points::update(&app, who.user.id, id, change).await?))
}

/// Deletes an entry point. Conversations that it began stay where they are.
#[utoipa::path(delete, path = "/entry-points/{id}", tag = "entry-points",
    params(("id" = String, Path)), responses((status = 204)))]
async fn delete(State(app): State<App>, who: Principal, At(id): At<EntryPointId>) -> Answer<StatusCode> {
    entry_points::delete(&app, who.user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The link of the QR code.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Chosen {
    /// Meta's id of the account; the first link if left out.
    account_id: Option<String>,
}

/// A QR code of a link of an entry point.
#[utoipa::path(get, path = "/entry-points/{id}/qr", tag = "entry-points", params(("id" = String, Path), Chosen),
    responses((status = 200, body = String, content_type = "image/svg+xml")))]
async fn qr(
    State(app): State<App>,
    At(id): At<EntryPointId>,
    Asked(chosen): Asked<Chosen>,
) -> Answer<impl IntoResponse> {
    let picture = entry_points::qr(&app, id, chosen.account_id.as_deref()).await?;
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], picture))
}
