//! Colleagues who help in a conversation: invited, and leaving.

use axum::Json;
use axum::extract::State;
use domain::id::{ConversationId, UserId};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::api::conversations::visible;
use crate::web::auth::Principal;
use crate::web::extract::{Body, OptionalBody, Path};
use crate::web::problem::{Answer, Problem};
use engine::conversations;
use engine::turns::play;
use engine::view::{self, ConversationView};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(invite)).routes(routes!(leave))
}

/// The colleague to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InviteIn {
    /// The colleague.
    #[schema(value_type = String)]
    agent_id: UserId,
    /// A note for the colleague.
    note: Option<String>,
}

/// Asks a colleague to help. It rings at them like an offer; once they accept, they read and write alongside the
/// agent, and it does not count towards their capacity. For the agent who holds the conversation.
#[utoipa::path(post, path = "/conversations/{id}/invite", tag = "conversations", params(("id" = String, Path)), request_body = InviteIn,
    responses((status = 200, body = ConversationView)))]
async fn invite(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ConversationId>,
    Body(input): Body<InviteIn>,
) -> Answer<Json<ConversationView>> {
    let known = visible(&app, &who, id).await?;
    if input.note.as_ref().is_some_and(|note| note.chars().count() > 5_000) {
        return Err(Problem::field("/note", "A note has at most 5,000 characters."));
    }
    let it = conversations::invite(&app, who.actor(), &known, input.agent_id, input.note.as_deref()).await?;
    Ok(Json(view::conversation(&app, &it.conversation).await?))
}

/// The user whose participation ends.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LeaveIn {
    /// A colleague; left out for yourself.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    agent_id: Option<UserId>,
}

/// Ends your participation in a colleague's conversation. The agent who holds it and supervisors can also end that of
/// others, or withdraw an invitation.
#[utoipa::path(post, path = "/conversations/{id}/leave", tag = "conversations", params(("id" = String, Path)), request_body = Option<LeaveIn>,
    responses((status = 200, body = ConversationView)))]
async fn leave(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ConversationId>,
    OptionalBody(input): OptionalBody<LeaveIn>,
) -> Answer<Json<ConversationView>> {
    visible(&app, &who, id).await?;
    let it = match input.agent_id.filter(|agent| *agent != who.user.id) {
        Some(colleague) => play(&app, id, |turn| turn.dismiss(who.actor(), colleague)).await?,
        None => play(&app, id, |turn| turn.leave(who.actor())).await?,
    };
    Ok(Json(view::conversation(&app, &it.conversation).await?))
}
