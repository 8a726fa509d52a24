//! Quick replies: texts that agents often use, found by their shortcut.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use engine::csv_table::Imported;
use engine::quick_replies::{self, NewReply, ReplyChange, ReplyView};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path as At, Query as Asked};
use crate::web::fields::page;
use crate::web::problem::Answer;
use crate::web::table::{self, Importing, Table, largest_table};

/// For everyone.
pub fn answer_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get))
}

/// For administrators.
pub fn administer_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create))
        .routes(routes!(update, delete))
        .merge(OpenApiRouter::new().routes(routes!(import)).layer(largest_table()))
}

/// All quick replies, by shortcut.
#[utoipa::path(get, path = "/quick-replies", tag = "quick replies",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<ReplyView>)))]
async fn list(State(app): State<App>, Asked(paging): Asked<Paging>) -> Answer<Json<Items<ReplyView>>> {
    page(quick_replies::all(&app).await?, &paging)
}

/// One quick reply.
#[utoipa::path(get, path = "/quick-replies/{id}", tag = "quick replies",
    params(("id" = String, Path)), responses((status = 200, body = ReplyView)))]
async fn get(State(app): State<App>, At(id): At<i64>) -> Answer<Json<ReplyView>> {
    Ok(Json(quick_replies::one(&app, id).await?))
}

/// Creates a quick reply.
#[utoipa::path(post, path = "/quick-replies", tag = "quick replies", request_body = NewReply,
    responses((status = 201, body = ReplyView)))]
async fn create(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<NewReply>,
) -> Answer<(StatusCode, Json<ReplyView>)> {
    Ok((StatusCode::CREATED, Json(quick_replies::create(&app, who.user.id, new).await?)))
}

/// Changes a quick reply.
#[utoipa::path(patch, path = "/quick-replies/{id}", tag = "quick replies", params(("id" = String, Path)),
    request_body = ReplyChange, responses((status = 200, body = ReplyView)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    At(id): At<i64>,
    Body(change): Body<ReplyChange>,
) -> Answer<Json<ReplyView>> {
    Ok(Json(quick_replies::update(&app, who.user.id, id, change).await?))
}

/// Removes a quick reply.
#[utoipa::path(delete, path = "/quick-replies/{id}", tag = "quick replies",
    params(("id" = String, Path)), responses((status = 204)))]
async fn delete(State(app): State<App>, who: Principal, At(id): At<i64>) -> Answer<StatusCode> {
    quick_replies::delete(&app, who.user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Imports quick replies. The first line contains the field names: `shortcut`, `title` and `text`. A row with a known
/// shortcut changes that reply. If a row is refused, none is imported: 422 with `rows` and `refused`.
#[utoipa::path(post, path = "/quick-replies/import", tag = "quick replies", params(Importing),
    request_body(content = String, content_type = "text/csv"), responses((status = 200, body = Imported)))]
async fn import(
    State(app): State<App>,
    who: Principal,
    Asked(asked): Asked<Importing>,
    Table(file): Table,
) -> Answer<Json<Imported>> {
    let dry_run = asked.dry_run();
    table::imported(quick_replies::import(&app, who.user.id, &file, dry_run).await?, dry_run)
}
