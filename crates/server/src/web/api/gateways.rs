//! Gateways: Meta apps connected to Deskbell, and their health.

mod checked;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::id::GatewayId;
use domain::role::Role;
use domain::thread_event::SystemClose;
use domain::turn::Templates;
use serde::Serialize;
use store::table::gateway::{self, Gateway, GatewayEdit};
use store::table::review_access;
use store::table::{event, health as watched, page};
use store::{Batch, CommitError};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::checked::{Checking, GatewayChange, NewGateway};
use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path, Query};
use crate::web::fields::{act, fresh, page as cut, taken};
use crate::web::problem::{Answer, Problem, ProblemShape};
use ::review::{access, archive};
use engine::clock::rfc3339;
use engine::directory::{GatewayEntry, secret_purpose};
use engine::health::report::{self, Health};
use engine::pages::subscribe;
use engine::secrets;
use engine::view::words::{GatewayKind, SecretState};
use engine::{health, release};

/// How often an edit without a version is tried against others at the same moment.
const TRIES: usize = 5;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(one, update, remove))
        .routes(routes!(how))
        .routes(routes!(check))
        .routes(routes!(seen))
        .routes(routes!(retry_sends))
}

/// Texts for customers; an empty one is not sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplatesOut {
    /// What agents are called in the other texts.
    agent_name: String,
    /// When an agent accepts.
    joined: String,
    /// When an agent hands over.
    left: String,
    /// When the conversation is closed.
    closed: String,
}

/// The story so far.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ticks {
    /// When Meta verified the webhook last.
    webhook_verified_at: Option<String>,
    /// When a login came to a good end last.
    login_ok_at: Option<String>,
    /// When an event came last.
    last_event_at: Option<String>,
    /// When a message left last.
    last_sent_at: Option<String>,
}

/// The last good call that needed a permission.
#[derive(Debug, Serialize, ToSchema)]
pub struct PermissionUse {
    /// The permission.
    permission: String,
    /// What was called.
    endpoint: String,
    /// When.
    last_ok_at: String,
}

/// A Meta app connected to Deskbell. Its App Secret is never answered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Gateway)]
pub struct GatewayOut {
    id: String,
    #[schema(value_type = GatewayKind)]
    kind: String,
    name: String,
    /// Meta's App ID.
    app_id: String,
    /// The last part of its address.
    uri: String,
    /// The whole address, for every field of Meta's dashboard that asks for one.
    webhook_url: String,
    /// What Meta must show when it verifies the webhook.
    verify_token: String,
    /// The flow that greets.
    flow_id: String,
    /// `vNN.N`.
    api_version: String,
    /// Facebook Login for Business.
    login_config_id: Option<String>,
    /// Whether events are processed.
    enabled: bool,
    /// Whether the app holds Meta's Human Agent feature: agents may then answer for 7 days instead of 24 hours.
    human_agent: bool,
    /// The most calls a second that are sent for one Page, 1 to 300.
    page_rate: i64,
    templates: TemplatesOut,
    /// Whether agents who have a picture answer under their own names.
    personas: bool,
    /// Whether Meta accepts the App Secret; `lost` if it must be typed again.
    #[schema(value_type = SecretState)]
    secret: String,
    created_at: String,
    version: i64,
    pages_connected: usize,
    pages_subscribed: usize,
    /// Whether everything works.
    ok: bool,
    /// How many findings Health has.
    problems: usize,
    /// How many alarms no administrator has seen.
    alarms: usize,
    ticks: Ticks,
    permissions: Vec<PermissionUse>,
}

/// The gateway of an id.
pub fn known(app: &App, id: GatewayId) -> Answer<Arc<GatewayEntry>> {
    app.directory().gateways.get(&id).cloned().ok_or_else(|| Problem::not_found("gateway"))
}

/// The gateway with this id, if the user may connect Pages of it: a guest their own, an administrator all.
pub fn reached(app: &App, who: &Principal, id: GatewayId) -> Answer<Arc<GatewayEntry>> {
    if who.user.role == Role::Guest && app.directory().gateway_of_guest(who.user.id) != Some(id) {
        return Err(Problem::not_found("gateway"));
    }
    known(app, id)
}

async fn row(app: &App, id: GatewayId) -> Answer<Gateway> {
    gateway::by_id(&app.store, id).await?.ok_or_else(|| Problem::not_found("gateway"))
}

