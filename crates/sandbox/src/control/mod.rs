//! The control API for tests, the phone and the dashboard. `GET /control` lists it.

mod admin;
mod clock;
mod customer;
mod events;
mod kinds;
mod logs;

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

const ROUTES: &[(&str, &str)] = &[
    ("GET /control", "this list"),
    ("GET /control/state", "apps, people, pages, customers, threads, settings, faults"),
    ("GET /control/waiting", "{deliveries}: how many webhooks wait or are under way"),
    (
        "POST /control/settings",
        "any of allow_external, webhook_timeout_ms, webhook_attempts, delivery_ms, dialog_coop, conversations_need_read_engagement, app_usage_percent, clock_ahead_seconds, log_limit",
    ),
    (
        "POST /control/apps/{id}",
        "any of name, secret, redirect_uris, accept_any_redirect_uri, deauthorize_callback_url, data_deletion_url, require_app_secret, allow_api_settings, human_agent, profile_access, mode, login_configs, roles, permissions",
    ),
    (
        "POST /control/apps/{id}/deauthorize",
        "{person_id} removes the app, or {page_id} detaches the Page; calls the deauthorize URL and answers {status,body,error}",
    ),
    (
        "POST /control/apps/{id}/data-deletion",
        "{person_id}: calls the data-deletion URL and answers {status,body,json,error}",
    ),
    ("POST /control/people", "{id?,name} -> {id}"),
    (
        "POST /control/people/{person}/permissions",
        "{app_id,permission,granted}: one permission is taken back, or granted",
    ),
    ("POST /control/pages", "{id?,name,category?,roles?,business_id?} -> {id}"),
    ("POST /control/pages/{page}/roles", "{person_id,tasks}: an empty list takes the role away"),
    ("POST /control/pages/{page}/settings", "{takes_messages}: whether people can write to it"),
    ("POST /control/customers", "{id?} with {name} or {first_name,last_name?}, {picture?} -> {id,name}"),
    ("POST /control/tokens/expire", "{person_id?,page_id?,app_id?,kind?:user|page,subcode?=463} -> {killed}"),
    ("POST /control/personas/forget", "all personas are deleted -> {forgotten}"),
    ("POST /control/attachments/expire", "no attachment id can be used again -> {expired}"),
    ("GET /control/pages/{page}/customers/{customer}/messages", "the thread"),
    (
        "POST /control/pages/{page}/customers/{customer}/messages",
        "{text?,quick_reply_payload?,attachment?|attachments?:[{type,url?,data?,name?,mime?,sticker_id?,title?,lat?,long?}],like?,reply_to?,referral?,age_seconds?} or multipart text,file -> {mid,psid,timestamp}",
    ),
    ("POST …/postback", "{title,payload,referral?} -> {mid}"),
    ("POST …/referral", "{ref,source?,type?,ad_id?}"),
    ("POST …/reaction", "{mid,emoji} or {mid,emoji:null}"),
    ("POST …/edit", "{mid,text}: the webhook counts the edits of a message"),
    ("POST …/unsend", "{mid}: the customer takes an own message back"),
    ("POST …/read", "{} -> {read}: the customer has seen all"),
    ("POST …/typing", "{}: Pages are not informed about it"),
    ("POST …/block", "{blocked}"),
    ("POST …/page-inbox", "{text,app_id?,metadata?}: an answer from Meta's inbox (or another app) -> {mid}"),
    (
        "POST …/event",
        "{kind} of GET /control/kinds, or {field,carrier?:messaging|standby|changes|body,item} with words like $psid and $now -> {receivers,item}",
    ),
    ("GET /control/kinds", "every event of the platform, ready to be sent"),
    ("GET /control/errors", "every error of the platform, ready for a graph_error fault"),
    ("GET …/events", "text/event-stream: `thread` whenever the thread changed"),
    (
        "POST /control/clock",
        "{page_id,customer_id,shift_seconds | shift_hours}: how far the thread's clock is ahead; or {speed?,advance_seconds?}: the clock by which failing webhooks are tried again and an app is unsubscribed after an hour",
    ),
    (
        "POST /control/chaos",
        "{seed,delay_ms:[least,most],duplicate,reorder,lose_webhook,drop_answer,http_5xx,transient,rate_limit,token_death}: probabilities 0..1 -> {on,plan,committed}; GET the same, DELETE calms it",
    ),
    (
        "POST /control/faults",
        "{kind:graph_error|graph_delay|webhook_duplicate|webhook_drop|webhook_delay|webhook_reorder|profile|cdn,path?,method?,times?,status?,code?,subcode?,message?,is_transient?,body?,regain_minutes?,delay_ms?,when?:before|after,cut?,copies?,app_id?,page_id?,customer_id?} -> {id}",
    ),
    ("GET /control/faults, DELETE /control/faults[/{id}]", "list, remove"),
    ("GET /control/calls?limit=&path=&after_id=, DELETE /control/calls", "log of Graph calls, oldest first"),
    (
        "GET /control/deliveries?limit=&kind=&field=&after_id=, DELETE /control/deliveries",
        "log of webhook attempts and callbacks, oldest first",
    ),
    (
        "POST /control/deliver",
        "{app_id,body | raw,url?,signature?:good|bad|none}: signs and posts -> {status,error}",
    ),
    (
        "POST /control/burst",
        "{page_id,customers,messages_each,concurrency?,text?} -> {sent,delivered,failed,ms,customers}",
    ),
    ("GET /control/events", "text/event-stream: `change` whenever anything changed"),
];

