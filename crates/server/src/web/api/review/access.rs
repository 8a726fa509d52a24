//! The access of Meta's reviewer to a gateway: granted and revoked by a button.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use domain::id::GatewayId;
use domain::secret::Secret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::api::gateways::known;
use crate::web::auth::Principal;
use crate::web::extract::{OptionalBody, Path};
use crate::web::problem::{Answer, Problem};
use ::review::access::{self, Access};
use engine::clock::rfc3339;
use engine::fields::Fields;
use engine::view::Named;

/// Meta's decision takes weeks (meta-platform.md §9.3).
const DAYS: i64 = 60;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show, give, revoke))
}

/// A link into Messenger that starts a conversation of the review.
#[derive(Debug, Serialize, ToSchema)]
struct ReviewLink {
    page_id: String,
    page_name: String,
    url: String,
}

/// What Meta's form and the instructions need.
#[derive(Debug, Serialize, ToSchema)]
struct ReviewAccess {
    /// The reviewer's credentials.
    email: String,
    /// Their password; null if it was encrypted with another key. In that case give access again.
    #[schema(value_type = Option<String>)]
    password: Option<Secret>,
    #[schema(format = DateTime)]
    created_at: String,
    /// When it ends automatically.
    #[schema(format = DateTime)]
    expires_at: String,
    /// A customer who sends it to any Page of the gateway starts a conversation of the review.
    code_word: String,
    /// Links that do the same, for each Page with a webhook subscription.
    links: Vec<ReviewLink>,
    /// The queue of these conversations; only the reviewer serves it.
    queue: Named,
    /// The flow that greets them.
    flow: Named,
    /// When the reviewer last signed in.
    #[schema(format = DateTime)]
    last_sign_in: Option<String>,
}

impl From<Access> for ReviewAccess {
    fn from(it: Access) -> Self {
        let link =
            |link: access::Link| ReviewLink { page_id: link.page_id, page_name: link.page_name, url: link.url };
        Self {
            email: it.email,
            password: it.password,
            created_at: rfc3339(it.created_at),
            expires_at: rfc3339(it.expires_at),
            code_word: it.code_word,
            links: it.links.into_iter().map(link).collect(),
            queue: Named { id: it.queue.0.to_string(), name: it.queue.1 },
            flow: Named { id: it.flow.0.to_string(), name: it.flow.1 },
            last_sign_in: it.last_sign_in.map(rfc3339),
        }
    }
}

/// How long a reviewer gets access.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct ReviewAccessIn {
    /// 1 to 120, else 60.
    days: i64,
}

impl Default for ReviewAccessIn {
    fn default() -> Self {
        Self { days: DAYS }
    }
}

/// It contains a password: no cache may store it.
fn shown(it: Access) -> impl IntoResponse {
    (AppendHeaders([(header::CACHE_CONTROL, "no-store")]), Json(ReviewAccess::from(it)))
}

/// The reviewer's access, with the password.
#[utoipa::path(get, path = "/gateways/{id}/review/access", tag = "gateways", params(("id" = String, Path)),
    responses((status = 200, body = ReviewAccess)))]
async fn show(State(app): State<App>, Path(id): Path<GatewayId>) -> Answer<impl IntoResponse> {
    known(&app, id)?;
    access::of(&app, id).await?.map(shown).ok_or_else(|| Problem::not_found("access"))
}

/// Gives a reviewer access and revokes the previous access.
#[utoipa::path(post, path = "/gateways/{id}/review/access", tag = "gateways", params(("id" = String, Path)),
    request_body = Option<ReviewAccessIn>, responses((status = 201, body = ReviewAccess)))]
async fn give(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<GatewayId>,
    OptionalBody(input): OptionalBody<ReviewAccessIn>,
) -> Answer<impl IntoResponse> {
    let known = known(&app, id)?;
    let mut fields = Fields::default();
    fields.between("/days", input.days, 1, 120);
    fields.done()?;
    Ok((StatusCode::CREATED, shown(access::give(&app, who.user.id, &known, input.days).await?)))
}

/// Revokes it. Sign-in, sessions and streams end immediately, Pages that only the reviewer connected are removed, and
/// the review's conversations are closed.
#[utoipa::path(delete, path = "/gateways/{id}/review/access", tag = "gateways", params(("id" = String, Path)),
    responses((status = 204)))]
async fn revoke(State(app): State<App>, who: Principal, Path(id): Path<GatewayId>) -> Answer<StatusCode> {
    known(&app, id)?;
    access::revoke(&app, who.user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
