//! What a Page shows before the first message.

use axum::Json;
use axum::extract::State;
use domain::id::GatewayId;
use engine::messenger_profile::{self, MessengerProfile, MessengerProfileView};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Path};
use crate::web::problem::{Answer, ProblemShape};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get, put))
}

/// The wanted Messenger profile of a Page, and what differs at Meta.
#[utoipa::path(get, path = "/gateways/{id}/pages/{page_id}/messenger-profile", tag = "pages",
    params(("id" = String, Path), ("page_id" = String, Path)),
    responses((status = 200, body = MessengerProfileView), (status = 502, body = ProblemShape)))]
async fn get(
    State(app): State<App>,
    Path((id, page)): Path<(GatewayId, String)>,
) -> Answer<Json<MessengerProfileView>> {
    Ok(Json(messenger_profile::read(&app, id, &page).await?))
}

/// Sets the Messenger profile of a Page, here and at Meta. Omitted properties are removed.
#[utoipa::path(put, path = "/gateways/{id}/pages/{page_id}/messenger-profile", tag = "pages",
    params(("id" = String, Path), ("page_id" = String, Path)), request_body = MessengerProfile,
    responses((status = 200, body = MessengerProfileView), (status = 502, body = ProblemShape)))]
async fn put(
    State(app): State<App>,
    who: Principal,
    Path((id, page)): Path<(GatewayId, String)>,
    Body(profile): Body<MessengerProfile>,
) -> Answer<Json<MessengerProfileView>> {
    Ok(Json(messenger_profile::update(&app, who.user.id, id, &page, profile).await?))
}
