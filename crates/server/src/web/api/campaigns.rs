//! Campaigns: a template for a list of recipients.

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use domain::id::CampaignId;
use engine::campaigns::{self, CampaignReport, CampaignView, NewCampaign, RecipientView};
use serde::Deserialize;
use store::table::campaign_recipient::Outcome;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path, Query};
use crate::web::problem::Answer;

/// The largest body: a list with long variables for each recipient.
const LARGEST_LIST: usize = 16 * 1024 * 1024;

/// For supervisors and administrators.
pub fn supervise_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(recipients))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(cancel))
        .merge(OpenApiRouter::new().routes(routes!(create)).layer(DefaultBodyLimit::max(LARGEST_LIST)))
}

/// All campaigns, newest first.
#[utoipa::path(get, path = "/campaigns", tag = "campaigns",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<CampaignView>)))]
async fn list(State(app): State<App>, Query(paging): Query<Paging>) -> Answer<Json<Items<CampaignView>>> {
    let limit = paging.limit()?;
    let below = paging.number()?.unwrap_or(i64::MAX);
    let found = campaigns::list(&app, below, limit + 1).await?;
    Ok(cut(found, limit, |last| last.id.to_string()))
}

/// Starts a campaign: the template goes to each recipient in turn. The response is 422 if anything in the list is wrong,
/// and then nothing is sent.
#[utoipa::path(post, path = "/campaigns", tag = "campaigns", request_body = NewCampaign,
    responses((status = 201, body = CampaignReport)))]
async fn create(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<NewCampaign>,
) -> Answer<(StatusCode, Json<CampaignReport>)> {
    Ok((StatusCode::CREATED, Json(campaigns::create(&app, who.actor(), new).await?)))
}

/// A campaign with its report: how many recipients have each outcome, and why.
#[utoipa::path(get, path = "/campaigns/{id}", tag = "campaigns", params(("id" = String, Path)),
    responses((status = 200, body = CampaignReport)))]
async fn get(State(app): State<App>, Path(id): Path<CampaignId>) -> Answer<Json<CampaignReport>> {
    Ok(Json(campaigns::report(&app, id).await?))
}

/// The filters of recipients.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Only those in this state.
    state: Option<Outcome>,
    /// 1 to 200, else 50.
    limit: Option<i64>,
    /// Where to continue, from the previous response.
    cursor: Option<String>,
}

/// The recipients of a campaign in the order of its list, with their outcomes.
#[utoipa::path(get, path = "/campaigns/{id}/recipients", tag = "campaigns", params(("id" = String, Path), Which),
    responses((status = 200, body = Items<RecipientView>)))]
async fn recipients(
    State(app): State<App>,
    Path(id): Path<CampaignId>,
    Query(which): Query<Which>,
) -> Answer<Json<Items<RecipientView>>> {
    let paging = Paging { limit: which.limit, cursor: which.cursor };
    let (limit, behind) = (paging.limit()?, paging.number()?.unwrap_or(0));
    let found = campaigns::recipients(&app, id, behind, which.state, limit + 1).await?;
    Ok(cut(found, limit, |last| last.position.to_string()))
}

/// Pauses a running campaign. Messages that are being sent still arrive.
#[utoipa::path(post, path = "/campaigns/{id}/pause", tag = "campaigns", params(("id" = String, Path)),
    responses((status = 200, body = CampaignReport)))]
async fn pause(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<CampaignId>,
) -> Answer<Json<CampaignReport>> {
    Ok(Json(campaigns::pause(&app, who.actor(), id).await?))
}

/// Continues a paused campaign. The response is 409 while the reason for its pause lasts.
#[utoipa::path(post, path = "/campaigns/{id}/resume", tag = "campaigns", params(("id" = String, Path)),
    responses((status = 200, body = CampaignReport)))]
async fn resume(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<CampaignId>,
) -> Answer<Json<CampaignReport>> {
    Ok(Json(campaigns::resume(&app, who.actor(), id).await?))
}

/// Ends a campaign permanently. Recipients who were not written to get no message.
#[utoipa::path(post, path = "/campaigns/{id}/cancel", tag = "campaigns", params(("id" = String, Path)),
    responses((status = 200, body = CampaignReport)))]
async fn cancel(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<CampaignId>,
) -> Answer<Json<CampaignReport>> {
    Ok(Json(campaigns::cancel(&app, who.actor(), id).await?))
}

/// One page of results. If there are more pages, `found` has one item more than a page.
fn cut<T>(mut found: Vec<T>, limit: i64, cursor: impl Fn(&T) -> String) -> Json<Items<T>> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(cursor);
    Json(Items { items: found, next })
}
