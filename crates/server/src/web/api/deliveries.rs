//! What Meta delivered: administrators read it, try it again, or put it away.

use axum::Json;
use axum::extract::State;
use channels::meta::webhook;
use domain::id::{DeliveryId, GatewayId};
use serde::{Deserialize, Serialize};
use store::table::inbox::{self, Listed};
use store::table::{event, setting};
use store::{Batch, CommitError, values};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::clock::{now, rfc3339};
use crate::web::auth::Who;
use crate::web::extract::{Items, Paging, Path, Query};
use crate::web::problem::{Answer, Problem, ProblemShape};

const STATES: [&str; 5] = ["pending", "done", "failed", "ignored", "dismissed"];

/// The routes of deliveries.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one)).routes(routes!(retry)).routes(routes!(dismiss))
}

/// A webhook delivery.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub struct DeliveryView {
    /// Its id: in order of arrival.
    pub id: String,
    /// When it came.
    pub received_at: String,
    /// `pending`, `done`, `failed`, `ignored` or `dismissed`.
    pub state: String,
    /// The gateway that it came to.
    pub gateway_id: String,
    /// The gateway's name.
    pub gateway_name: String,
    /// The page of its first event.
    pub page_id: Option<String>,
    /// How many events it holds.
    pub events: i64,
    /// What is wrong with it.
    pub error: Option<String>,
    /// What came, with unreadable bytes replaced; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

fn view(it: Listed, body: Option<&[u8]>) -> DeliveryView {
    DeliveryView {
        id: it.id.to_string(),
        received_at: rfc3339(it.received_at),
        state: it.state,
        gateway_id: it.gateway.to_string(),
        gateway_name: it.gateway_name,
        page_id: it.page,
        events: it.events,
        error: it.error,
        body: body.map(|body| String::from_utf8_lossy(body).into_owned()),
    }
}

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only those of this state.
    state: Option<String>,
    /// Only those of this gateway.
    #[param(value_type = Option<String>)]
    gateway: Option<GatewayId>,
    /// 1 to 200, else 50.
    limit: Option<i64>,
    /// Where to go on from.
    cursor: Option<String>,
}

/// Deliveries, newest first.
#[utoipa::path(get, path = "/deliveries", tag = "deliveries", params(Filter), responses(
    (status = 200, body = Items<DeliveryView>), (status = "4XX", body = ProblemShape)))]
async fn list(State(app): State<App>, Query(filter): Query<Filter>) -> Answer<Json<Items<DeliveryView>>> {
    let state = filter.state.unwrap_or_default();
    if !state.is_empty() && !STATES.contains(&state.as_str()) {
        return Err(Problem::unreadable(format!(
            "There is no state \"{state}\"; there are {}.",
            STATES.join(", ")
        )));
    }
    let limit = Paging { limit: filter.limit, cursor: None }.limit()?;
    let below = match filter.cursor.as_deref() {
        None => i64::MAX,
        Some(cursor) => cursor
            .parse::<DeliveryId>()
            .map(|id| id.0)
            .map_err(|_| Problem::unreadable("This cursor is not one that a list answered: begin without it."))?,
    };
    let gateway = filter.gateway.map_or(0, |gateway| gateway.0);
    let rows = app.store.rows(inbox::LIST, values![state, gateway, below, limit + 1]).await?;
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > wanted;
    let items: Vec<_> = rows.iter().take(wanted).map(|row| view(inbox::from_row(row), None)).collect();
    let next = items.last().filter(|_| more).map(|last| last.id.clone());
    Ok(Json(Items { items, next }))
}

async fn read(app: &App, id: DeliveryId) -> Answer<(Listed, Vec<u8>)> {
    let row = app.store.row(inbox::ONE, values![id]).await?.ok_or_else(|| Problem::not_found("delivery"))?;
    Ok((inbox::from_row(&row), row.blob(8)))
}

/// One delivery with what came.
#[utoipa::path(get, path = "/deliveries/{id}", tag = "deliveries", params(("id" = String, Path)), responses(
    (status = 200, body = DeliveryView), (status = "4XX", body = ProblemShape)))]
async fn one(State(app): State<App>, Path(id): Path<DeliveryId>) -> Answer<Json<DeliveryView>> {
    let (it, body) = read(&app, id).await?;
    Ok(Json(view(it, Some(&body))))
}

