//! Outgoing webhooks: other programs get events by signed POSTs, in order.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::table::event;
use store::table::webhook::{self, Webhook, WebhookEdit};
use store::{Batch, CommitError};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path as At, Query as Asked};
use crate::web::fields::{Fields, act, fresh, page};
use crate::web::problem::{Answer, Problem};
use engine::clock::rfc3339;
use engine::secrets;
use engine::webhooks::{KINDS, secret_purpose, send};

/// How many there may be: each follows the bus on its own.
const MOST: usize = 50;

/// The routes of outgoing webhooks.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(get, update, delete)).routes(routes!(test))
}

/// How an outgoing webhook does.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum WebhookState {
    /// It took its last event.
    Ok,
    /// It refuses events, and is tried again.
    Failing,
    /// It took nothing for a day, and is not tried again.
    Stopped,
    /// It was switched off.
    Off,
    /// It has got no event yet.
    New,
}

/// The kinds of events that an outgoing webhook can get.
#[derive(Debug, Serialize, ToSchema)]
#[expect(dead_code, reason = "describes a text column, is never built")]
enum WebhookEvent {
    #[serde(rename = "health.alarm")]
    HealthAlarm,
    #[serde(rename = "health.cleared")]
    HealthCleared,
    #[serde(rename = "message.created")]
    MessageCreated,
    #[serde(rename = "message.changed")]
    MessageChanged,
    #[serde(rename = "conversation.changed")]
    ConversationChanged,
}

/// An outgoing webhook: another program that gets events. Its secret is returned once, when it is created.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub struct WebhookOut {
    id: String,
    /// Where events go.
    url: String,
    #[schema(value_type = Vec<WebhookEvent>)]
    events: Vec<String>,
    /// Whether it gets events.
    enabled: bool,
    state: WebhookState,
    /// The key of `X-Deskbell-Signature: t=SECONDS,v1=HEX`, HMAC-SHA256 over `SECONDS.BODY`; only when it was just made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    secret: Option<String>,
    /// When it took an event last.
    last_ok_at: Option<String>,
    /// When it was tried last.
    last_delivery_at: Option<String>,
    /// The HTTP status of that.
    last_status: Option<i64>,
    /// What went wrong then.
    last_error: Option<String>,
    /// Since when it takes nothing.
    failing_since: Option<String>,
    /// When it is tried again.
    next_try_at: Option<String>,
    /// How many events it took.
    delivered: i64,
    /// How many tries failed.
    failed: i64,
    created_at: String,
    version: i64,
}

fn view(it: &Webhook, secret: Option<String>) -> WebhookOut {
    let state = match () {
        () if it.stopped.is_some() => WebhookState::Stopped,
        () if !it.enabled => WebhookState::Off,
        () if it.failing_since.is_some() => WebhookState::Failing,
        () if it.last_ok_at.is_some() => WebhookState::Ok,
        () => WebhookState::New,
    };
    WebhookOut {
        id: it.id.to_string(),
        url: it.url.clone(),
        events: it.events.clone(),
        enabled: it.enabled,
        state,
        secret,
        last_ok_at: it.last_ok_at.map(rfc3339),
        last_delivery_at: it.last_at.map(rfc3339),
        last_status: it.last_status,
        last_error: it.last_error.clone(),
        failing_since: it.failing_since.map(rfc3339),
        next_try_at: it.next_at.map(rfc3339),
        delivered: it.delivered,
        failed: it.failed,
        created_at: rfc3339(it.created_at),
        version: it.version,
    }
}

/// A webhook to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewWebhook)]
pub struct WebhookIn {
    url: String,
    #[schema(value_type = Vec<WebhookEvent>)]
    events: Vec<String>,
    /// On if left out.
    enabled: Option<bool>,
    /// 16 to 200 characters; made by Deskbell if left out.
    secret: Option<String>,
}

/// What changes about a webhook.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookChange)]
pub struct WebhookChange {
    url: Option<String>,
    #[schema(value_type = Option<Vec<WebhookEvent>>)]
    events: Option<Vec<String>>,
    enabled: Option<bool>,
    secret: Option<String>,
    version: Option<i64>,
}

fn checked(app: &App, url: &str, events: &[String], secret: Option<&str>) -> Answer<(String, Vec<String>)> {
    let mut fields = Fields::default();
    let url = url.trim();
    if url.len() > 2_000 {
        fields.bad("/url", "This address is too long: at most 2,000 characters are possible.");
    } else if let Err(forbidden) = app.hooks.check(url) {
        fields.bad("/url", forbidden.0);
    }
    if events.is_empty() {
        fields.bad("/events", format!("Choose at least one of {}.", KINDS.join(", ")));
    }
    for (index, event) in events.iter().enumerate() {
        if !KINDS.contains(&event.as_str()) {
            fields.bad(
                &format!("/events/{index}"),
                format!("There is no such event: choose from {}.", KINDS.join(", ")),
            );
        }
    }
    if secret.is_some_and(|secret| !(16..=200).contains(&secret.chars().count())) {
        fields.bad("/secret", "A secret has 16 to 200 characters; leave it out and Deskbell makes one.");
    }
    fields.done()?;
    let mut events = events.to_vec();
    events.sort();
    events.dedup();
    Ok((url.to_owned(), events))
}

