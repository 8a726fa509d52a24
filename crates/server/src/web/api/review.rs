//! Meta's App Review of a gateway: everything that the tab shows in one object, what the operator changes about it,
//! and the submission as files.

pub mod access;
mod change;
mod films;
mod recordings;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use domain::id::GatewayId;
use serde::Serialize;
use store::CommitError;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::change::Change;
use crate::app::App;
use crate::web::api::gateways::known;
use crate::web::auth::Principal;
use crate::web::download;
use crate::web::extract::{Body, Path};
use crate::web::problem::{Answer, Problem, ProblemShape};
use ::review::audience::{self, Audience};
use ::review::checklist::{self, Step};
use ::review::data::QuestionOut;
use ::review::facts::Facts;
use ::review::instructions::InstructionsOut;
use ::review::legal::LegalOut;
use ::review::permission::PermissionOut;
use ::review::refusal::{self, Advice};
use ::review::scopes::Scopes;
use ::review::{archive, data, instructions, legal, meta_status, permission, scopes};
use engine::audit;
use engine::clock::rfc3339;
use engine::retention::export::scratch;

/// How often an edit without a version is tried against others at the same moment.
const TRIES: usize = 5;
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

/// Meta's App Review of a gateway.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Review)]
struct ReviewOut {
    /// Who will write, and whether a review is needed at all.
    audience: Audience,
    /// What there is to do, in Meta's order.
    steps: Vec<Step>,
    /// How many of the things to do are done.
    done: usize,
    /// How many things there are to do.
    total: usize,
    /// Permissions and features.
    permissions: Vec<PermissionOut>,
    /// What logins carry, compared with what is used.
    scopes: Scopes,
    /// Meta's usual refusals, and what to change for each.
    refusals: Vec<Advice>,
    /// Questions on data handling with their answers.
    data: Vec<QuestionOut>,
    /// The public pages.
    legal: Vec<LegalOut>,
    /// What the reviewer does.
    instructions: InstructionsOut,
    /// Names of recordings that were made, storyboard included.
    recordings: Vec<String>,
    /// Names that `documents/{name}` answers; the PDF only where Chromium prints it.
    documents: Vec<String>,
    /// When Meta was asked last; null if it never was.
    read_at: Option<String>,
    /// Grows with each edit; 0 before the first.
    version: i64,
}

fn view(facts: &Facts) -> ReviewOut {
    let steps = checklist::steps(facts);
    let (done, total) = checklist::progress(&steps);
    ReviewOut {
        audience: audience::audience(facts),
        steps,
        done,
        total,
        permissions: permission::all(facts),
        scopes: scopes::compared(facts),
        refusals: refusal::ALL.iter().map(|it| it.told(&facts.screens())).collect(),
        data: data::all(facts),
        legal: legal::all(facts),
        instructions: instructions::told(facts),
        recordings: facts.recordings.clone(),
        documents: archive::documents(facts)
            .into_iter()
            .map(|(name, _)| name)
            .filter(|name| !name.contains('/'))
            .chain(facts.prints.then(|| archive::PDF.to_owned()))
            .collect(),
        read_at: facts.meta_status.as_ref().map(|status| rfc3339(status.at)),
        version: facts.version,
    }
}

async fn facts(app: &App, id: GatewayId) -> Answer<Facts> {
    Ok(Facts::gather(app, &*known(app, id)?).await?)
}

/// Meta's App Review of a gateway: what is needed, what is done, and the texts.
#[utoipa::path(get, path = "/gateways/{id}/review", tag = "review", params(("id" = String, Path)),
    responses((status = 200, body = ReviewOut)))]
async fn get(State(app): State<App>, Path(id): Path<GatewayId>) -> Answer<Json<ReviewOut>> {
    Ok(Json(view(&facts(&app, id).await?)))
}

/// Changes what the operator says of the review: what is left out stays, null goes back to ours.
#[utoipa::path(patch, path = "/gateways/{id}/review", tag = "review", request_body = Change,
    params(("id" = String, Path)),
    responses((status = 200, body = ReviewOut)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<GatewayId>,
    Body(change): Body<Change>,
) -> Answer<Json<ReviewOut>> {
    for _ in 0..TRIES {
        let before = facts(&app, id).await?;
        if change.version.is_some_and(|sent| sent != before.version) {
            return Err(Problem::stale(&view(&before)));
        }
        let answers = change.applied(&before)?;
        if ::review::operator_answers::save(&app, who.user.id, &answers, (id, before.version), &change.parts())
            .await?
        {
            return get(State(app), Path(id)).await;
        }
    }
    Err(CommitError::Conflict.into())
}

/// Asks Meta what it says of the app and its permissions, now. Counts with the checks of Health: ten a minute at most.
#[utoipa::path(post, path = "/gateways/{id}/review/read", tag = "review", params(("id" = String, Path)),
    responses((status = 200, body = ReviewOut), (status = 429, body = ProblemShape)))]
async fn read(State(app): State<App>, Path(id): Path<GatewayId>) -> Answer<Json<ReviewOut>> {
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

/// One document of the submission: `instructions.txt`, `instructions.html`, `instructions.pdf` where Chromium is installed, `privacy.html`, …
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
    audit::record(&app, who.user.id, "review.export", &format!("gateway {id}"), "").await?;
    download::zip(export, &format!("app-review-{id}.zip")).await
}