async fn list() -> Json<Value> {
    Json(
        json!({"routes": ROUTES.iter().map(|(route, does)| json!({"route": route, "does": does})).collect::<Vec<_>>()}),
    )
}

/// All routes below `/control`.
pub fn router() -> Router<Shared> {
    let thread = "/pages/{page}/customers/{customer}";
    let at = |rest: &str| format!("{thread}/{rest}");
    Router::new()
        .route("/", get(list))
        .route("/state", get(admin::state))
        .route("/waiting", get(logs::waiting))
        .route("/settings", post(admin::settings))
        .route("/apps/{id}", post(admin::app))
        .route("/apps/{id}/deauthorize", post(admin::deauthorize))
        .route("/apps/{id}/data-deletion", post(admin::data_deletion))
        .route("/people", post(admin::person))
        .route("/people/{person}/permissions", post(admin::permission))
        .route("/pages", post(admin::page))
        .route("/pages/{page}/roles", post(admin::roles))
        .route("/pages/{page}/settings", post(admin::page_settings))
        .route("/customers", post(admin::customer))
        .route("/tokens/expire", post(admin::expire))
        .route("/clock", get(clock::now).post(clock::wind))
        .route("/chaos", get(logs::chaos).post(logs::set_chaos).delete(logs::calm))
        .route("/personas/forget", post(admin::forget_personas))
        .route("/attachments/expire", post(admin::expire_attachments))
        .route(&at("messages"), get(customer::thread).post(customer::say))
        .route(&at("postback"), post(customer::postback))
        .route(&at("referral"), post(customer::referral))
        .route(&at("reaction"), post(customer::reaction))
        .route(&at("edit"), post(customer::edit))
        .route(&at("unsend"), post(customer::unsend))
        .route(&at("read"), post(customer::read_all))
        .route(&at("typing"), post(customer::typing))
        .route(&at("block"), post(customer::block))
        .route(&at("page-inbox"), post(customer::page_inbox))
        .route(&at("event"), post(kinds::send))
        .route(&at("events"), get(events::thread))
        .route("/kinds", get(kinds::kinds))
        .route("/errors", get(kinds::errors))
        .route("/faults", get(logs::faults).post(logs::add_fault).delete(logs::clear_faults))
        .route("/faults/{id}", delete(logs::remove_fault))
        .route("/calls", get(logs::calls).delete(logs::clear_calls))
        .route("/deliveries", get(logs::deliveries).delete(logs::clear_deliveries))
        .route("/deliver", post(logs::deliver))
        .route("/burst", post(logs::burst))
        .route("/events", get(events::dashboard))
        .fallback(|| async { missing("There is no such control route; GET /control lists them.") })
        .layer(axum::extract::DefaultBodyLimit::max(40 * 1024 * 1024))
        .layer(middleware::from_fn(own_origin))
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
