//! Outgoing webhooks: other programs get events by signed POSTs, in order.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use engine::webhooks::manage::{self as webhooks, NewWebhook, Tested, WebhookChange, WebhookView};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path as At, Query as Asked};
use crate::web::fields::page;
use crate::web::problem::Answer;

/// The routes of outgoing webhooks.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(get, update, delete)).routes(routes!(test))
}

/// All outgoing webhooks.
#[utoipa::path(get, path = "/webhooks", tag = "webhooks",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<WebhookView>)))]
async fn list(State(app): State<App>, Asked(paging): Asked<Paging>) -> Answer<Json<Items<WebhookView>>> {
    page(webhooks::all(&app).await?, &paging)
}

/// One outgoing webhook.
#[utoipa::path(get, path = "/webhooks/{id}", tag = "webhooks", params(("id" = String, Path)),
    responses((status = 200, body = WebhookView)))]
async fn get(State(app): State<App>, At(id): At<i64>) -> Answer<Json<WebhookView>> {
    Ok(Json(webhooks::one(&app, id).await?))
}

/// Creates an outgoing webhook. It gets events from now on. Its secret is returned only this once.
#[utoipa::path(post, path = "/webhooks", tag = "webhooks", request_body = NewWebhook,
    responses((status = 201, body = WebhookView)))]
async fn create(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<NewWebhook>,
) -> Answer<(StatusCode, Json<WebhookView>)> {
    Ok((StatusCode::CREATED, Json(webhooks::create(&app, who.user.id, new).await?)))
}

/// Changes an outgoing webhook. One that is switched on again gets events from that moment on.
#[utoipa::path(patch, path = "/webhooks/{id}", tag = "webhooks", params(("id" = String, Path)),
    request_body = WebhookChange, responses((status = 200, body = WebhookView)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    At(id): At<i64>,
    Body(change): Body<WebhookChange>,
) -> Answer<Json<WebhookView>> {
    Ok(Json(webhooks::update(&app, who.user.id, id, change).await?))
}

/// Removes an outgoing webhook.
#[utoipa::path(delete, path = "/webhooks/{id}", tag = "webhooks", params(("id" = String, Path)),
    responses((status = 204)))]
async fn delete(State(app): State<App>, who: Principal, At(id): At<i64>) -> Answer<StatusCode> {
    webhooks::delete(&app, who.user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends an event of type `test` now.
#[utoipa::path(post, path = "/webhooks/{id}/test", tag = "webhooks", params(("id" = String, Path)),
    responses((status = 200, body = Tested)))]
async fn test(State(app): State<App>, At(id): At<i64>) -> Answer<Json<Tested>> {
    Ok(Json(webhooks::test(&app, id).await?))
}
