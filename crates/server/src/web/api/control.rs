//! Which app answers a customer: taking a conversation from another app of the Page, or passing it to Meta's own
//! inbox (meta-platform.md §5.4).

use axum::Json;
use axum::extract::State;
use domain::id::ConversationId;
use domain::role::Permission;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::api::conversations::visible;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Path};
use crate::web::problem::{Answer, ProblemShape};
use engine::thread_control::{self, Action};
use engine::view::{self, ConversationView};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(change))
}

/// A change of control.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ControlIn {
    /// `take` or `pass`.
    action: Action,
}

/// Takes control of the conversation from the app that has it, or passes it to the Page inbox.
///
/// For the agent who holds it, and for supervisors. Taking one that no agent holds makes the user its agent.
#[utoipa::path(post, path = "/conversations/{id}/control", tag = "conversations", params(("id" = String, Path)), request_body = ControlIn,
    responses((status = 200, body = ConversationView), (status = 502, body = ProblemShape)))]
async fn change(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ConversationId>,
    Body(input): Body<ControlIn>,
) -> Answer<Json<ConversationView>> {
    let it = visible(&app, &who, id).await?;
    if it.agent != Some(who.user.id) {
        who.must(Permission::Supervise)?;
    }
    let after = thread_control::change(&app, who.actor(), &it, input.action).await?;
    Ok(Json(view::conversation(&app, &after.conversation).await?))
}
