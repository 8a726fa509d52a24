//! The wallboard: queues and agents now, for supervisors.

use axum::Json;
use axum::extract::State;
use engine::view::wallboard::WallboardView;
use engine::wallboard;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::problem::Answer;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get))
}

/// Queues and agents now, and their figures of today.
///
/// Today begins at midnight in the installation's time zone. The event stream sends the same as `wallboard` when it has
/// changed, at most once a second.
#[utoipa::path(get, path = "/wallboard", tag = "live", responses((status = 200, body = WallboardView)))]
async fn get(State(app): State<App>) -> Answer<Json<WallboardView>> {
    Ok(Json(wallboard::read(&app).await?))
}
