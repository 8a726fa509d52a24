//! Connecting Pages: an administrator goes through Meta's login, and learns how it ended.

use axum::Json;
use axum::extract::State;
use domain::id::GatewayId;
use engine::connect::{self, AttemptView, Begun};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::api::gateways::reached;
use crate::web::auth::Principal;
use crate::web::extract::Path;
use crate::web::problem::{Answer, Problem};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(begin)).routes(routes!(outcome))
}

/// Starts a login and returns the address of Meta's dialog.
#[utoipa::path(post, path = "/gateways/{id}/connect", tag = "gateways", params(("id" = String, Path)), responses(
    (status = 200, body = Begun)))]
async fn begin(State(app): State<App>, who: Principal, Path(id): Path<GatewayId>) -> Answer<Json<Begun>> {
    let known = reached(&app, &who, id)?;
    Ok(Json(connect::begin(&app, who.by(), &known).await?))
}

/// How a login ended, or that it has not.
#[utoipa::path(get, path = "/gateways/{id}/connect/{attempt_id}", tag = "gateways",
    params(("id" = String, Path), ("attempt_id" = String, Path)),
    responses((status = 200, body = AttemptView)))]
async fn outcome(
    State(app): State<App>,
    who: Principal,
    Path((id, attempt)): Path<(GatewayId, String)>,
) -> Answer<Json<AttemptView>> {
    let attempt = attempt.parse().map_err(|_| Problem::not_found("login"))?;
    Ok(Json(connect::outcome(&app, &who.user, id, attempt).await?))
}
