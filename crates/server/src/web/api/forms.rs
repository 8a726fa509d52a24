//! Forms: what agents fill in about the conversations of a queue.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::id::{ConversationId, FormId};
use engine::forms::{self, FormAnswers, FormChange, FormView, NewForm};
use engine::view::{self, ConversationView};
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
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get)).routes(routes!(fill_in))
}

/// For administrators.
pub fn administer_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create)).routes(routes!(update, delete))
}

/// All forms, by name.
#[utoipa::path(get, path = "/forms", tag = "forms",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<FormView>)))]
async fn list(State(app): State<App>, Asked(paging): Asked<Paging>) -> Answer<Json<Items<FormView>>> {
    page(forms::all(&app).await?, &paging)
}

/// One form.
#[utoipa::path(get, path = "/forms/{id}", tag = "forms",
    params(("id" = String, Path)), responses((status = 200, body = FormView)))]
async fn get(State(app): State<App>, At(id): At<FormId>) -> Answer<Json<FormView>> {
    Ok(Json(forms::one(&app, id).await?))
}

/// Creates a form. Queues refer to it by their `form_id`.
#[utoipa::path(post, path = "/forms", tag = "forms", request_body = NewForm,
    responses((status = 201, body = FormView)))]
async fn create(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<NewForm>,
) -> Answer<(StatusCode, Json<FormView>)> {
    Ok((StatusCode::CREATED, Json(forms::create(&app, who.user.id, new).await?)))
}

/// Changes a form. Existing answers stay.
#[utoipa::path(patch, path = "/forms/{id}", tag = "forms", params(("id" = String, Path)),
    request_body = FormChange, responses((status = 200, body = FormView)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    At(id): At<FormId>,
    Body(change): Body<FormChange>,
) -> Answer<Json<FormView>> {
    Ok(Json(forms::update(&app, who.user.id, id, change).await?))
}

/// Removes a form that no queue uses. Conversations keep their answers.
#[utoipa::path(delete, path = "/forms/{id}", tag = "forms",
    params(("id" = String, Path)), responses((status = 204)))]
async fn delete(State(app): State<App>, who: Principal, At(id): At<FormId>) -> Answer<StatusCode> {
    forms::delete(&app, who.user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Fills in the form of the conversation's queue; omitted answers are removed. Required ones may still be missing.
/// For the agent who holds the conversation, during wrap-up too, and for supervisors at any time.
#[utoipa::path(put, path = "/conversations/{id}/form", tag = "conversations", params(("id" = String, Path)),
    request_body = FormAnswers, responses((status = 200, body = ConversationView)))]
async fn fill_in(
    State(app): State<App>,
    who: Principal,
    At(id): At<ConversationId>,
    Body(answers): Body<FormAnswers>,
) -> Answer<Json<ConversationView>> {
    visible(&app, &who, id).await?;
    let it = forms::fill_in(&app, who.actor(), id, answers).await?;
    Ok(Json(view::conversation(&app, &it).await?))
}
