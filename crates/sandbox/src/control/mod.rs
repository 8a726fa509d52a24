//! The control API for tests, the phone and the dashboard. `GET /control` lists it.

mod accounts;
mod admin;
mod clock;
mod customer;
mod events;
mod files;
mod kinds;
mod logs;
mod routes;
mod whatsapp;

use crate::shared::Shared;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// An error of the control API: a status and a sentence.
pub struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

/// What control handlers answer.
pub type Answer = Result<Json<Value>, Refusal>;

/// 400 with a sentence.
pub fn bad(text: impl Into<String>) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, text.into())
}

/// 404 with a sentence.
pub fn missing(text: impl Into<String>) -> Refusal {
    Refusal(StatusCode::NOT_FOUND, text.into())
}

/// Reads a JSON body; an empty one is `{}`.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let body = if body.iter().all(u8::is_ascii_whitespace) { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| bad(format!("The body is not what this route takes: {error}.")))
}

async fn list() -> Json<Value> {
    Json(
        json!({"routes": routes::ROUTES.iter().map(|(route, does)| json!({"route": route, "does": does})).collect::<Vec<_>>()}),
    )
}

/// All routes below `/control`.
pub fn router() -> Router<Shared> {
    let router = Router::new()
        .route("/", get(list))
        .route("/state", get(admin::state))
        .route("/waiting", get(logs::waiting))
        .route("/settings", post(admin::settings))
        .route("/apps/{id}", post(admin::app))
        .route("/apps/{id}/deauthorize", post(admin::deauthorize))
        .route("/apps/{id}/data-deletion", post(admin::data_deletion))
        .route("/log-in", post(admin::log_in))
        .route("/people", post(admin::person))
        .route("/people/{person}/permissions", post(admin::permission))
        .route("/pages", post(admin::page))
        .route("/pages/{page}/roles", post(admin::roles))
        .route("/pages/{page}/settings", post(admin::page_settings))
        .route("/customers", post(admin::customer))
        .route("/customers/{id}", post(accounts::customer))
        .route("/instagram", post(accounts::instagram))
        .route("/whatsapp", post(accounts::waba))
        .route("/numbers/{id}", post(accounts::number))
        .route("/templates/{id}", post(accounts::template))
        .route("/system-users", post(accounts::system_user))
        .route("/tokens/expire", post(admin::expire))
        .route("/clock", get(clock::now).post(clock::wind))
        .route("/chaos", get(logs::chaos).post(logs::set_chaos).delete(logs::calm))
        .route("/personas/forget", post(admin::forget_personas))
        .route("/attachments/expire", post(admin::expire_attachments))
        .route("/kinds", get(kinds::kinds))
        .route("/errors", get(kinds::errors))
        .route("/faults", get(logs::faults).post(logs::add_fault).delete(logs::clear_faults))
        .route("/faults/{id}", delete(logs::remove_fault))
        .route("/calls", get(logs::calls).delete(logs::clear_calls))
        .route("/deliveries", get(logs::deliveries).delete(logs::clear_deliveries))
        .route("/deliver", post(logs::deliver))
        .route("/burst", post(logs::burst))
        .route("/events", get(events::dashboard));
    router
        .nest("/pages/{page}/customers/{customer}", thread())
        .nest("/accounts/{page}/customers/{customer}", thread())
        .fallback(|| async { missing("There is no such control route; GET /control lists them.") })
        .layer(axum::extract::DefaultBodyLimit::max(40 * 1024 * 1024))
        .layer(middleware::from_fn(own_origin))
}

/// The routes of one thread.
fn thread() -> Router<Shared> {
    Router::new()
        .route("/messages", get(customer::thread).post(customer::say))
        .route("/postback", post(customer::postback))
        .route("/referral", post(customer::referral))
        .route("/reaction", post(customer::reaction))
        .route("/edit", post(customer::edit))
        .route("/unsend", post(customer::unsend))
        .route("/read", post(customer::read_all))
        .route("/typing", post(customer::typing))
        .route("/block", post(customer::block))
        .route("/page-inbox", post(customer::page_inbox))
        .route("/tap", post(whatsapp::tap))
        .route("/played", post(whatsapp::played))
        .route("/number", post(whatsapp::number))
        .route("/marketing", post(whatsapp::marketing))
        .route("/story/expire", post(accounts::expire_story))
        .route("/event", post(kinds::send))
        .route("/events", get(events::thread))
}

/// Refuses calls that other web pages make through a visitor's browser.
async fn own_origin(request: Request, next: Next) -> Response {
    let foreign = is_foreign(request.headers());
    if foreign && request.method() != Method::GET {
        return Refusal(
            StatusCode::FORBIDDEN,
            "Only the sandbox's own pages and programs may use the control API.".to_owned(),
        )
        .into_response();
    }
    next.run(request).await
}

fn is_foreign(headers: &HeaderMap) -> bool {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    match (header(header::ORIGIN), header(header::HOST)) {
        (Some(origin), Some(host)) => origin.split_once("://").is_none_or(|(_, origin_host)| origin_host != host),
        _ => false,
    }
}
