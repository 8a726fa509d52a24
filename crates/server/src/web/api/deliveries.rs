//! Deliveries from Meta: administrators read, retry or dismiss them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::id::{DeliveryId, GatewayId};
use engine::clock::id_at;
use engine::deliveries::{self, Counts, DeliveryView};
use serde::Deserialize;
use store::table::delivery;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path, Query};
use crate::web::fields;
use crate::web::problem::{Answer, Problem, ProblemShape};
use crate::web::search;

/// The routes of deliveries.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(retry))
        .routes(routes!(dismiss))
        .routes(routes!(counts))
        .routes(routes!(retry_all))
}

/// The filters of deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only those in this state.
    #[param(value_type = Option<delivery::State>)]
    state: Option<String>,
    /// Only those of this gateway.
    #[param(value_type = Option<String>)]
    gateway: Option<GatewayId>,
    /// Only those whose body contains this: a Page's id, a customer's id, a mid, or a text.
    q: Option<String>,
    /// Only those that arrived at this moment (RFC 3339) or later.
    from: Option<String>,
    /// Only those that arrived before this moment.
    to: Option<String>,
    /// 1 to 200, else 50.
    limit: Option<i64>,
    /// The cursor of the page to continue with.
    cursor: Option<String>,
}

/// A moment of the query as the lowest id from that moment.
fn moment(name: &str, text: Option<&str>) -> Answer<Option<i64>> {
    Ok(fields::moment(name, text)?.map(id_at))
}

/// Deliveries, newest first. With `q` a page may have few items or none although `next` is set: each request
/// searches 4,000 bodies.
#[utoipa::path(get, path = "/deliveries", tag = "deliveries", params(Filter), responses(
    (status = 200, body = Items<DeliveryView>), (status = 429, body = ProblemShape)))]
async fn list(
    State(app): State<App>,
    who: Principal,
    Query(filter): Query<Filter>,
) -> Answer<Json<Items<DeliveryView>>> {
    let state = match filter.state.as_deref().filter(|word| !word.is_empty()) {
        None => None,
        Some(word) => Some(delivery::State::parse(word).ok_or_else(|| {
            let known: Vec<_> = delivery::State::ALL.iter().map(|state| state.word()).collect();
            Problem::unreadable(format!("There is no state \"{word}\"; there are {}.", known.join(", ")))
        })?),
    };
    let paging = Paging { limit: filter.limit, cursor: filter.cursor };
    let (limit, cursor) = (paging.limit()?, paging.number()?.unwrap_or(i64::MAX));
    let from = moment("from", filter.from.as_deref())?.unwrap_or(0);
    let below = moment("to", filter.to.as_deref())?.unwrap_or(i64::MAX).min(cursor);
    let wants =
        delivery::Filter { state, gateway: filter.gateway, below: DeliveryId(below), from: DeliveryId(from) };
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let words = filter.q.as_deref().map(str::trim).filter(|words| !words.is_empty());
    let _turn = search::turn(&app, &who, words.unwrap_or_default()).await?;
    let part = match words {
        Some(words) => deliveries::search(&app, words, wants, wanted).await?,
        None => deliveries::list(&app, wants, wanted).await?,
    };
    Ok(Json(Items { items: part.items, next: part.next }))
}

/// The number of failed deliveries.
#[utoipa::path(get, path = "/deliveries/counts", tag = "deliveries", responses((status = 200, body = Counts)))]
async fn counts(State(app): State<App>) -> Answer<Json<Counts>> {
    Ok(Json(deliveries::counts(&app).await?))
}

/// The failed deliveries to retry.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct RetryIn {
    /// Only those of this gateway.
    #[schema(value_type = Option<String>)]
    gateway_id: Option<GatewayId>,
}

/// Retries all failed deliveries in the background. Those that would fail in the same way stay as they are.
#[utoipa::path(post, path = "/deliveries/retry", tag = "deliveries", request_body = RetryIn, responses(
    (status = 202, body = Counts)))]
async fn retry_all(
    State(app): State<App>,
    who: Principal,
    Body(input): Body<RetryIn>,
) -> Answer<(StatusCode, Json<Counts>)> {
    Ok((StatusCode::ACCEPTED, Json(deliveries::retry_all(&app, who.user.id, input.gateway_id).await?)))
}

/// One delivery with its body.
#[utoipa::path(get, path = "/deliveries/{id}", tag = "deliveries", params(("id" = String, Path)), responses(
    (status = 200, body = DeliveryView)))]
async fn one(State(app): State<App>, Path(id): Path<DeliveryId>) -> Answer<Json<DeliveryView>> {
    Ok(Json(deliveries::one(&app, id).await?))
}

/// Processes all its events again. Events that were already processed are recognised by their ids and are not
/// duplicated.
#[utoipa::path(post, path = "/deliveries/{id}/retry", tag = "deliveries", params(("id" = String, Path)), responses(
    (status = 200, body = DeliveryView)))]
async fn retry(State(app): State<App>, who: Principal, Path(id): Path<DeliveryId>) -> Answer<Json<DeliveryView>> {
    Ok(Json(deliveries::retry(&app, who.user.id, id).await?))
}

/// Removes it from the list of failed deliveries.
#[utoipa::path(post, path = "/deliveries/{id}/dismiss", tag = "deliveries", params(("id" = String, Path)), responses(
    (status = 200, body = DeliveryView)))]
async fn dismiss(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<DeliveryId>,
) -> Answer<Json<DeliveryView>> {
    Ok(Json(deliveries::dismiss(&app, who.user.id, id).await?))
}
