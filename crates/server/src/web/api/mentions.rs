//! Notes that mention colleagues: whom they can, and what the signed-in user was mentioned in and has not read.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::id::ConversationId;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::api::conversations::visible;
use crate::web::auth::Principal;
use crate::web::extract::Path;
use crate::web::problem::Answer;
use engine::mentions::{self, Mention};
use engine::view::AgentView;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read)).routes(routes!(colleagues))
}

/// Unread mentions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MentionList)]
struct MentionsOut {
    items: Vec<Mention>,
}

/// Notes in which one is mentioned and which one has not read, the newest first; at most 100.
#[utoipa::path(get, path = "/me/mentions", tag = "me", responses((status = 200, body = MentionsOut)))]
async fn list(State(app): State<App>, who: Principal) -> Answer<Json<MentionsOut>> {
    Ok(Json(MentionsOut { items: mentions::unread(&app, &who.viewer(&app)).await? }))
}

/// The notes of a conversation have been read.
#[utoipa::path(delete, path = "/me/mentions/{conversation_id}", tag = "me", params(("conversation_id" = String, Path)),
    responses((status = 204)))]
async fn read(State(app): State<App>, who: Principal, Path(id): Path<ConversationId>) -> Answer<StatusCode> {
    mentions::read(&app, who.user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Agents who may see a conversation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ColleagueList)]
struct ColleaguesOut {
    items: Vec<AgentView>,
}

/// The colleagues whom a note in the conversation can mention, by name.
#[utoipa::path(get, path = "/conversations/{id}/colleagues", tag = "conversations", params(("id" = String, Path)),
    responses((status = 200, body = ColleaguesOut)))]
async fn colleagues(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ConversationId>,
) -> Answer<Json<ColleaguesOut>> {
    let known = visible(&app, &who, id).await?;
    Ok(Json(ColleaguesOut { items: mentions::colleagues(&app, who.user.id, &known) }))
}
