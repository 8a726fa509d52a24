//! Gateways: Meta apps connected to Deskbell.

mod checked;

use std::sync::Arc;

use channels::messenger::MESSENGER;
use channels::meta::graph::{self, Done, Listed, Subscription};
use domain::audit_detail::AuditDetail;
use domain::id::{GatewayId, UserId};
use domain::thread_event::SystemClose;
use domain::turn::Templates;
use serde::Serialize;
use store::table::gateway::{self, Gateway, GatewayEdit, GatewayKind};
use store::table::{account, activity, event, health as watched};
use store::{Batch, CommitError};
use utoipa::ToSchema;

use self::checked::Checking;
pub use self::checked::{GatewayChange, NewGateway, TemplatesChange};
use crate::audit::{act_by, object_of};
use crate::clock::rfc3339;
use crate::directory::{GatewayEntry, instagram_secret_purpose, secret_purpose};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fields::fresh;
use crate::health::report::{self, Health};
use crate::optimistic::{Attempt, optimistic};
use crate::pages::subscribe;
use crate::view::words::SecretState;
use crate::{first_texts, health, release, secrets};
use domain::secret::Secret;

/// Texts for customers; an empty one is not sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplatesView {
    /// The name of agents in the other texts.
    pub agent_name: String,
    /// When an agent accepts.
    pub joined: String,
    /// When an agent hands over.
    pub left: String,
    /// When the customer waits again because their agent went away.
    pub waiting_again: String,
    /// When the conversation is closed.
    pub closed: String,
}

/// When the steps of connecting last succeeded.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ticks {
    /// When Meta last verified the webhook.
    pub webhook_verified_at: Option<String>,
    /// When a login last succeeded.
    pub login_ok_at: Option<String>,
    /// When the last event arrived.
    pub last_event_at: Option<String>,
    /// When a message was last sent.
    pub last_sent_at: Option<String>,
}

/// The last successful call that needed a permission.
#[derive(Debug, Serialize, ToSchema)]
pub struct PermissionUse {
    /// The permission.
    pub permission: String,
    /// What was called.
    pub endpoint: String,
    /// When it was made.
    pub last_ok_at: String,
}

/// A Meta app connected to Deskbell. Its App Secret is never returned.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Gateway)]
pub struct GatewayView {
    pub id: String,
    pub kind: GatewayKind,
    pub name: String,
    /// Meta's App ID.
    pub app_id: String,
    /// The last part of its address.
    pub uri: String,
    /// The complete address, for the fields of Meta's dashboard.
    pub webhook_url: String,
    /// What Meta must show when it verifies the webhook.
    #[schema(value_type = String)]
    pub verify_token: Secret,
    /// The flow that greets.
    pub flow_id: String,
    /// The version of the Graph API: `vNN.N`.
    pub api_version: String,
    /// The configuration of Facebook Login for Business.
    pub login_config_id: Option<String>,
    /// The id of the app for Instagram Login. Its secret is never returned.
    pub instagram_app_id: Option<String>,
    /// The configuration of WhatsApp's Embedded Signup.
    pub whatsapp_config_id: Option<String>,
    /// Whether events are processed.
    pub enabled: bool,
    /// Whether the app has Meta's Human Agent feature: agents may then answer for 7 days instead of 24 hours.
    pub human_agent: bool,
    /// The maximum number of calls per second for one Page, 1 to 300.
    pub page_rate: i64,
    /// For how many minutes the bot is paused after a person answered outside Deskbell, 0 to 1440.
    pub bot_pause_minutes: i64,
    pub templates: TemplatesView,
    /// Whether agents who have a picture answer under their own names.
    pub personas: bool,
    /// Whether Meta accepts the App Secret; `lost` if it must be entered again.
    #[serde(rename = "secret")]
    pub secret_state: SecretState,
    pub created_at: String,
    pub version: i64,
    pub pages_connected: usize,
    pub pages_subscribed: usize,
    /// The accounts of all channels, Pages too.
    pub accounts_connected: usize,
    /// How many of them are switched on.
    pub accounts_subscribed: usize,
    /// Whether everything works.
    pub ok: bool,
    /// The number of findings in Health.
    pub problems: usize,
    /// The number of alarms that no administrator has seen.
    pub alarms: usize,
    pub ticks: Ticks,
    pub permissions: Vec<PermissionUse>,
}

