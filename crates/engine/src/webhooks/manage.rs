//! Outgoing webhooks as administrators set them up.

use domain::audit_detail::AuditDetail;
use domain::hook_error::HookError;
use domain::id::UserId;
use domain::secret::Secret;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::table::event;
use store::table::webhook::{self, Webhook, WebhookEdit};
use store::{Batch, CommitError};
use utoipa::ToSchema;

use super::{KINDS, secret_purpose, send};
use crate::audit::act_by;
use crate::clock::rfc3339;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fields::{Fields, fresh};
use crate::secrets;

/// How many there may be: each follows the bus on its own.
const MOST: usize = 50;

/// The state of an outgoing webhook.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WebhookState {
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
pub enum WebhookEvent {
    #[serde(rename = "health.alarm")]
    HealthAlarm,
    #[serde(rename = "health.cleared")]
    HealthCleared,
    #[serde(rename = "queue.alert")]
    QueueAlert,
    #[serde(rename = "flow.failed")]
    FlowFailed,
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
pub struct WebhookView {
    pub id: String,
    /// Where events go.
    pub url: String,
    #[schema(value_type = Vec<WebhookEvent>)]
    pub events: Vec<String>,
    /// Whether it gets events.
    pub enabled: bool,
    pub state: WebhookState,
    /// The key of `X-Deskbell-Signature: t=SECONDS,v1=HEX`, HMAC-SHA256 over `SECONDS.BODY`; only when it was just made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[schema(value_type = Option<String>)]
    pub secret: Option<Secret>,
    /// When it last accepted an event.
    pub last_ok_at: Option<String>,
    /// When it was last tried.
    pub last_delivery_at: Option<String>,
    /// Its HTTP status.
    pub last_status: Option<i64>,
    /// What went wrong then.
    pub last_error: Option<String>,
    /// Since when it has accepted nothing.
    pub failing_since: Option<String>,
    /// When it is tried again.
    pub next_try_at: Option<String>,
    /// How many events it accepted.
    pub delivered: i64,
    /// How many attempts failed.
    pub failed: i64,
    pub created_at: String,
    pub version: i64,
}

fn view(it: &Webhook, secret: Option<Secret>) -> WebhookView {
    let state = match () {
        () if it.stopped.is_some() => WebhookState::Stopped,
        () if !it.enabled => WebhookState::Off,
        () if it.failing_since.is_some() => WebhookState::Failing,
        () if it.last_ok_at.is_some() => WebhookState::Ok,
        () => WebhookState::New,
    };
    WebhookView {
        id: it.id.to_string(),
        url: it.url.clone(),
        events: it.events.clone(),
        enabled: it.enabled,
        state,
        secret,
        last_ok_at: it.last_ok_at.map(rfc3339),
        last_delivery_at: it.last_at.map(rfc3339),
        last_status: it.last_status,
        last_error: it.last_error.as_ref().map(HookError::english),
        failing_since: it.failing_since.map(rfc3339),
        next_try_at: it.next_at.map(rfc3339),
        delivered: it.delivered,
        failed: it.failed,
        created_at: rfc3339(it.created_at),
        version: it.version,
    }
}

/// A new webhook.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewWebhook)]
pub struct NewWebhook {
    pub url: String,
    #[schema(value_type = Vec<WebhookEvent>)]
    pub events: Vec<String>,
    /// On if left out.
    pub enabled: Option<bool>,
    /// 16 to 200 characters; made by Deskbell if left out.
    #[schema(value_type = Option<String>)]
    pub secret: Option<Secret>,
}

/// Changes of a webhook.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookChange)]
pub struct WebhookChange {
    pub url: Option<String>,
    #[schema(value_type = Option<Vec<WebhookEvent>>)]
    pub events: Option<Vec<String>>,
    pub enabled: Option<bool>,
    #[schema(value_type = Option<String>)]
    pub secret: Option<Secret>,
    pub version: Option<i64>,
}

/// The result of a test.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tested {
    /// Whether it was accepted.
    pub ok: bool,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// What happened.
    pub message: String,
}

