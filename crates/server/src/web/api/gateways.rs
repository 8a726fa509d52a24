//! Gateways: Meta apps connected to Deskbell, and their health.

use std::sync::Arc;

use ::review::{access, archive};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::id::GatewayId;
use domain::role::Role;
use engine::directory::GatewayEntry;
pub use engine::gateways::known;
use engine::gateways::{self, GatewayChange, GatewayView, NewGateway};
use engine::health::report::Health;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path, Query};
use crate::web::fields::page as cut;
use crate::web::problem::{Answer, Problem, ProblemShape};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(one, update, remove))
        .routes(routes!(how))
        .routes(routes!(check))
        .routes(routes!(seen))
        .routes(routes!(retry_sends))
}

/// The gateway with this id, if the user may connect its Pages: guests only their own, administrators all.
pub fn reached(app: &App, who: &Principal, id: GatewayId) -> Answer<Arc<GatewayEntry>> {
    if who.user.role == Role::Guest && app.directory().gateway_of_guest(who.user.id) != Some(id) {
        return Err(Problem::not_found("gateway"));
    }
    Ok(known(app, id)?)
}

/// All gateways.
#[utoipa::path(get, path = "/gateways", tag = "gateways",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<GatewayView>)))]
async fn list(State(app): State<App>, Query(paging): Query<Paging>) -> Answer<Json<Items<GatewayView>>> {
    let Json(part) = cut(gateways::rows(&app).await?, &paging)?;
    let mut items = Vec::with_capacity(part.items.len());
    for row in part.items {
        items.push(gateways::view(&app, row).await?);
    }
    Ok(Json(Items { items, next: part.next }))
}

/// One gateway.
#[utoipa::path(get, path = "/gateways/{id}", tag = "gateways", params(("id" = String, Path)),
    responses((status = 200, body = GatewayView)))]
async fn one(State(app): State<App>, Path(id): Path<GatewayId>) -> Answer<Json<GatewayView>> {
    Ok(Json(gateways::one(&app, id).await?))
}

/// Creates a gateway. Its App Secret is checked with Meta if Meta can be reached.
#[utoipa::path(post, path = "/gateways", tag = "gateways", request_body = NewGateway,
    responses((status = 201, body = GatewayView)))]
async fn create(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<NewGateway>,
) -> Answer<(StatusCode, Json<GatewayView>)> {
    Ok((StatusCode::CREATED, Json(gateways::create(&app, who.user.id, new).await?)))
}

/// Changes a gateway. A new App ID or App Secret is checked with Meta.
#[utoipa::path(patch, path = "/gateways/{id}", tag = "gateways", request_body = GatewayChange,
    params(("id" = String, Path)),
    responses((status = 200, body = GatewayView)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<GatewayId>,
    Body(change): Body<GatewayChange>,
) -> Answer<Json<GatewayView>> {
    Ok(Json(gateways::update(&app, who.user.id, id, change).await?))
}

/// Deletes a gateway: unsubscribes its Pages if Meta allows it, deletes its secrets and closes its conversations.
/// Their history stays.
#[utoipa::path(delete, path = "/gateways/{id}", tag = "gateways", params(("id" = String, Path)),
    responses((status = 204)))]
async fn remove(State(app): State<App>, who: Principal, Path(id): Path<GatewayId>) -> Answer<StatusCode> {
    access::revoke_of_gateway(&app, who.user.id, id).await?;
    gateways::remove(&app, who.user.id, id).await?;
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
    Ok(Json(gateways::health(&app, id).await?))
}

/// Checks a gateway with Meta now. At most ten times a minute.
#[utoipa::path(post, path = "/gateways/{id}/health/check", tag = "gateways", params(("id" = String, Path)),
    responses((status = 200, body = Health), (status = 429, body = ProblemShape)))]
async fn check(State(app): State<App>, Path(id): Path<GatewayId>) -> Answer<Json<Health>> {
    known(&app, id)?;
    app.manual_checks.count(id, app.clock.now()).map_err(|seconds| {
        Problem::wait(
            seconds,
            "This gateway was checked ten times within a minute. Wait a minute, then check again.",
        )
    })?;
    Ok(Json(gateways::check(&app, id).await?))
}

/// Marks the alarms of a gateway as seen: they are no longer shown as new.
#[utoipa::path(post, path = "/gateways/{id}/health/seen", tag = "gateways", params(("id" = String, Path)),
    responses((status = 200, body = Health)))]
async fn seen(State(app): State<App>, Path(id): Path<GatewayId>) -> Answer<Json<Health>> {
    Ok(Json(gateways::set_alarms_seen(&app, id).await?))
}

/// The number of messages that are resent.
#[derive(Debug, Serialize, ToSchema)]
pub struct Retried {
    /// The number.
    messages: usize,
}

/// Resends messages of a Page that failed within the last day for a reason that may be fixed by now.
#[utoipa::path(post, path = "/gateways/{id}/pages/{page_id}/retry-sends", tag = "gateways",
    params(("id" = String, Path), ("page_id" = String, Path)),
    responses((status = 200, body = Retried)))]
async fn retry_sends(
    State(app): State<App>,
    who: Principal,
    Path((id, page)): Path<(GatewayId, String)>,
) -> Answer<Json<Retried>> {
    Ok(Json(Retried { messages: gateways::retry_sends(&app, who.user.id, id, &page).await? }))
}
