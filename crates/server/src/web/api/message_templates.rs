//! Message templates of WhatsApp business accounts.

use axum::Json;
use axum::extract::State;
use domain::id::GatewayId;
use engine::message_templates::{self, TemplateView};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::extract::{Items, Paging, Path, Query};
use crate::web::fields::page;
use crate::web::problem::{Answer, ProblemShape};

/// For everyone who answers customers.
pub fn answer_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// For administrators.
pub fn administer_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(sync))
}

/// The filters of templates.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Meta's id of a number, for the templates that it can send.
    account: Option<String>,
    /// Meta's term: `APPROVED`, `PAUSED` …
    status: Option<String>,
    /// 1 to 200, else 50.
    limit: Option<i64>,
    /// Where to continue.
    cursor: Option<String>,
}

/// The message templates of a gateway's WhatsApp accounts, as last read from Meta, by name and language.
#[utoipa::path(get, path = "/gateways/{id}/whatsapp/templates", tag = "gateways", params(("id" = String, Path), Which),
    responses((status = 200, body = Items<TemplateView>)))]
async fn list(
    State(app): State<App>,
    Path(id): Path<GatewayId>,
    Query(which): Query<Which>,
) -> Answer<Json<Items<TemplateView>>> {
    let all = message_templates::list(&app, id, which.account.as_deref(), which.status.as_deref()).await?;
    page(all, &Paging { limit: which.limit, cursor: which.cursor })
}

/// Reads the templates from Meta again. Meta reports changes of their status, but not new ones.
#[utoipa::path(post, path = "/gateways/{id}/whatsapp/templates/sync", tag = "gateways", params(("id" = String, Path)),
    responses((status = 200, body = Items<TemplateView>), (status = 502, body = ProblemShape)))]
async fn sync(State(app): State<App>, Path(id): Path<GatewayId>) -> Answer<Json<Items<TemplateView>>> {
    page(message_templates::sync(&app, id).await?, &Paging { limit: Some(200), cursor: None })
}