/// The gateway of an id.
pub fn known(app: &Engine, id: GatewayId) -> Result<Arc<GatewayEntry>> {
    app.directory().gateways.get(&id).cloned().ok_or_else(|| Error::NotFound("gateway"))
}

async fn row(app: &Engine, id: GatewayId) -> Result<Gateway> {
    gateway::by_id(&app.store, id).await?.ok_or_else(|| Error::NotFound("gateway"))
}

pub async fn view(app: &Engine, row: Gateway) -> Result<GatewayView> {
    let (accounts, uses) = account::of_gateway_with_uses(&app.store, row.id).await?;
    let activity = activity::of_gateway(&app.store, row.id).await?;
    let known = GatewayEntry::open(row, &app.cipher);
    let health = report::of(app, &known).await?;
    let GatewayEntry { row, secret, .. } = known;
    let pages = || accounts.iter().filter(|account| account.channel == MESSENGER.channel);
    let Templates { agent_name, joined, left, waiting_again, closed } = row.templates;
    Ok(GatewayView {
        webhook_url: app.urls.webhook(&row.uri),
        id: row.id.to_string(),
        kind: row.kind,
        name: row.name,
        app_id: row.app_id,
        uri: row.uri,
        verify_token: row.verify_token,
        flow_id: row.flow.to_string(),
        api_version: row.api_version,
        login_config_id: row.login_config_id,
        instagram_app_id: row.instagram_app_id,
        whatsapp_config_id: row.whatsapp_config_id,
        enabled: row.enabled,
        human_agent: row.human_agent,
        page_rate: row.page_rate,
        bot_pause_minutes: row.bot_pause_minutes,
        templates: TemplatesView { agent_name, joined, left, waiting_again, closed },
        personas: row.personas,
        secret_state: if secret.is_some() { row.secret_state.into() } else { SecretState::Lost },
        created_at: rfc3339(row.created_at),
        version: row.version,
        pages_connected: pages().count(),
        pages_subscribed: pages().filter(|page| page.subscribed).count(),
        accounts_connected: accounts.len(),
        accounts_subscribed: accounts.iter().filter(|account| account.subscribed).count(),
        ok: health.ok,
        problems: health.findings.len(),
        alarms: health.unseen,
        ticks: Ticks {
            webhook_verified_at: row.webhook_verified_at.map(rfc3339),
            login_ok_at: row.login_ok_at.map(rfc3339),
            last_event_at: activity.last_event(row.id).map(rfc3339),
            last_sent_at: activity.last_sent(row.id).map(rfc3339),
        },
        permissions: uses
            .into_iter()
            .map(|it| PermissionUse {
                permission: it.permission,
                endpoint: it.endpoint,
                last_ok_at: rfc3339(it.at),
            })
            .collect(),
    })
}

/// Every gateway, the oldest first.
pub async fn rows(app: &Engine) -> Result<Vec<Gateway>> {
    Ok(gateway::list(&app.store).await?)
}

/// One gateway.
pub async fn one(app: &Engine, id: GatewayId) -> Result<GatewayView> {
    view(app, row(app, id).await?).await
}

fn app_taken() -> Error {
    Error::taken(
        "/app_id",
        "There is a gateway with this App ID already: connect its Pages there, or delete it first.",
    )
}

