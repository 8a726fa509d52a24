//! A conversation as a document: text, JSON, a page or a PDF. All but the PDF are sent while they are read, so that one page of
//! messages is in memory, however long the conversation is.

use std::sync::LazyLock;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use domain::id::ConversationId;
use engine::transcript::{self, Entry, EntryKind, Reader, Transcript, TranscriptShape};
use engine::view::MessageView;
use futures_util::stream::{self, Stream, StreamExt as _, TryStreamExt as _};
use jiff::tz::TimeZone;
use minijinja::{Environment, Value, context};
use review::print::NotPrinted;
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
    for (name, text) in [
        ("head.html", include_str!("transcript/head.html")),
        ("entries.html", include_str!("transcript/entries.html")),
    ] {
        templates.add_template(name, text).expect("the template is well formed");
    }
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

/// The largest page that is printed, in bytes: about 10,000 messages. It is in memory as a whole, and Chromium needs a multiple.
const LARGEST_PRINTED: usize = 4 * 1024 * 1024;

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
/// A PDF needs Chromium on the server, and a conversation of at most 4 MiB as HTML.
#[utoipa::path(get, path = "/conversations/{id}/transcript", tag = "conversations",
    params(("id" = String, Path), Asked),
    responses(
        (status = 200, content(
            (TranscriptShape = "application/json"), (String = "text/plain"), (String = "text/html"),
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
    let transcript = transcript::open(&app, &it, asked.internal.unwrap_or(true)).await?;
    let pages = transcript.pages(app.engine.clone());
    Ok(match format {
        Format::Json => {
            let parts = parts(transcript.json(), pages, json(), "]}");
            document(id, "json", "application/json", Body::from_stream(parts))
        }
        Format::Text => {
            let mut reader = Reader::new(zone.clone());
            let page = move |page: Vec<_>| page.iter().map(|message| reader.entry(message).text()).collect();
            let parts = parts(transcript.text(&zone), pages, page, "");
            document(id, "txt", "text/plain; charset=utf-8", Body::from_stream(parts))
        }
        Format::Html => {
            let parts = html(&transcript, pages, zone);
            document(id, "html", "text/html; charset=utf-8", Body::from_stream(parts))
        }
        Format::Pdf => {
            let page = printable(html(&transcript, pages, zone)).await?;
            let pdf = ::review::print::pdf(&app, &page).await.map_err(not_printed)?;
            document(id, "pdf", "application/pdf", pdf.into())
        }
    })
}

/// A document in parts: its beginning, its pages as they are read, and its end. If the store fails in between, the response breaks
/// off: its status was sent long before.
fn parts(
    head: String,
    pages: impl Stream<Item = Result<Vec<MessageView>, store::Error>> + Send + 'static,
    page: impl FnMut(Vec<MessageView>) -> String + Send + 'static,
    end: &'static str,
) -> impl Stream<Item = Result<String, store::Error>> + Send + 'static {
    let pages = pages.map_ok(page).inspect_err(|error| tracing::error!(%error, "a transcript broke off"));
    stream::iter([Ok(head)]).chain(pages).chain(stream::iter([Ok(end.to_owned())]))
}

/// Writes pages of messages as the items of one JSON array.
fn json() -> impl FnMut(Vec<MessageView>) -> String + Send + 'static {
    let mut is_first = true;
    move |page| {
        let mut text = String::new();
        for message in &page {
            if !std::mem::take(&mut is_first) {
                text.push(',');
            }
            text += &serde_json::to_string(message).unwrap_or_default();
        }
        text
    }
}

/// The transcript as a self-contained, printable page.
fn html(
    transcript: &Transcript,
    pages: impl Stream<Item = Result<Vec<MessageView>, store::Error>> + Send + 'static,
    zone: TimeZone,
) -> impl Stream<Item = Result<String, store::Error>> + Send + 'static {
    let (title, facts) = (transcript.title(), transcript.facts(&zone));
    let head = render("head.html", context! { title, facts });
    let mut reader = Reader::new(zone);
    let page = move |page: Vec<MessageView>| {
        let entries: Vec<Value> = page.iter().map(|message| entry(reader.entry(message))).collect();
        render("entries.html", context! { entries })
    };
    parts(head, pages, page, "</body></html>\n")
}

fn render(template: &str, values: Value) -> String {
    let template = TEMPLATES.get_template(template).expect("it was added");
    template.render(values).expect("all that it shows is given")
}

/// A whole page for the printer; a problem if it is too long.
async fn printable(parts: impl Stream<Item = Result<String, store::Error>>) -> Answer<String> {
    let mut parts = std::pin::pin!(parts);
    let mut page = String::new();
    while let Some(part) = parts.try_next().await? {
        page += &part;
        if page.len() > LARGEST_PRINTED {
            return Err(not_acceptable(
                "This conversation is too long for a PDF, which may have 4 MiB as a page. Ask for text/html instead and print \
                 it in the browser.",
            ));
        }
    }
    Ok(page)
}

/// Why there is no PDF: without Chromium there never is one, else it may succeed the next time.
fn not_printed(error: NotPrinted) -> Problem {
    let instead = "Ask for text/html instead and print it in the browser.";
    match error {
        NotPrinted::Missing(missing) => not_acceptable(format!("{missing} {instead}")),
        error => {
            tracing::error!(%error, "a transcript was not printed");
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, format!("{error} {instead}"))
        }
    }
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
fn document(id: ConversationId, ending: &str, mime: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
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
