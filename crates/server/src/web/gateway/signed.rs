//! Signed requests that Meta posts on behalf of people: they revoke what they granted, or want their data deleted.
//! Nothing is trusted or changed before the signature was checked.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use channels::meta::signature::{SignedRequest, SignedRequestError, signed_request};
use domain::time::Micros;
use serde_json::json;
use store::table::deletion_request;

use super::{html, sentence};
use crate::app::App;
use crate::web::problem::{Answer, Problem};
use engine::directory::GatewayEntry;
use engine::withdrawal;

/// A person removed the app, or a page was detached from it: exactly that access is revoked.
pub(super) async fn deauthorize(app: &App, known: &GatewayEntry, field: &str) -> Response {
    let done = async {
        let request = read(known, Some(field))?;
        match (&request.profile_id, &request.user_id) {
            (Some(page), _) => withdrawal::detach(app, known.row.id, page, &request).await.map_err(Problem::from),
            (None, Some(person)) => {
                withdrawal::withdraw(app, known.row.id, person, &request).await.map_err(Problem::from)
            }
            (None, None) => Err(Problem::unreadable("The signed request names neither a person nor a Page.")),
        }
    };
    match done.await {
        Ok(()) => {
            metrics::counter!("deskbell_webhooks_total", "result" => "deauthorize").increment(1);
            StatusCode::OK.into_response()
        }
        Err(problem) => problem.into_response(),
    }
}

/// A person wants their data deleted. The id is that of an administrator who connected Pages. A customer's request
/// normally comes through the business, but if the id belongs to one of our customers, it is carried out (§8.2).
pub(super) async fn delete_data(app: &App, known: &GatewayEntry, field: Option<&str>) -> Response {
    let done = async {
        let request = read(known, field)?;
        let person =
            request.user_id.clone().ok_or_else(|| Problem::unreadable("The signed request names no person."))?;
        withdrawal::forget(app, known.row.id, &person, &request).await.map_err(Problem::from)
    };
    match done.await {
        Ok(code) => {
            metrics::counter!("deskbell_webhooks_total", "result" => "data_deletion").increment(1);
            let url = app.urls.data_deletion(&code);
            Json(json!({"url": url, "confirmation_code": code})).into_response()
        }
        Err(problem) => problem.into_response(),
    }
}

/// The public page that shows the status of such a request.
pub(super) async fn status(State(app): State<App>, path: Result<Path<String>, PathRejection>) -> Response {
    let Ok(Path(code)) = path else { return html::no_deletion() };
    match deletion_request::by_code(&app.store, &code).await {
        Ok(Some(request)) => {
            let (requested, done) = (day(request.requested_at), request.done_at.map(day));
            html::deletion(&code, &requested, done.as_deref(), request.held.word())
        }
        Ok(None) => html::no_deletion(),
        Err(error) => Problem::from(error).into_response(),
    }
}

/// `2026-11-22 16:09 UTC`.
fn day(at: Micros) -> String {
    let text = engine::clock::rfc3339(at);
    format!("{} {} UTC", text.get(..10).unwrap_or_default(), text.get(11..16).unwrap_or_default())
}

fn read(known: &GatewayEntry, field: Option<&str>) -> Answer<SignedRequest> {
    let field = field.ok_or_else(|| Problem::unreadable("The form field signed_request is missing."))?;
    if known.secret.is_none() {
        return Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "This gateway has lost its App Secret: an administrator types it again.",
        ));
    }
    let mut read = known.signing_secrets().map(|secret| signed_request(&secret.0, field));
    let first = read.next().unwrap_or(Err(SignedRequestError::Wrong));
    first
        .or_else(|error| read.find_map(Result::ok).ok_or(error))
        .map_err(|error| Problem::unreadable(sentence(&error.to_string())))
}
