//! Connecting accounts: an administrator logs in at Meta and gets the outcome, or pastes a token.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::id::GatewayId;
use domain::role::Permission;
use engine::connect::{self, AttemptView, Begun, Wanted};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::{self, AccountOut};
use crate::app::App;
use crate::web::api::gateways::reached;
use crate::web::auth::Principal;
use crate::web::extract::{OptionalBody, Path};
use crate::web::problem::{Answer, Problem};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(begin)).routes(routes!(outcome))
}

/// The accounts that a pasted token gives access to.
#[derive(Debug, Serialize, ToSchema)]
pub struct Pasted {
    accounts: Vec<AccountOut>,
}

/// Starts a login and returns the address of Meta's dialog. With the token of a system user, connects the WhatsApp numbers that
/// it has access to instead.
#[utoipa::path(post, path = "/gateways/{id}/connect", tag = "gateways", params(("id" = String, Path)),
    request_body = Option<Wanted>, responses(
    (status = 200, body = Begun), (status = 201, body = Pasted)))]
async fn begin(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<GatewayId>,
    OptionalBody(wanted): OptionalBody<Wanted>,
) -> Answer<Response> {
    let known = reached(&app, &who, id)?;
    let Some(token) = &wanted.token else {
        return Ok(Json(connect::begin(&app, who.by(), &known, &wanted).await?).into_response());
    };
    who.must(Permission::Administer)?;
    let mut accounts = Vec::new();
    for account in connect::paste(&app, who.user.id, &known, &wanted, token).await? {
        accounts.push(accounts::one(&app, &who, id, &account).await?);
    }
    Ok((StatusCode::CREATED, Json(Pasted { accounts })).into_response())
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
