//! Secrets of flows. Only their names are ever returned.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use domain::secret::Secret;
use engine::flow_secrets::{self, FlowSecrets};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::Body;
use crate::web::problem::Answer;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get, put))
}

/// The names of the secrets that flows may send to other programs.
#[utoipa::path(get, path = "/flow-secrets", tag = "flows", responses((status = 200, body = FlowSecrets)))]
async fn get(State(app): State<App>) -> Answer<Json<FlowSecrets>> {
    Ok(Json(flow_secrets::read(&app).await?))
}

/// Sets the given secrets: `{"NAME": "value"}`. Null removes one. Others are not changed.
#[utoipa::path(put, path = "/flow-secrets", tag = "flows", request_body = BTreeMap<String, Option<String>>,
    responses((status = 200, body = FlowSecrets)))]
async fn put(
    State(app): State<App>,
    who: Principal,
    Body(change): Body<BTreeMap<String, Option<Secret>>>,
) -> Answer<Json<FlowSecrets>> {
    Ok(Json(flow_secrets::update(&app, who.user.id, change).await?))
}
