//! Flows as files.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use domain::id::FlowId;
use engine::flows::exchange::{self, ImportQuery, Imported};
use engine::flows::starters::{self, Starter, StarterQuery};
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path as At, Query as Asked};
use crate::web::fields::page;
use crate::web::problem::Answer;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(export)).routes(routes!(import)).routes(routes!(starters))
}

/// A flow as a file: its draft with its tests.
#[utoipa::path(get, path = "/flows/{id}/export", tag = "flows", params(("id" = String, Path)),
    responses((status = 200, body = Object)))]
async fn export(State(app): State<App>, At(id): At<FlowId>) -> Answer<impl IntoResponse> {
    let (name, file) = exchange::export(&app, id).await?;
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let disposition = format!("attachment; filename=\"{name}.flow.json\"");
    Ok(([(header::CONTENT_DISPOSITION, disposition)], Json(file)))
}

/// Creates a flow from a file: an export of Deskbell, the body of a flow, or the JSON array of a Webitel chat flow.
#[utoipa::path(post, path = "/flows/import", tag = "flows", params(ImportQuery), request_body = Value,
    responses((status = 201, body = Imported)))]
async fn import(
    State(app): State<App>,
    who: Principal,
    Asked(query): Asked<ImportQuery>,
    Body(file): Body<Value>,
) -> Answer<(StatusCode, Json<Imported>)> {
    Ok((StatusCode::CREATED, Json(exchange::import(&app, Some(who.user.id), query, file).await?)))
}

/// Starter flows, each with its tests. Send one to `POST /flows/import` to create a flow from it.
#[utoipa::path(get, path = "/flow-starters", tag = "flows", params(StarterQuery),
    responses((status = 200, body = Items<Starter>)))]
async fn starters(Asked(query): Asked<StarterQuery>) -> Answer<Json<Items<Starter>>> {
    page(starters::all(&query), &Paging::default())
}
