//! What users set for themselves.

use axum::Json;
use axum::extract::State;
use engine::user_settings::{self, UserSettingsChange, UserSettingsView};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::Body;
use crate::web::problem::Answer;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get, update))
}

/// Your own settings: language, colours, sounds, notifications, quiet hours.
#[utoipa::path(get, path = "/me/settings", tag = "me", responses((status = 200, body = UserSettingsView)))]
async fn get(State(app): State<App>, who: Principal) -> Answer<Json<UserSettingsView>> {
    Ok(Json(user_settings::of(&app, who.user.id).await?))
}

/// Changes your own settings.
#[utoipa::path(patch, path = "/me/settings", tag = "me", request_body = UserSettingsChange,
    responses((status = 200, body = UserSettingsView)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    Body(change): Body<UserSettingsChange>,
) -> Answer<Json<UserSettingsView>> {
    Ok(Json(user_settings::update(&app, who.user.id, change).await?))
}
