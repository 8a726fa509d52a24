//! Snoozing: an agent sets a conversation aside or brings it back. Also extends wrap-up.

use axum::Json;
use axum::extract::State;
use domain::id::ConversationId;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::api::conversations::visible;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Path};
use crate::web::problem::{Answer, Problem};
use engine::fields::{moment_ahead, sent};
use engine::turns::play;
use engine::view::{self, ConversationView};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(snooze, end)).routes(routes!(extend_wrap_up))
}

/// Until when a conversation is set aside.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SnoozeIn {
    /// A moment in the future, at most a year ahead; or null for until the customer writes.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    until: Option<Option<String>>,
}

/// Sets the conversation aside until a moment, or until the customer writes. It does not count towards the agent's
/// capacity, and comes back to them, or to the queue if they are not available. For the agent who holds it.
#[utoipa::path(post, path = "/conversations/{id}/snooze", tag = "conversations", params(("id" = String, Path)), request_body = SnoozeIn,
    responses((status = 200, body = ConversationView)))]
async fn snooze(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ConversationId>,
    Body(input): Body<SnoozeIn>,
) -> Answer<Json<ConversationView>> {
    visible(&app, &who, id).await?;
    let until = match input.until {
        Some(Some(text)) => Some(moment_ahead("/until", &text, app.clock.now())?),
        Some(None) => None,
        None => {
            let detail = "Say until when, such as 2026-11-22T16:00:00Z, or null for until the customer writes.";
            return Err(Problem::field("/until", detail));
        }
    };
    let it = play(&app, id, |turn| turn.snooze(who.actor(), until)).await?;
    Ok(Json(view::conversation(&app, &it.conversation).await?))
}

/// Brings back a conversation that was set aside. For the agent who set it aside, and supervisors.
#[utoipa::path(delete, path = "/conversations/{id}/snooze", tag = "conversations", params(("id" = String, Path)),
    responses((status = 200, body = ConversationView)))]
async fn end(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ConversationId>,
) -> Answer<Json<ConversationView>> {
    visible(&app, &who, id).await?;
    let it = play(&app, id, |turn| turn.end_snooze_by_hand(who.actor())).await?;
    Ok(Json(view::conversation(&app, &it.conversation).await?))
}

/// Extends wrap-up by the queue's wrap-up time, up to an hour after the close.
#[utoipa::path(post, path = "/conversations/{id}/extend-wrap-up", tag = "conversations", params(("id" = String, Path)),
    responses((status = 200, body = ConversationView)))]
async fn extend_wrap_up(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ConversationId>,
) -> Answer<Json<ConversationView>> {
    visible(&app, &who, id).await?;
    let it = play(&app, id, |turn| turn.extend_wrap_up(who.actor())).await?;
    Ok(Json(view::conversation(&app, &it.conversation).await?))
}
