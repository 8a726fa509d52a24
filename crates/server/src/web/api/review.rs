//! Meta's App Review of a gateway: everything for the tab in one object, the operator's changes, and the submission
//! as files.

pub mod access;
mod films;
mod recordings;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use domain::audit_detail::AuditDetail;
use domain::id::GatewayId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::api::gateways::known;
use crate::web::auth::Principal;
use crate::web::download;
use crate::web::extract::{Body, Path};
use crate::web::problem::{Answer, Problem, ProblemShape};
use ::review::change::{self, Change};
use ::review::facts::Facts;
use ::review::view::{ReviewView, view};
use ::review::{archive, meta_status};
use engine::audit;
use engine::retention::export::scratch;

/// Documents load nothing and run nothing, wherever they are opened.
const POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get, update))
        .routes(routes!(read))
        .routes(routes!(document))
        .routes(routes!(whole))
        .merge(recordings::routes())
        .merge(films::routes())
}

async fn facts(app: &App, id: GatewayId) -> Answer<Facts> {
    Ok(Facts::read(app, &*known(app, id)?).await?)
}

/// The App Review of a gateway: what is needed, what is done, and the texts.
#[utoipa::path(get, path = "/gateways/{id}/review", tag = "review", params(("id" = String, Path)),
    responses((status = 200, body = ReviewView)))]
async fn get(State(app): State<App>, Path(id): Path<GatewayId>) -> Answer<Json<ReviewView>> {
    Ok(Json(view(&facts(&app, id).await?)))
}

/// Changes the operator's answers about the review. Omitted fields are not changed; null restores the generated
/// answer.
#[utoipa::path(patch, path = "/gateways/{id}/review", tag = "review", request_body = Change,
    params(("id" = String, Path)),
    responses((status = 200, body = ReviewView)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<GatewayId>,
    Body(change): Body<Change>,
) -> Answer<Json<ReviewView>> {
    Ok(Json(change::update(&app, who.user.id, &*known(&app, id)?, &change).await?))
}

/// Asks Meta for the state of the app and its permissions now. Counts towards the ten checks per minute of Health.
#[utoipa::path(post, path = "/gateways/{id}/review/read", tag = "review", params(("id" = String, Path)),
    responses((status = 200, body = ReviewView), (status = 429, body = ProblemShape)))]
async fn read(State(app): State<App>, Path(id): Path<GatewayId>) -> Answer<Json<ReviewView>> {
    let known = known(&app, id)?;
    app.manual_checks.count(id, app.clock.now()).map_err(|seconds| {
        Problem::wait(
            seconds,
            "This gateway was checked ten times within a minute. Wait a minute, then check again.",
        )
    })?;
    meta_status::ask(&app, &known).await?;
    get(State(app), Path(id)).await
}

/// One document of the submission: `instructions.txt`, `instructions.html`, `instructions.pdf` if Chromium is
/// installed, `privacy.html`, …
#[utoipa::path(get, path = "/gateways/{id}/review/documents/{name}", tag = "review",
    params(("id" = String, Path), ("name" = String, Path)),
    responses((status = 200, content((String = "text/html"), (String = "text/csv"), (String = "text/plain"), ("application/pdf"))),
        (status = 409, body = ProblemShape)))]
async fn document(State(app): State<App>, Path((id, name)): Path<(GatewayId, String)>) -> Answer<Response> {
    let facts = facts(&app, id).await?;
    if name == archive::PDF {
        let pdf = archive::print(&app, &facts).await.ok_or_else(|| {
            Problem::conflict(
                "The instructions can't be printed here: Chromium is missing or failed. Install Debian's package chromium, or print \
                 instructions.html.",
            )
        })?;
        return Ok(with_headers(pdf.into_response(), "application/pdf"));
    }
    let documents = archive::documents(&facts);
    let found = documents.into_iter().find(|(known, _)| *known == name);
    let (_, text) = found.ok_or_else(|| Problem::not_found("document"))?;
    let kind = match name.rsplit_once('.') {
        Some((_, "html")) => "text/html; charset=utf-8",
        Some((_, "csv")) => "text/csv; charset=utf-8",
        _ => "text/plain; charset=utf-8",
    };
    Ok(with_headers(text.into_response(), kind))
}

fn with_headers(mut response: Response, kind: &'static str) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

/// The whole submission as one ZIP.
#[utoipa::path(get, path = "/gateways/{id}/review/archive", tag = "review", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/zip"), (status = 507, body = ProblemShape)))]
async fn whole(State(app): State<App>, who: Principal, Path(id): Path<GatewayId>) -> Answer<Response> {
    let known = known(&app, id)?;
    let export = scratch(&app, &format!("review-{id}"));
    archive::write(&app, &known, export.path()).await.map_err(download::failed)?;
    audit::record(&app, who.user.id, "review.export", &format!("gateway {id}"), AuditDetail::Nothing {}).await?;
    download::zip(export, &format!("app-review-{id}.zip")).await
}
