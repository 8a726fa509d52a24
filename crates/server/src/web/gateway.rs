//! The address that Meta calls: one per gateway, for webhook deliveries, their verification, the redirect from Meta's
//! login, and requests of people about their data. A delivery is answered once it is durable, and not before.

pub(in crate::web) mod html;
mod login;
mod signed;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use bytes::{Bytes, BytesMut};
use channels::meta::oauth::{self, Redirect};
use channels::meta::signature::{self, SignatureError, Verification, verification};
use domain::id::DeliveryId;
use futures_util::StreamExt as _;
use store::table::inbox::Arrived;

use crate::app::App;
use crate::web::finish::in_own_task;
use crate::web::problem::Problem;
use engine::directory::GatewayEntry;
use engine::{gateways, inbox};

/// The largest delivery; Meta stays far below.
const LARGEST: usize = 4 * 1024 * 1024;
/// How much is read of a larger one, so that its sender can read our response.
const LARGEST_READ: usize = 4 * LARGEST;
/// A delivery that takes longer than this does not come from Meta.
const SLOWEST: Duration = Duration::from_secs(30);

/// The routes that Meta calls.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/chat/{uri}", any(door))
        .route("/chat/{uri}/data-deletion", any(deletion_door))
        .route("/chat/{uri}/{*rest}", any(async || unknown()))
        .route("/data-deletion/{code}", get(signed::status))
}

/// There is no such gateway. The response is the same for every method, so that addresses cannot be guessed.
fn unknown() -> Response {
    Problem::not_found("address").into_response()
}

fn wrong_method(allowed: &'static str) -> Response {
    let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "This method is not allowed here.");
    ([(header::ALLOW, allowed)], problem).into_response()
}

async fn door(State(app): State<App>, uri: Result<Path<String>, PathRejection>, request: Request) -> Response {
    let directory = app.directory();
    let Some(known) = uri.ok().and_then(|uri| directory.gateway_at(&uri.0)) else {
        return unknown();
    };
    match *request.method() {
        Method::GET => opened(&app, known, request.headers(), request.uri()).await,
        Method::POST => posted(&app, known, request).await,
        _ => wrong_method("GET, POST"),
    }
}

