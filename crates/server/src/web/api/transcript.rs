//! A conversation as a document: text, JSON, a page or a PDF.

use std::sync::LazyLock;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use domain::id::ConversationId;
use engine::transcript::{self, Entry, EntryKind, Transcript};
use jiff::tz::TimeZone;
use minijinja::{Environment, Value, context};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::accept::chosen;
use crate::web::api::conversations::visible;
use crate::web::auth::Principal;
use crate::web::extract::{Path, Query};
use crate::web::problem::{Answer, Problem, ProblemShape};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(transcript))
}

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates
        .add_template("page.html", include_str!("transcript/page.html"))
        .expect("the template is well formed");
    templates
});

/// The format of a transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Text,
    Html,
    Pdf,
}

/// The formats with their types, the default first.
const FORMATS: [(Format, &str, &str); 4] = [
    (Format::Json, "application", "json"),
    (Format::Text, "text", "plain"),
    (Format::Html, "text", "html"),
    (Format::Pdf, "application", "pdf"),
];

/// The query of a transcript.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// The time zone of its times, such as `Europe/Kyiv`; UTC if left out. JSON always has UTC.
    time_zone: Option<String>,
    /// Whether it includes notes and events: `false` for what the customer may read. Default: true.
    internal: Option<bool>,
}

/// The whole conversation as a document. `Accept` decides the format: JSON (the default), plain text, HTML or PDF.
#[utoipa::path(get, path = "/conversations/{id}/transcript", tag = "conversations",
    params(("id" = String, Path), Asked),
    responses(
        (status = 200, content(
            (Transcript = "application/json"), (String = "text/plain"), (String = "text/html"),
            (Vec<u8> = "application/pdf"))),
        (status = 406, body = ProblemShape)))]
async fn transcript(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ConversationId>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Answer<Response> {
    let it = visible(&app, &who, id).await?;
    let format = chosen(&headers, &FORMATS).ok_or_else(|| {
        not_acceptable("A transcript comes as application/json, text/plain, text/html or application/pdf.")
    })?;
    let zone = zone(asked.time_zone.as_deref())?;
    let transcript = transcript::read(&app, &it, asked.internal.unwrap_or(true)).await?;
    Ok(match format {
        Format::Json => Json(transcript).into_response(),
        Format::Text => document(id, "txt", "text/plain; charset=utf-8", transcript.text(&zone).into_bytes()),
        Format::Html => document(id, "html", "text/html; charset=utf-8", page(&transcript, &zone).into_bytes()),
        Format::Pdf => {
            let pdf = ::review::print::pdf(&app, &page(&transcript, &zone)).await.map_err(|missing| {
                not_acceptable(format!("{missing} Ask for text/html instead and print it in the browser."))
            })?;
            document(id, "pdf", "application/pdf", pdf)
        }
    })
}

fn not_acceptable(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::NOT_ACCEPTABLE, detail)
}

fn zone(name: Option<&str>) -> Answer<TimeZone> {
    name.map_or(Ok(TimeZone::UTC), |name| {
        engine::opening_hours::zone(name).ok_or_else(|| {
            Problem::unreadable(format!("\"{name}\" is not a time zone. Use a name such as Europe/Kyiv."))
        })
    })
}

/// The transcript as a self-contained, printable page.
fn page(transcript: &Transcript, zone: &TimeZone) -> String {
    let template = TEMPLATES.get_template("page.html").expect("it was added");
    let (title, facts) = (transcript.title(), transcript.facts(zone));
    let entries: Vec<Value> = transcript.entries(zone).into_iter().map(entry).collect();
    template.render(context! { title, facts, entries }).expect("all that it shows is given")
}

fn entry(Entry { day, time, kind, author, lines }: Entry) -> Value {
    let kind = match kind {
        EntryKind::Customer => "customer",
        EntryKind::Reply => "reply",
        EntryKind::Note => "note",
        EntryKind::Event => "event",
    };
    context! { day, time, kind, author, lines }
}

/// A download. Its content was written by customers, so a browser must not run it as one of our pages.
fn document(id: ConversationId, ending: &str, mime: &'static str, bytes: Vec<u8>) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'; style-src 'unsafe-inline'"),
    );
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    let name = format!("attachment; filename=\"conversation-{id}.{ending}\"");
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&name).expect("an id is digits"));
    response
}
