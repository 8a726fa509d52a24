//! Labels: names with a colour that people put on conversations.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::id::ConversationId;
use engine::labels::{self, LabelChange, LabelDetails, LabelsChange, NewLabel};
use engine::view::{self, ConversationView};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::api::conversations::visible;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path as At, Query as Asked};
use crate::web::fields::page;
use crate::web::problem::Answer;

/// For everyone.
pub fn answer_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get)).routes(routes!(put_on))
}

/// For supervisors and administrators.
pub fn supervise_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create)).routes(routes!(update, delete))
}

/// All labels, by name.
#[utoipa::path(get, path = "/labels", tag = "labels",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<LabelDetails>)))]
async fn list(State(app): State<App>, Asked(paging): Asked<Paging>) -> Answer<Json<Items<LabelDetails>>> {
    page(labels::all(&app).await?, &paging)
}

/// One label.
#[utoipa::path(get, path = "/labels/{id}", tag = "labels",
    params(("id" = String, Path)), responses((status = 200, body = LabelDetails)))]
async fn get(State(app): State<App>, At(id): At<i64>) -> Answer<Json<LabelDetails>> {
    Ok(Json(labels::one(&app, id).await?))
}

/// Creates a label.
#[utoipa::path(post, path = "/labels", tag = "labels", request_body = NewLabel,
    responses((status = 201, body = LabelDetails)))]
async fn create(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<NewLabel>,
) -> Answer<(StatusCode, Json<LabelDetails>)> {
    Ok((StatusCode::CREATED, Json(labels::create(&app, who.user.id, new).await?)))
}

/// Changes a label, on every conversation that has it.
#[utoipa::path(patch, path = "/labels/{id}", tag = "labels", params(("id" = String, Path)),
    request_body = LabelChange, responses((status = 200, body = LabelDetails)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    At(id): At<i64>,
    Body(change): Body<LabelChange>,
) -> Answer<Json<LabelDetails>> {
    Ok(Json(labels::update(&app, who.user.id, id, change).await?))
}

/// Whether a label that conversations have may be deleted too.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Removal {
    /// `true`: also removes it from the conversations that have it.
    force: Option<bool>,
}

/// Deletes a label. If conversations have it, the response is 409 with their number, unless `force=true` removes
/// it from them.
#[utoipa::path(delete, path = "/labels/{id}", tag = "labels", params(("id" = String, Path), Removal),
    responses((status = 204)))]
async fn delete(
    State(app): State<App>,
    who: Principal,
    At(id): At<i64>,
    Asked(removal): Asked<Removal>,
) -> Answer<StatusCode> {
    labels::delete(&app, who.user.id, id, removal.force == Some(true)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds labels to a conversation and removes others.
#[utoipa::path(post, path = "/conversations/{id}/labels", tag = "conversations", params(("id" = String, Path)), request_body = LabelsChange,
    responses((status = 200, body = ConversationView)))]
async fn put_on(
    State(app): State<App>,
    who: Principal,
    At(id): At<ConversationId>,
    Body(input): Body<LabelsChange>,
) -> Answer<Json<ConversationView>> {
    visible(&app, &who, id).await?;
    let labelled = labels::change(&app, id, &input).await?;
    Ok(Json(view::conversation(&app, &labelled).await?))
}