fn checked(app: &Engine, url: &str, events: &[String], secret: Option<&str>) -> Result<(String, Vec<String>)> {
    let mut fields = Fields::default();
    let url = url.trim();
    if url.len() > 2_000 {
        fields.bad("/url", "This address is too long: at most 2,000 characters are possible.");
    } else if let Err(forbidden) = app.hooks.check(url) {
        fields.bad("/url", forbidden.english());
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

async fn stored(app: &Engine, id: i64) -> Result<Webhook> {
    webhook::by_id(&app.store, id).await?.ok_or_else(|| Error::NotFound("webhook"))
}

/// All outgoing webhooks.
pub async fn all(app: &Engine) -> Result<Vec<WebhookView>> {
    Ok(webhook::list(&app.store).await?.iter().map(|it| view(it, None)).collect())
}

/// One outgoing webhook.
pub async fn one(app: &Engine, id: i64) -> Result<WebhookView> {
    Ok(view(&stored(app, id).await?, None))
}

/// Creates an outgoing webhook. It gets events from now on. Its secret is returned only this once.
pub async fn create(app: &Engine, by: UserId, new: NewWebhook) -> Result<WebhookView> {
    let (url, events) = checked(app, &new.url, &new.events, new.secret.as_deref())?;
    if webhook::list(&app.store).await?.len() >= MOST {
        return Err(Error::conflict(format!(
            "There are already {MOST} webhooks. Delete one that you no longer need."
        )));
    }
    let (id, secret) = (app.ids.next(), new.secret.unwrap_or_else(|| secrets::token().into()));
    let place = event::newest(&app.store).await?;
    let sealed = app.cipher.seal(&secret, &secret_purpose(id));
    let enabled = new.enabled.unwrap_or(true);
    let mut batch = Batch::new();
    let edit = WebhookEdit { url: &url, events: &events, enabled };
    webhook::insert(&mut batch, id, &edit, &sealed, place, app.clock.now());
    act_by(
        app,
        &mut batch,
        Some(by),
        "webhook.create",
        format!("webhook {id}"),
        AuditDetail::fields(events.clone()),
    );
    app.store.commit(batch).await?;
    Ok(view(&stored(app, id).await?, Some(secret)))
}

/// Changes an outgoing webhook. One that is switched on again gets events from that moment on.
pub async fn update(app: &Engine, by: UserId, id: i64, change: WebhookChange) -> Result<WebhookView> {
    let before = stored(app, id).await?;
    fresh(change.version, before.version, &view(&before, None))?;
    let url = change.url.as_deref().unwrap_or(&before.url);
    let events = change.events.as_deref().unwrap_or(&before.events);
    let (url, events) = checked(app, url, events, change.secret.as_deref())?;
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
    act_by(
        app,
        &mut batch,
        Some(by),
        "webhook.update",
        format!("webhook {id}"),
        AuditDetail::fields(events.clone()),
    );
    match app.store.commit(batch).await {
        Ok(_) => one(app, id).await,
        Err(CommitError::Conflict) => Err(Error::stale(&one(app, id).await?)),
        Err(error) => Err(error.into()),
    }
}

/// Removes an outgoing webhook.
pub async fn delete(app: &Engine, by: UserId, id: i64) -> Result<()> {
    stored(app, id).await?;
    let mut batch = Batch::new();
    webhook::delete(&mut batch, id);
    act_by(app, &mut batch, Some(by), "webhook.delete", format!("webhook {id}"), AuditDetail::Nothing {});
    app.store.commit(batch).await?;
    Ok(())
}

/// Sends an event of type `test` now.
pub async fn test(app: &Engine, id: i64) -> Result<Tested> {
    let hook = stored(app, id).await?;
    let (event, at) = (format!("test-{}", app.ids.next()), app.clock.now());
    let data = json!({ "message": "This is a test message from Deskbell." });
    Ok(match send(app, &hook, &event, "test", at, data).await {
        Ok(status) => {
            Tested { ok: true, status: Some(status), message: format!("It took the test (status {status}).") }
        }
        Err(not_taken) => Tested { ok: false, status: not_taken.status, message: not_taken.why.english() },
    })
}