async fn view(app: &App, row: Gateway) -> Answer<GatewayOut> {
    let (pages, uses) = page::of_gateway_with_uses(&app.store, row.id).await?;
    let secret = app.cipher.open(&row.app_secret, &secret_purpose(row.id)).map(engine::directory::Secret);
    let known = GatewayEntry { row, secret };
    let health = report::of(app, &known).await?;
    let GatewayEntry { row, secret } = known;
    let Templates { agent_name, joined, left, closed } = row.templates;
    Ok(GatewayOut {
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
        enabled: row.enabled,
        human_agent: row.human_agent,
        page_rate: row.page_rate,
        templates: TemplatesOut { agent_name, joined, left, closed },
        personas: row.personas,
        secret: if secret.is_some() { row.secret_state.word() } else { "lost" }.to_owned(),
        created_at: rfc3339(row.created_at),
        version: row.version,
        pages_connected: pages.len(),
        pages_subscribed: pages.iter().filter(|page| page.subscribed).count(),
        ok: health.ok,
        problems: health.findings.len(),
        alarms: health.unseen,
        ticks: Ticks {
            webhook_verified_at: row.webhook_verified_at.map(rfc3339),
            login_ok_at: row.login_ok_at.map(rfc3339),
            last_event_at: row.last_event_at.map(rfc3339),
            last_sent_at: row.last_sent_at.map(rfc3339),
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

/// Every gateway.
#[utoipa::path(get, path = "/gateways", tag = "gateways",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<GatewayOut>)))]
async fn list(State(app): State<App>, Query(paging): Query<Paging>) -> Answer<Json<Items<GatewayOut>>> {
    let Json(part) = cut(gateway::list(&app.store).await?, &paging)?;
    let mut items = Vec::with_capacity(part.items.len());
    for row in part.items {
        items.push(view(&app, row).await?);
    }
    Ok(Json(Items { items, next: part.next }))
}

/// One gateway.
#[utoipa::path(get, path = "/gateways/{id}", tag = "gateways", params(("id" = String, Path)),
    responses((status = 200, body = GatewayOut)))]
async fn one(State(app): State<App>, Path(id): Path<GatewayId>) -> Answer<Json<GatewayOut>> {
    view(&app, row(&app, id).await?).await.map(Json)
}

fn app_taken() -> Problem {
    taken("/app_id", "There is a gateway with this App ID already: connect its Pages there, or delete it first.")
}

/// Makes a gateway. Its App Secret is checked with Meta, if Meta can be reached.
#[utoipa::path(post, path = "/gateways", tag = "gateways", request_body = NewGateway,
    responses((status = 201, body = GatewayOut)))]
async fn create(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<NewGateway>,
) -> Answer<(StatusCode, Json<GatewayOut>)> {
    let new = new.checked(&app)?;
    if app.directory().gateways.values().any(|known| known.row.app_id == new.app_id) {
        return Err(app_taken());
    }
    let secret_state =
        Checking { version: &new.api_version, probe: new.probe, app: Some((&new.app_id, &new.app_secret)) }
            .with_meta(&app)
            .await?;
    let (id, at) = (GatewayId(app.ids.next()), app.clock.now());
    let mut batch = Batch::new();
    let (uri, verify_token) = (secrets::letters(32), secrets::letters(32));
    let edit = GatewayEdit {
        name: &new.name,
        app_id: &new.app_id,
        app_secret: &app.cipher.seal(&new.app_secret, &secret_purpose(id)),
        secret_state,
        flow: new.flow,
        api_version: &new.api_version,
        login_config_id: new.login_config_id.as_deref(),
        enabled: new.enabled,
        templates: &Templates::default(),
        human_agent: new.human_agent,
        page_rate: new.page_rate,
    };
    gateway::insert(&mut batch, id, (&uri, &verify_token), &edit, at);
    act(&app, &mut batch, &who, "gateway.create", format_args!("gateway {id}"), &new.name);
    event::gateway_changed(&mut batch, id, at);
    match app.store.commit(batch).await {
        Err(CommitError::Duplicate) => return Err(app_taken()),
        other => other?,
    };
    app.reload().await?;
    Ok((StatusCode::CREATED, Json(view(&app, row(&app, id).await?).await?)))
}

/// Changes a gateway. A new App ID or App Secret is checked with Meta.
#[utoipa::path(patch, path = "/gateways/{id}", tag = "gateways", request_body = GatewayChange,
    params(("id" = String, Path)),
    responses((status = 200, body = GatewayOut)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<GatewayId>,
    Body(change): Body<GatewayChange>,
) -> Answer<Json<GatewayOut>> {
    let before = row(&app, id).await?;
    if change.version.is_some_and(|sent| sent != before.version) {
        return Err(Problem::stale(&view(&app, before).await?));
    }
    let change = change.checked(&app)?;
    let mut others = app.directory().gateways.values().cloned().collect::<Vec<_>>().into_iter();
    if others.any(|other| other.row.id != id && Some(&other.row.app_id) == change.app_id.as_ref()) {
        return Err(app_taken());
    }
    let secret_state = change.check_with_meta(&app, &before).await?;
    for _ in 0..TRIES {
        let before = row(&app, id).await?;
        let current = view(&app, before.clone()).await?;
        fresh(change.version, before.version, &current)?;
        let mut batch = Batch::new();
        change.write(&app, &mut batch, &before, secret_state).await?;
        act(&app, &mut batch, &who, "gateway.update", format_args!("gateway {id}"), &change.fields());
        event::gateway_changed(&mut batch, id, app.clock.now());
        match app.store.commit(batch).await {
            Ok(_) => {
                app.reload().await?;
                return view(&app, row(&app, id).await?).await.map(Json);
            }
            Err(CommitError::Conflict) => {}
            Err(CommitError::Duplicate) => return Err(app_taken()),
            Err(CommitError::Store(error)) => return Err(error.into()),
        }
    }
    Err(CommitError::Conflict.into())
}

