//! Quick replies: texts and files that agents often use, found by their shortcut.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::id::ConversationId;
use engine::csv_table::Imported;
use engine::quick_replies::{self, NewReply, QuickReplyFiles, ReplyChange, ReplyView};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::api::conversations::visible;
use crate::web::api::media::MediumOut;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, OptionalBody, Paging, Path as At, Query as Asked};
use crate::web::fields::page;
use crate::web::problem::{Answer, ProblemShape};
use crate::web::table::{self, Importing, Table, largest_table};

/// For everyone.
pub fn answer_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get))
}

/// What agents do with their own ones, and those who look after the texts with all.
pub fn edit_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create)).routes(routes!(update, delete)).routes(routes!(put_files))
}

/// What is done with shared ones alone.
pub fn administer_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(import)).layer(largest_table())
}

/// The quick replies for this user, by shortcut: their personal ones, and shared ones for their team and queues.
#[utoipa::path(get, path = "/quick-replies", tag = "quick replies",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<ReplyView>)))]
async fn list(
    State(app): State<App>,
    who: Principal,
    Asked(paging): Asked<Paging>,
) -> Answer<Json<Items<ReplyView>>> {
    page(quick_replies::all(&app, &who.viewer(&app)).await?, &paging)
}

/// One quick reply.
#[utoipa::path(get, path = "/quick-replies/{id}", tag = "quick replies",
    params(("id" = String, Path)), responses((status = 200, body = ReplyView)))]
async fn get(State(app): State<App>, who: Principal, At(id): At<i64>) -> Answer<Json<ReplyView>> {
    Ok(Json(quick_replies::one(&app, &who.viewer(&app), id).await?))
}

/// Creates a quick reply. Agents create personal ones.
#[utoipa::path(post, path = "/quick-replies", tag = "quick replies", request_body = NewReply,
    responses((status = 201, body = ReplyView)))]
async fn create(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<NewReply>,
) -> Answer<(StatusCode, Json<ReplyView>)> {
    Ok((StatusCode::CREATED, Json(quick_replies::create(&app, &who.viewer(&app), new).await?)))
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
    Ok(Json(quick_replies::update(&app, &who.viewer(&app), id, change).await?))
}

/// Removes a quick reply.
#[utoipa::path(delete, path = "/quick-replies/{id}", tag = "quick replies",
    params(("id" = String, Path)), responses((status = 204)))]
async fn delete(State(app): State<App>, who: Principal, At(id): At<i64>) -> Answer<StatusCode> {
    quick_replies::delete(&app, &who.viewer(&app), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts files of a quick reply into a conversation: those in `file_ids`, or all of them. Their ids are for `attachment_ids` of a message there.
#[utoipa::path(post, path = "/conversations/{id}/quick-replies/{reply_id}/files", tag = "quick replies",
    params(("id" = String, Path), ("reply_id" = String, Path)), request_body = Option<QuickReplyFiles>,
    responses((status = 201, body = Items<MediumOut>), (status = 507, body = ProblemShape)))]
async fn put_files(
    State(app): State<App>,
    who: Principal,
    At((id, reply)): At<(ConversationId, i64)>,
    OptionalBody(wanted): OptionalBody<QuickReplyFiles>,
) -> Answer<(StatusCode, Json<Items<MediumOut>>)> {
    let it = visible(&app, &who, id).await?;
    let files = quick_replies::put_into(&app, &who.viewer(&app), &it, reply, &wanted).await?;
    let items = files.into_iter().map(|file| MediumOut::of(&app, file)).collect();
    Ok((StatusCode::CREATED, Json(Items { items, next: None })))
}

/// Imports shared quick replies. The first line names the fields: `shortcut`, `title` and `text`, and `folder`, `teams` and `queues`
/// if they are wanted; the names of several teams or queues are separated by `|`. A row with a known shortcut changes that reply. If a row is refused, none is imported: 422 with `rows` and `refused`.
#[utoipa::path(post, path = "/quick-replies/import", tag = "quick replies", params(Importing),
    request_body(content = String, content_type = "text/csv"), responses((status = 200, body = Imported)))]
async fn import(
    State(app): State<App>,
    who: Principal,
    Asked(asked): Asked<Importing>,
    Table(file): Table,
) -> Answer<Json<Imported>> {
    let dry_run = asked.dry_run();
    table::imported(quick_replies::import(&app, &who.viewer(&app), &file, dry_run).await?, dry_run)
}
