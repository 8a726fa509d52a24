//! Users' own settings, and the browsers that get their push notifications.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use engine::push::{self, NewPush, PushEndpoint};
use engine::user_settings::{self, UserSettingsChange, UserSettingsView};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::Body;
use crate::web::problem::{Answer, ProblemShape};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get, update)).routes(routes!(create_push, delete_push))
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

/// Subscribes this browser to your push notifications: the body is its subscription, in the format of
/// `PushSubscription.toJSON()`. It ends with the session or API token of the request.
#[utoipa::path(post, path = "/me/push", tag = "me", request_body = NewPush,
    responses((status = 201, body = PushEndpoint)))]
async fn create_push(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<NewPush>,
) -> Answer<(StatusCode, Json<PushEndpoint>)> {
    Ok((StatusCode::CREATED, Json(push::subscribe(&app, who.by(), new).await?)))
}

/// Unsubscribes this browser from your push notifications.
#[utoipa::path(delete, path = "/me/push", tag = "me", request_body = PushEndpoint,
    responses((status = 204), (status = 404, body = ProblemShape)))]
async fn delete_push(State(app): State<App>, who: Principal, Body(it): Body<PushEndpoint>) -> Answer<StatusCode> {
    push::unsubscribe(&app, who.user.id, &it.endpoint).await?;
    Ok(StatusCode::NO_CONTENT)
}
