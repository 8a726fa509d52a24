//! The run of a conversation's flow.

use axum::Json;
use axum::extract::State;
use domain::id::ConversationId;
use engine::flow_runs::{self, RunView};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::api::conversations::visible;
use crate::web::auth::Principal;
use crate::web::extract::Path;
use crate::web::problem::Answer;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(run))
}

/// The nodes that a conversation's flow went through, and its variables. Secrets are masked.
#[utoipa::path(get, path = "/conversations/{id}/run", tag = "conversations", params(("id" = String, Path)),
    responses((status = 200, body = RunView)))]
async fn run(State(app): State<App>, who: Principal, Path(id): Path<ConversationId>) -> Answer<Json<RunView>> {
    let conversation = visible(&app, &who, id).await?;
    Ok(Json(flow_runs::of(&app, &conversation).await?))
}
