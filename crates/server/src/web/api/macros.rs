//! Macros: several actions of an agent under one name.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::id::{ConversationId, MacroId};
use engine::macros::{self, MacroChange, MacroView, NewMacro};
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
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get)).routes(routes!(run))
}

/// For administrators.
pub fn administer_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create)).routes(routes!(update, delete))
}

/// All macros, by name.
#[utoipa::path(get, path = "/macros", tag = "macros",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<MacroView>)))]
async fn list(State(app): State<App>, Asked(paging): Asked<Paging>) -> Answer<Json<Items<MacroView>>> {
    page(macros::all(&app).await?, &paging)
}

/// One macro.
#[utoipa::path(get, path = "/macros/{id}", tag = "macros",
    params(("id" = String, Path)), responses((status = 200, body = MacroView)))]
async fn get(State(app): State<App>, At(id): At<MacroId>) -> Answer<Json<MacroView>> {
    Ok(Json(macros::one(&app, id).await?))
}

/// Creates a macro.
#[utoipa::path(post, path = "/macros", tag = "macros", request_body = NewMacro,
    responses((status = 201, body = MacroView)))]
async fn create(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<NewMacro>,
) -> Answer<(StatusCode, Json<MacroView>)> {
    Ok((StatusCode::CREATED, Json(macros::create(&app, who.user.id, new).await?)))
}

/// Changes a macro.
#[utoipa::path(patch, path = "/macros/{id}", tag = "macros", params(("id" = String, Path)),
    request_body = MacroChange, responses((status = 200, body = MacroView)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    At(id): At<MacroId>,
    Body(change): Body<MacroChange>,
) -> Answer<Json<MacroView>> {
    Ok(Json(macros::update(&app, who.user.id, id, change).await?))
}

/// Removes a macro.
#[utoipa::path(delete, path = "/macros/{id}", tag = "macros",
    params(("id" = String, Path)), responses((status = 204)))]
async fn delete(State(app): State<App>, who: Principal, At(id): At<MacroId>) -> Answer<StatusCode> {
    macros::delete(&app, who.user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Runs a macro on behalf of the user: all of its actions or, if the state forbids one of them, none. The 409 names
/// that action.
#[utoipa::path(post, path = "/conversations/{id}/macros/{macro_id}", tag = "conversations",
    params(("id" = String, Path), ("macro_id" = String, Path)),
    responses((status = 200, body = ConversationView)))]
async fn run(
    State(app): State<App>,
    who: Principal,
    At((id, macro_id)): At<(ConversationId, MacroId)>,
) -> Answer<Json<ConversationView>> {
    let known = visible(&app, &who, id).await?;
    let it = macros::run(&app, who.actor(), &known, macro_id).await?;
    Ok(Json(view::conversation(&app, &it).await?))
}