/// Creates a gateway. Its App Secret is checked with Meta if Meta can be reached.
pub async fn create(app: &Engine, by: UserId, new: NewGateway) -> Result<GatewayView> {
    let new = new.checked(app)?;
    if app.directory().gateways.values().any(|known| known.row.app_id == new.app_id) {
        return Err(app_taken());
    }
    let secret_state =
        Checking { version: &new.api_version, probe: new.probe, app: Some((&new.app_id, &new.app_secret)) }
            .with_meta(app)
            .await?;
    let (id, at) = (GatewayId(app.ids.next()), app.clock.now());
    let mut batch = Batch::new();
    let (uri, verify_token) = (secrets::letters(32), secrets::letters(32));
    let seal = |secret: &Secret| app.cipher.seal(secret, &instagram_secret_purpose(id));
    let instagram_app_secret = new.instagram_app_secret.as_ref().map(seal).unwrap_or_default();
    let edit = GatewayEdit {
        name: &new.name,
        app_id: &new.app_id,
        app_secret: &app.cipher.seal(&new.app_secret, &secret_purpose(id)),
        secret_state,
        flow: new.flow,
        api_version: &new.api_version,
        login_config_id: new.login_config_id.as_deref(),
        enabled: new.enabled,
        templates: &first_texts::templates(app.config.language),
        human_agent: new.human_agent,
        page_rate: new.page_rate,
        bot_pause_minutes: new.bot_pause_minutes,
        instagram_app_id: new.instagram_app_id.as_deref(),
        instagram_app_secret: &instagram_app_secret,
        whatsapp_config_id: new.whatsapp_config_id.as_deref(),
    };
    gateway::insert(&mut batch, id, (&uri, &verify_token), &edit, at);
    act_by(
        app,
        &mut batch,
        Some(by),
        "gateway.create",
        format_args!("gateway {id}"),
        AuditDetail::named(&new.name),
    );
    event::gateway_changed(&mut batch, id, at);
    match app.store.commit(batch).await {
        Err(CommitError::Duplicate) => return Err(app_taken()),
        other => other?,
    };
    app.reload().await?;
    one(app, id).await
}

/// Changes a gateway. A new App ID or App Secret is checked with Meta.
pub async fn update(app: &Engine, by: UserId, id: GatewayId, change: GatewayChange) -> Result<GatewayView> {
    let before = row(app, id).await?;
    if change.version.is_some_and(|sent| sent != before.version) {
        return Err(Error::stale(&view(app, before).await?));
    }
    let change = change.checked(app)?;
    app_is_free(app, id, change.app_id.as_deref())?;
    let secret_state = change.check_with_meta(app, &before).await?;
    let change = &change;
    optimistic(&app.store, "gateway", |attempt| async move {
        if attempt > 0 {
            // Another gateway may have been given the same App ID.
            app.reload().await?;
            app_is_free(app, id, change.app_id.as_deref())?;
        }
        let before = row(app, id).await?;
        let current = view(app, before.clone()).await?;
        fresh(change.version, before.version, &current)?;
        let mut batch = Batch::new();
        change.write(app, &mut batch, &before, secret_state).await?;
        act_by(
            app,
            &mut batch,
            Some(by),
            "gateway.update",
            format_args!("gateway {id}"),
            AuditDetail::fields(change.fields()),
        );
        event::gateway_changed(&mut batch, id, app.clock.now());
        Ok::<_, Error>(Attempt::Commit(batch, ()))
    })
    .await?;
    app.reload().await?;
    one(app, id).await
}

/// Refuses an App ID that another gateway has.
fn app_is_free(app: &Engine, id: GatewayId, app_id: Option<&str>) -> Result<()> {
    let has_it = |other: &GatewayEntry| other.row.id != id && Some(other.row.app_id.as_str()) == app_id;
    if app.directory().gateways.values().any(|other| has_it(other)) { Err(app_taken()) } else { Ok(()) }
}