async fn one(app: &App, id: i64) -> Answer<Webhook> {
    webhook::by_id(&app.store, id).await?.ok_or_else(|| Problem::not_found("webhook"))
}

/// Every outgoing webhook.
#[utoipa::path(get, path = "/webhooks", tag = "webhooks",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<WebhookOut>)))]
async fn list(State(app): State<App>, Asked(paging): Asked<Paging>) -> Answer<Json<Items<WebhookOut>>> {
    page(webhook::list(&app.store).await?.iter().map(|it| view(it, None)).collect(), &paging)
}

/// One outgoing webhook.
#[utoipa::path(get, path = "/webhooks/{id}", tag = "webhooks", params(("id" = String, Path)),
    responses((status = 200, body = WebhookOut)))]
async fn get(State(app): State<App>, At(id): At<i64>) -> Answer<Json<WebhookOut>> {
    Ok(Json(view(&one(&app, id).await?, None)))
}

/// Creates an outgoing webhook. It gets events from now on. Its secret is returned only this once.
#[utoipa::path(post, path = "/webhooks", tag = "webhooks", request_body = WebhookIn,
    responses((status = 201, body = WebhookOut)))]
async fn create(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<WebhookIn>,
) -> Answer<(StatusCode, Json<WebhookOut>)> {
    let (url, events) = checked(&app, &new.url, &new.events, new.secret.as_deref())?;
    if webhook::list(&app.store).await?.len() >= MOST {
        return Err(Problem::conflict(format!(
            "There are {MOST} webhooks already: delete one that nobody needs."
        )));
    }
    let (id, secret) = (app.ids.next(), new.secret.unwrap_or_else(secrets::token));
    let place = event::newest(&app.store).await?;
    let sealed = app.cipher.seal(&secret, &secret_purpose(id));
    let enabled = new.enabled.unwrap_or(true);
    let mut batch = Batch::new();
    let edit = WebhookEdit { url: &url, events: &events, enabled };
    webhook::insert(&mut batch, id, &edit, &sealed, place, app.clock.now());
    act(&app, &mut batch, &who, "webhook.create", format!("webhook {id}"), &store::json::json(&events));
    app.store.commit(batch).await?;
    Ok((StatusCode::CREATED, Json(view(&one(&app, id).await?, Some(secret)))))
}

/// Changes an outgoing webhook. One that is switched on again gets events from then on.
#[utoipa::path(patch, path = "/webhooks/{id}", tag = "webhooks", params(("id" = String, Path)),
    request_body = WebhookChange, responses((status = 200, body = WebhookOut)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    At(id): At<i64>,
    Body(change): Body<WebhookChange>,
) -> Answer<Json<WebhookOut>> {
    let before = one(&app, id).await?;
    fresh(change.version, before.version, &view(&before, None))?;
    let url = change.url.as_deref().unwrap_or(&before.url);
    let events = change.events.as_deref().unwrap_or(&before.events);
    let (url, events) = checked(&app, url, events, change.secret.as_deref())?;
    let enabled = change.enabled.unwrap_or(before.enabled);
    let mut batch = Batch::new();
    let edit = WebhookEdit { url: &url, events: &events, enabled };
    webhook::update(&mut batch, id, &edit, change.version);
    if enabled && !before.enabled {
        let place = event::newest(&app.store).await?;
        webhook::set_place(&mut batch, id, place);
    }
    if let Some(secret) = &change.secret {
        webhook::set_secret(&mut batch, id, &app.cipher.seal(secret, &secret_purpose(id)));
    }
    act(&app, &mut batch, &who, "webhook.update", format!("webhook {id}"), &store::json::json(&events));
    match app.store.commit(batch).await {
        Ok(_) => Ok(Json(view(&one(&app, id).await?, None))),
        Err(CommitError::Conflict) => Err(Problem::stale(&view(&one(&app, id).await?, None))),
        Err(error) => Err(error.into()),
    }
}

/// Removes an outgoing webhook.
#[utoipa::path(delete, path = "/webhooks/{id}", tag = "webhooks", params(("id" = String, Path)),
    responses((status = 204)))]
async fn delete(State(app): State<App>, who: Principal, At(id): At<i64>) -> Answer<StatusCode> {
    one(&app, id).await?;
    let mut batch = Batch::new();
    webhook::delete(&mut batch, id);
    act(&app, &mut batch, &who, "webhook.delete", format!("webhook {id}"), "");
    app.store.commit(batch).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How a test went.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tested {
    /// Whether it was taken.
    ok: bool,
    /// The HTTP status, if there was an answer.
    status: Option<u16>,
    /// What happened.
    message: String,
}

/// Sends an event of type `test` now, beside the others.
#[utoipa::path(post, path = "/webhooks/{id}/test", tag = "webhooks", params(("id" = String, Path)),
    responses((status = 200, body = Tested)))]
async fn test(State(app): State<App>, At(id): At<i64>) -> Answer<Json<Tested>> {
    let hook = one(&app, id).await?;
    let (event, at) = (format!("test-{}", app.ids.next()), app.clock.now());
    let data = json!({ "message": "This is a test: somebody pressed the button in Deskbell." });
    Ok(Json(match send(&app, &hook, &event, "test", at, data).await {
        Ok(status) => {
            Tested { ok: true, status: Some(status), message: format!("It took the test (status {status}).") }
        }
        Err(not_taken) => Tested { ok: false, status: not_taken.status, message: not_taken.sentence },
    }))
}