/// Deletes a gateway: pages unsubscribed as far as Meta allows, secrets wiped, conversations closed, history kept.
#[utoipa::path(delete, path = "/gateways/{id}", tag = "gateways", params(("id" = String, Path)),
    responses((status = 204)))]
async fn remove(State(app): State<App>, who: Principal, Path(id): Path<GatewayId>) -> Answer<StatusCode> {
    let before = row(&app, id).await?;
    let known = known(&app, id)?;
    if let Some(given) = review_access::of_gateway(&app.store, id).await? {
        access::end(&app, &given, Some(who.user.id), "reviewer.revoke").await?;
    }
    // Nothing new comes in while it is taken apart.
    let mut batch = Batch::new();
    gateway::disable(&mut batch, id);
    app.store.commit(batch).await?;
    app.reload().await?;
    let pages = page::of_gateway(&app.store, id).await?;
    for page in pages.into_iter().filter(|page| page.subscribed) {
        subscribe::off(&app, &known, &page, Some(who.user.id)).await?;
    }
    release::close_all_of(&app, id, None, SystemClose::GatewayRemoved).await?;
    let (mut batch, at) = (Batch::new(), app.clock.now());
    gateway::delete(&mut batch, id, at);
    act(&app, &mut batch, &who, "gateway.delete", format_args!("gateway {id}"), &before.name);
    event::gateway_changed(&mut batch, id, at);
    app.store.commit(batch).await?;
    app.reload().await?;
    app.studio.stop(id).await;
    if let Err(error) = archive::discard(&app, id).await {
        tracing::warn!(%error, gateway = %id, "its recordings could not be removed; it is tried again at the next start");
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The health of a gateway: what is wrong, who can fix it, and how.
#[utoipa::path(get, path = "/gateways/{id}/health", tag = "gateways", params(("id" = String, Path)),
    responses((status = 200, body = Health)))]
async fn how(State(app): State<App>, Path(id): Path<GatewayId>) -> Answer<Json<Health>> {
    Ok(Json(report::of(&app, &*known(&app, id)?).await?))
}

/// Asks Meta how a gateway is, now. Ten times a minute at most.
#[utoipa::path(post, path = "/gateways/{id}/health/check", tag = "gateways", params(("id" = String, Path)),
    responses((status = 200, body = Health), (status = 429, body = ProblemShape)))]
async fn check(State(app): State<App>, Path(id): Path<GatewayId>) -> Answer<Json<Health>> {
    known(&app, id)?;
    app.manual_checks.count(id, app.clock.now()).map_err(|seconds| {
        Problem::wait(
            seconds,
            "This gateway was checked ten times within a minute: wait a little, nothing changes faster.",
        )
    })?;
    health::check(&app, id).await;
    how(State(app), Path(id)).await
}

/// Marks the alarms of a gateway as seen: they are no longer shown as new.
#[utoipa::path(post, path = "/gateways/{id}/health/seen", tag = "gateways", params(("id" = String, Path)),
    responses((status = 200, body = Health)))]
async fn seen(State(app): State<App>, Path(id): Path<GatewayId>) -> Answer<Json<Health>> {
    let before = report::of(&app, &*known(&app, id)?).await?;
    if before.unseen == 0 {
        return Ok(Json(before));
    }
    let (mut batch, at) = (Batch::new(), app.clock.now());
    watched::set_seen(&mut batch, id, at);
    event::gateway_changed(&mut batch, id, at);
    app.store.commit(batch).await?;
    how(State(app), Path(id)).await
}

/// How many messages go out again.
#[derive(Debug, Serialize, ToSchema)]
pub struct Retried {
    /// How many.
    messages: usize,
}

/// Sends messages of a Page again that failed within the last day for a reason that may be fixed now.
#[utoipa::path(post, path = "/gateways/{id}/pages/{page_id}/retry-sends", tag = "gateways",
    params(("id" = String, Path), ("page_id" = String, Path)),
    responses((status = 200, body = Retried)))]
async fn retry_sends(
    State(app): State<App>,
    who: Principal,
    Path((id, page)): Path<(GatewayId, String)>,
) -> Answer<Json<Retried>> {
    known(&app, id)?;
    page::one(&app.store, id, &page).await?.ok_or_else(|| Problem::not_found("Page"))?;
    let messages = health::sends::again(&app, id, &page).await?;
    let (mut batch, at) = (Batch::new(), app.clock.now());
    act(
        &app,
        &mut batch,
        &who,
        "page.retry_sends",
        format_args!("page {page} of gateway {id}"),
        &messages.to_string(),
    );
    event::gateway_changed(&mut batch, id, at);
    app.store.commit(batch).await?;
    Ok(Json(Retried { messages }))
}