/// Deletes a gateway: unsubscribes its Pages if Meta allows it, deletes its secrets and closes its conversations.
/// Their history stays.
pub async fn remove(app: &Engine, by: UserId, id: GatewayId) -> Result<()> {
    let before = row(app, id).await?;
    let known = known(app, id)?;
    // No new events are accepted while it is removed.
    let mut batch = Batch::new();
    gateway::disable(&mut batch, id);
    app.store.commit(batch).await?;
    app.reload().await?;
    let pages = account::of_gateway(&app.store, id).await?;
    for page in pages.into_iter().filter(|page| page.subscribed) {
        subscribe::off(app, &known, &page, Some(by)).await?;
    }
    end_app_subscriptions(app, &known).await;
    release::close_all_of(app, id, None, SystemClose::GatewayRemoved).await?;
    let (mut batch, at) = (Batch::new(), app.clock.now());
    gateway::delete(&mut batch, id, at);
    act_by(
        app,
        &mut batch,
        Some(by),
        "gateway.delete",
        format_args!("gateway {id}"),
        AuditDetail::named(&before.name),
    );
    event::gateway_changed(&mut batch, id, at);
    app.store.commit(batch).await?;
    app.reload().await?;
    Ok(())
}

/// Ends the app's subscriptions that point here: its address will answer 404 from now on. Those of other products stay.
/// Meta may refuse: then they end at Meta after some failed deliveries.
async fn end_app_subscriptions(app: &Engine, known: &GatewayEntry) {
    let (app_id, ours) = (&known.row.app_id, app.urls.webhook(&known.row.uri));
    let Ok(list) = app.graph.as_app::<Listed<Subscription>>(known, graph::subscriptions(app_id)).await else {
        return;
    };
    for it in list.items.iter().filter(|it| it.callback_url == ours) {
        if let Err((refused, _)) =
            app.graph.as_app::<Done>(known, graph::unsubscribe_app(app_id, &it.object)).await
        {
            tracing::warn!(
                gateway = %known.row.id, object = it.object, code = refused.error.code,
                "Meta did not end a subscription of the app"
            );
        }
    }
}

/// The health of a gateway: what is wrong, who can fix it, and how.
pub async fn health(app: &Engine, id: GatewayId) -> Result<Health> {
    Ok(report::of(app, &*known(app, id)?).await?)
}

/// Asks Meta how a gateway is, now.
pub async fn check(app: &Engine, id: GatewayId) -> Result<Health> {
    health::check(app, id).await;
    health(app, id).await
}

/// Marks the alarms of a gateway as seen: they are no longer shown as new.
pub async fn set_alarms_seen(app: &Engine, id: GatewayId) -> Result<Health> {
    let before = health(app, id).await?;
    if before.unseen == 0 {
        return Ok(before);
    }
    let (mut batch, at) = (Batch::new(), app.clock.now());
    watched::set_seen(&mut batch, id, at);
    event::gateway_changed(&mut batch, id, at);
    app.store.commit(batch).await?;
    health(app, id).await
}

/// Resends messages of a Page that failed within the last day for a reason that may be fixed by now.
pub async fn retry_sends(app: &Engine, by: UserId, id: GatewayId, page: &str) -> Result<usize> {
    known(app, id)?;
    account::one(&app.store, id, page).await?.ok_or_else(|| Error::NotFound("account"))?;
    let messages = health::sends::again(app, id, page).await?;
    let (mut batch, at) = (Batch::new(), app.clock.now());
    let detail = AuditDetail::Messages { count: messages };
    act_by(app, &mut batch, Some(by), "account.retry_sends", object_of(id, page), detail);
    event::gateway_changed(&mut batch, id, at);
    app.store.commit(batch).await?;
    Ok(messages)
}

/// Meta has verified the webhook. A failure to store this must not delay the answer to Meta.
pub async fn set_verified(app: &Engine, known: &GatewayEntry) {
    let (mut batch, at) = (Batch::new(), app.clock.now());
    gateway::set_verified(&mut batch, known.row.id, at);
    watched::note(&mut batch, known.row.id, "", "verified", at, &app.urls.webhook(&known.row.uri));
    event::gateway_changed(&mut batch, known.row.id, at);
    if let Err(error) = app.store.commit(batch).await {
        tracing::warn!(%error, "that Meta verified the webhook could not be written down");
    }
}
