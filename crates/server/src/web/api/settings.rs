//! Settings that administrators change while Deskbell runs: how long data is stored, and the language model.

use axum::Json;
use axum::extract::State;
use engine::flow_calls::{self, ModelTest};
use engine::settings::{self, SettingsChange, SettingsView};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::Body;
use crate::web::problem::Answer;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get, update)).routes(routes!(test_model))
}

/// The settings.
#[utoipa::path(get, path = "/settings", tag = "settings", responses((status = 200, body = SettingsView)))]
async fn get(State(app): State<App>) -> Answer<Json<SettingsView>> {
    Ok(Json(settings::read(&app).await?))
}

/// Changes the settings. Data that is too old under the new settings is deleted within minutes.
#[utoipa::path(patch, path = "/settings", tag = "settings", request_body = SettingsChange,
    responses((status = 200, body = SettingsView)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    Body(change): Body<SettingsChange>,
) -> Answer<Json<SettingsView>> {
    Ok(Json(settings::update(&app, who.user.id, change).await?))
}

/// Asks the stored language model one question without any customer's data, also while it is switched off.
#[utoipa::path(post, path = "/settings/ai/test", tag = "settings", responses((status = 200, body = ModelTest)))]
async fn test_model(State(app): State<App>) -> Answer<Json<ModelTest>> {
    Ok(Json(flow_calls::test_model(&app).await?))
}