/// Applies all its events anew; what was applied before is known by its id and not doubled.
#[utoipa::path(post, path = "/deliveries/{id}/retry", tag = "deliveries", params(("id" = String, Path)), responses(
    (status = 200, body = DeliveryView), (status = "4XX", body = ProblemShape)))]
async fn retry(State(app): State<App>, who: Who, Path(id): Path<DeliveryId>) -> Answer<Json<DeliveryView>> {
    let (it, body) = read(&app, id).await?;
    let directory = app.directory();
    let enabled = directory.gateways.get(&it.gateway).map(|known| known.row.enabled);
    let keys = worth_retrying(&it.state, enabled, &body).map_err(Problem::conflict)?;
    let mut batch = Batch::new();
    inbox::reopen(&mut batch, id, keys);
    settle(&app, batch, &who, "delivery.retry", &it).await
}

/// The keys of its events, or why it is of no use to apply them again.
fn worth_retrying(state: &str, enabled: Option<bool>, body: &[u8]) -> Result<Vec<String>, String> {
    match (state, enabled) {
        ("pending", _) => return Err("It is being applied at the moment: wait for its outcome.".into()),
        ("done", _) => return Err("Everything in it was applied: there is nothing to try again.".into()),
        (_, None) => return Err("Its gateway was deleted: it cannot be applied any more.".into()),
        (_, Some(false)) => return Err("Its gateway is switched off: switch it on, then try again.".into()),
        (_, Some(true)) => {}
    }
    let events = webhook::decode(body).map_err(|error| {
        format!("It still cannot be read ({error}): trying again changes nothing. Dismiss it.")
    })?;
    if events.is_empty() {
        return Err("It holds no events: there is nothing to try again.".into());
    }
    Ok(events.iter().map(|event| format!("{} {}", event.page, event.customer)).collect())
}

/// Puts it away: it is not listed among what failed any more.
#[utoipa::path(post, path = "/deliveries/{id}/dismiss", tag = "deliveries", params(("id" = String, Path)), responses(
    (status = 200, body = DeliveryView), (status = "4XX", body = ProblemShape)))]
async fn dismiss(State(app): State<App>, who: Who, Path(id): Path<DeliveryId>) -> Answer<Json<DeliveryView>> {
    let (it, _) = read(&app, id).await?;
    match it.state.as_str() {
        "pending" => return Err(Problem::conflict("It is being applied at the moment: wait for its outcome.")),
        "dismissed" => return Err(Problem::conflict("It was dismissed already.")),
        _ => {}
    }
    let mut batch = Batch::new();
    batch.must(inbox::DISMISS, values![id]);
    settle(&app, batch, &who, "delivery.dismiss", &it).await
}

async fn settle(app: &App, mut batch: Batch, who: &Who, action: &str, it: &Listed) -> Answer<Json<DeliveryView>> {
    let at = now();
    let object = format!("delivery {}", it.id);
    setting::audit(&mut batch, &mut app.id_source(), at, Some(who.user.id), action, &object, "");
    event::insert(&mut batch, "gateway", None, Some(it.gateway.0), "", at);
    match app.store.commit(batch).await {
        // It began at the same moment: the inbox rows are there, or the state is another by now.
        Err(CommitError::Conflict | CommitError::Duplicate) => {
            return Err(Problem::conflict("Somebody else was quicker: look at what became of it."));
        }
        other => other?,
    };
    let (it, _) = read(app, it.id).await?;
    Ok(Json(view(it, None)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_come_out_differently_is_tried_again() {
        let body =
            br#"{"object":"page","entry":[{"id":"200","messaging":[{"sender":{"id":"7"},"recipient":{"id":"200"},
            "timestamp":1790000000001,"message":{"mid":"m","text":"hi"}}]}]}"#;
        assert_eq!(worth_retrying("failed", Some(true), body), Ok(vec!["200 7".to_owned()]));
        assert!(worth_retrying("dismissed", Some(true), body).is_ok());
        let why = |state, enabled, body: &[u8]| worth_retrying(state, enabled, body).unwrap_err();
        assert!(why("pending", Some(true), body).contains("at the moment"));
        assert!(why("done", Some(true), body).contains("Everything"));
        assert!(why("failed", None, body).contains("deleted"));
        assert!(why("ignored", Some(false), body).contains("switched off"));
        assert!(why("failed", Some(true), b"{").contains("still cannot be read"));
        assert!(why("failed", Some(true), b"{}").contains("no events"));
    }
}