async fn deletion_door(
    State(app): State<App>,
    uri: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    let directory = app.directory();
    let Some(known) = uri.ok().and_then(|uri| directory.gateway_at(&uri.0)) else {
        return unknown();
    };
    if *request.method() != Method::POST {
        return wrong_method("POST");
    }
    match read_body(request.into_body(), None).await {
        Ok(body) => {
            let (app, known) = (app.clone(), Arc::clone(known));
            let field = form_value(&body, "signed_request");
            in_own_task(async move { signed::delete_data(&app, &known, field.as_deref()).await }).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// A GET: Meta verifies the webhook, or a browser returns from Meta's login.
async fn opened(app: &App, known: &Arc<GatewayEntry>, headers: &HeaderMap, uri: &Uri) -> Response {
    let query = Query::<Vec<(String, String)>>::try_from_uri(uri).map(|query| query.0).unwrap_or_default();
    match verification(&query, &known.row.verify_token) {
        Verification::Challenge(challenge) => {
            gateways::set_verified(app, known).await;
            let headers = [
                (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
                (header::CACHE_CONTROL, "no-store"),
                (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
            ];
            (headers, challenge).into_response()
        }
        Verification::Refused => Problem::forbidden(
            "The verify token is not this gateway's. Copy it again from the gateway's Meta tab.",
        )
        .into_response(),
        Verification::NotOne => match oauth::outcome(&query) {
            Redirect::Other if query.is_empty() => html::bare(),
            redirect => {
                let (app, known, headers) = (app.clone(), Arc::clone(known), headers.clone());
                in_own_task(async move { login::came_back(&app, &known, &headers, redirect).await }).await
            }
        },
    }
}

/// A POST: events, or a person who revokes what they granted.
async fn posted(app: &App, known: &Arc<GatewayEntry>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let length = text(&parts.headers, header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
    let body = match read_body(body, length).await {
        Ok(body) => body,
        Err(problem) => {
            metrics::counter!("deskbell_webhooks_total", "result" => "too_large").increment(1);
            return problem.into_response();
        }
    };
    let form = text(&parts.headers, header::CONTENT_TYPE).is_some_and(|kind| {
        kind.get(..33).is_some_and(|kind| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded"))
    });
    if (form || body.starts_with(b"signed_request="))
        && let Some(field) = form_value(&body, "signed_request")
    {
        let (app, known) = (app.clone(), Arc::clone(known));
        return in_own_task(async move { signed::deauthorize(&app, &known, &field).await }).await;
    }
    let header = parts.headers.get("x-hub-signature-256").and_then(|value| value.to_str().ok());
    delivered(app, known, header, body).await
}

async fn delivered(app: &App, known: &GatewayEntry, signature: Option<&str>, body: Bytes) -> Response {
    let counted =
        |result: &'static str| metrics::counter!("deskbell_webhooks_total", "result" => result).increment(1);
    if known.secret.is_none() {
        // The signature cannot be checked, so Meta has to send it again, once the secret is back.
        counted("no_secret");
        return Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "This gateway has lost its App Secret: an administrator types it again.",
        )
        .into_response();
    }
    if let Err(error) = verify(known, &body, signature) {
        counted("bad_signature");
        app.signature_failures.count(known.row.id);
        return Problem::new(StatusCode::UNAUTHORIZED, sentence(&error.to_string())).into_response();
    }
    let (mut events, mut page, mut unreadable) = (Vec::new(), None, None);
    match app.channels.decode(&body) {
        Ok(found) => {
            page = found.first().map(|event| event.address.account.id.clone()).filter(|page| !page.is_empty());
            if known.row.enabled {
                events = found;
            }
        }
        Err(error) => unreadable = Some(error.into()),
    }
    let result = match (&unreadable, events.is_empty()) {
        (Some(_), _) => "unreadable",
        (None, true) => "ignored",
        (None, false) => "kept",
    };
    let arrived = Arrived {
        id: DeliveryId(app.ids.next()),
        gateway: known.row.id,
        page,
        at: app.clock.now(),
        body: body.into(),
        keys: events.iter().map(|event| event.address.clone()).collect(),
        unreadable,
    };
    match inbox::receive(app, arrived, events).await {
        Ok(_) => {
            counted(result);
            StatusCode::OK.into_response()
        }
        Err(error) => {
            counted("not_kept");
            tracing::error!(%error, "a delivery could not be saved: Meta is asked to send it again");
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "The delivery could not be saved. Send it again.")
                .into_response()
        }
    }
}

/// Deliveries for an account of Instagram Login are signed with the secret of that login's app.
fn verify(known: &GatewayEntry, body: &[u8], signature: Option<&str>) -> Result<(), SignatureError> {
    let mut failed = None;
    for secret in known.signing_secrets() {
        match signature::verify(&secret.0, body, signature) {
            Ok(()) => return Ok(()),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    Err(failed.unwrap_or(SignatureError::Wrong))
}

/// Reads a body of at most [`LARGEST`].
async fn read_body(body: Body, length: Option<usize>) -> Result<Bytes, Problem> {
    let too_large = || Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "The body is larger than 4 MiB.");
    let slow = || Problem::new(StatusCode::REQUEST_TIMEOUT, "The body came too slowly.");
    if length.is_some_and(|length| length > LARGEST_READ) {
        return Err(too_large());
    }
    let reading = async {
        let mut stream = body.into_data_stream();
        let broken = |_| Problem::unreadable("The body broke off half-way.");
        let Some(first) = stream.next().await.transpose().map_err(broken)? else { return Ok(Bytes::new()) };
        // Most deliveries come in one chunk, which is not copied.
        if Some(first.len()) == length && first.len() <= LARGEST {
            return Ok(first);
        }
        let mut whole = BytesMut::with_capacity(length.unwrap_or(first.len()).min(LARGEST));
        let (mut seen, mut next) = (0, Some(first));
        while let Some(chunk) = next {
            seen += chunk.len();
            if seen > LARGEST_READ {
                return Err(too_large());
            }
            if seen <= LARGEST {
                whole.extend_from_slice(&chunk);
            }
            next = stream.next().await.transpose().map_err(broken)?;
        }
        if seen > LARGEST { Err(too_large()) } else { Ok(whole.freeze()) }
    };
    tokio::time::timeout(SLOWEST, reading).await.unwrap_or_else(|_| Err(slow()))
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// A field of a form; what Meta signs is short, so a form that is too long for an address contains none.
fn form_value(body: &[u8], name: &str) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?.trim();
    let uri: Uri = format!("/?{text}").parse().ok()?;
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&uri).ok()?;
    pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// Capitalises the first letter and adds a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read_and_other_bodies_hold_no_field() {
        assert_eq!(form_value(b"signed_request=ab.cd%3D&x=1", "signed_request").as_deref(), Some("ab.cd="));
        assert_eq!(form_value(b"a=1&signed_request=ab.cd", "signed_request").as_deref(), Some("ab.cd"));
        assert_eq!(form_value(br#"{"object":"page"}"#, "signed_request"), None);
        assert_eq!(form_value(b"\xff\xfe", "signed_request"), None);
        assert_eq!(form_value(b"", "signed_request"), None);
    }

    #[tokio::test]
    async fn bodies_up_to_four_mebibytes_are_read() {
        let read = |size: usize| read_body(Body::from(vec![b'x'; size]), Some(size));
        assert_eq!(read(LARGEST).await.unwrap().len(), LARGEST);
        assert_eq!(read(LARGEST + 1).await.unwrap_err().status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(read(LARGEST_READ + 1).await.unwrap_err().status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(read_body(Body::empty(), None).await.unwrap().len(), 0);
    }

    #[test]
    fn errors_become_sentences() {
        assert_eq!(sentence("the body is not JSON"), "The body is not JSON.");
        assert_eq!(sentence(""), ".");
    }
}
