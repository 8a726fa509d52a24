//! What Meta delivered: administrators read it, retry it, or dismiss it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::id::{DeliveryId, GatewayId};
use domain::time::Micros;
use serde::{Deserialize, Serialize};
use store::table::inbox::{self, Listed};
use store::table::message::fold;
use store::table::{delivery, event, setting};
use store::{Batch, CommitError, Signal};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path, Query};
use crate::web::problem::{Answer, Problem};
use engine::clock::{id_at, rfc3339};
use engine::deliveries::worth_retrying;
use engine::retention::{body, retry as retries};
use engine::view::words::DeliveryState;

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

/// A webhook delivery.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub struct DeliveryView {
    /// Its id: in order of arrival.
    pub id: String,
    /// When it came.
    pub received_at: String,
    /// What became of it.
    #[schema(value_type = DeliveryState)]
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
    #[schema(nullable = false)]
    pub body: Option<String>,
}

fn view(it: Listed, body: Option<&[u8]>) -> DeliveryView {
    DeliveryView {
        id: it.id.to_string(),
        received_at: rfc3339(it.received_at),
        state: it.state.word().to_owned(),
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
    #[param(value_type = Option<DeliveryState>)]
    state: Option<String>,
    /// Only those of this gateway.
    #[param(value_type = Option<String>)]
    gateway: Option<GatewayId>,
    /// Only those whose body contains this: a Page's id, a customer's id, a mid, or a text.
    q: Option<String>,
    /// Only those that came at this moment (RFC 3339) or later.
    from: Option<String>,
    /// Only those that came before this moment.
    to: Option<String>,
    /// 1 to 200, else 50.
    limit: Option<i64>,
    /// Where to go on from.
    cursor: Option<String>,
}

/// A search looks at this many bodies before it answers what it found, with a cursor to continue.
const LOOKED_AT: usize = 4_000;
/// Bodies that are read together.
const PIECE: i64 = 50;

/// A moment of the query as the lowest id that came then.
fn moment(name: &str, text: Option<&str>) -> Answer<Option<i64>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let at = text
        .parse::<jiff::Timestamp>()
        .map_err(|_| Problem::unreadable(format!("{name} must be a moment as 2026-11-22T16:00:00Z.")))?;
    Ok(Some(id_at(Micros(at.as_microsecond()))))
}

/// Deliveries, newest first. With `q` a page may hold few or none and still go on: a search looks at 4,000 bodies at a time.
#[utoipa::path(get, path = "/deliveries", tag = "deliveries", params(Filter), responses(
    (status = 200, body = Items<DeliveryView>)))]
async fn list(State(app): State<App>, Query(filter): Query<Filter>) -> Answer<Json<Items<DeliveryView>>> {
    let state = match filter.state.as_deref().filter(|word| !word.is_empty()) {
        None => None,
        Some(word) => Some(delivery::State::parse(word).ok_or_else(|| {
            let known: Vec<_> = delivery::State::ALL.iter().map(|state| state.word()).collect();
            Problem::unreadable(format!("There is no state \"{word}\"; there are {}.", known.join(", ")))
        })?),
    };
    let limit = Paging { limit: filter.limit, cursor: None }.limit()?;
    let cursor = match filter.cursor.as_deref() {
        None => i64::MAX,
        Some(cursor) => cursor
            .parse::<DeliveryId>()
            .map(|id| id.0)
            .map_err(|_| Problem::unreadable("This cursor is not one that a list answered: begin without it."))?,
    };
    let from = moment("from", filter.from.as_deref())?.unwrap_or(0);
    let below = moment("to", filter.to.as_deref())?.unwrap_or(i64::MAX).min(cursor);
    let wants =
        delivery::Filter { state, gateway: filter.gateway, below: DeliveryId(below), from: DeliveryId(from) };
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let words = filter.q.as_deref().map(str::trim).filter(|words| !words.is_empty());
    if let Some(words) = words {
        return search(&app, words, wants, wanted).await.map(Json);
    }
    let rows = delivery::list(&app.store, wants, limit + 1).await?;
    let more = rows.len() > wanted;
    let items: Vec<_> = rows.into_iter().take(wanted).map(|it| view(it, None)).collect();
    let next = items.last().filter(|_| more).map(|last| last.id.clone());
    Ok(Json(Items { items, next }))
}

/// Looks through bodies, newest first, until enough are found or enough were looked at.
async fn search(
    app: &App,
    words: &str,
    mut filter: delivery::Filter,
    wanted: usize,
) -> Answer<Items<DeliveryView>> {
    let words = fold(words);
    let (mut items, mut looked) = (Vec::new(), 0);
    loop {
        let rows = delivery::list_with_bodies(&app.store, filter, PIECE).await?;
        if rows.is_empty() {
            return Ok(Items { items, next: None });
        }
        let wants = words.clone();
        // Opening and reading bodies is work for a thread of its own.
        let read = tokio::task::spawn_blocking(move || {
            let found = |body| holds(&body::decoded(body), &wants);
            rows.into_iter().map(|(it, body)| (it, found(body))).collect::<Vec<_>>()
        });
        for (it, found) in read.await.unwrap_or_default() {
            looked += 1;
            filter.below = it.id;
            if found {
                items.push(view(it, None));
            }
            if items.len() == wanted || looked == LOOKED_AT {
                return Ok(Items { items, next: Some(filter.below.to_string()) });
            }
        }
    }
}

/// Whether a body holds the folded text: as it came, or with its escapes decoded.
fn holds(body: &[u8], words: &str) -> bool {
    let text = String::from_utf8_lossy(body);
    if fold(&text).contains(words) {
        return true;
    }
    fn within(value: &serde_json::Value, words: &str) -> bool {
        match value {
            serde_json::Value::String(text) => fold(text).contains(words),
            serde_json::Value::Array(items) => items.iter().any(|item| within(item, words)),
            serde_json::Value::Object(fields) => fields.values().any(|item| within(item, words)),
            _ => false,
        }
    }
    // Meta writes letters beyond ASCII, and slashes, as escapes.
    text.contains('\\') && serde_json::from_str(&text).is_ok_and(|value| within(&value, words))
}

/// How many deliveries need attention.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeliveryCounts)]
struct Counts {
    /// Those that failed and were not dismissed.
    failed: i64,
    /// Whether they are being tried again.
    retrying: bool,
}

async fn counted(app: &App) -> Answer<Counts> {
    let failed = delivery::count_failed(&app.store).await?;
    Ok(Counts { failed, retrying: setting::get(&app.store, retries::KEY).await?.is_some() })
}

/// How many deliveries failed.
#[utoipa::path(get, path = "/deliveries/counts", tag = "deliveries", responses((status = 200, body = Counts)))]
async fn counts(State(app): State<App>) -> Answer<Json<Counts>> {
    counted(&app).await.map(Json)
}

/// Which failed deliveries are tried again.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct RetryIn {
    /// Only those of this gateway.
    #[schema(value_type = Option<String>)]
    gateway_id: Option<GatewayId>,
}

/// Tries all failed deliveries again, in the background. What cannot come out differently stays as it is.
#[utoipa::path(post, path = "/deliveries/retry", tag = "deliveries", request_body = RetryIn, responses(
    (status = 202, body = Counts)))]
async fn retry_all(
    State(app): State<App>,
    who: Principal,
    Body(input): Body<RetryIn>,
) -> Answer<(StatusCode, Json<Counts>)> {
    if let Some(gateway) = input.gateway_id
        && !app.directory().gateways.contains_key(&gateway)
    {
        return Err(Problem::field("/gateway_id", "There is no such gateway."));
    }
    let order = retries::Order {
        gateway: input.gateway_id.map_or(0, |gateway| gateway.0),
        after: 0,
        up_to: app.ids.next(),
    };
    let (mut batch, at) = (Batch::new(), app.clock.now());
    setting::put(&mut batch, retries::KEY, &store::table::message::json(&order));
    let object = input.gateway_id.map_or("all gateways".to_owned(), |gateway| format!("gateway {gateway}"));
    setting::audit(&mut batch, &mut app.id_source(), at, Some(who.user.id), "delivery.retry_all", &object, "");
    batch.notify(Signal::Retention);
    app.store.commit(batch).await?;
    Ok((StatusCode::ACCEPTED, Json(counted(&app).await?)))
}

async fn read(app: &App, id: DeliveryId) -> Answer<(Listed, Vec<u8>)> {
    let (it, body) = delivery::by_id(&app.store, id).await?.ok_or_else(|| Problem::not_found("delivery"))?;
    Ok((it, body::decoded(body)))
}

/// One delivery with what came.
#[utoipa::path(get, path = "/deliveries/{id}", tag = "deliveries", params(("id" = String, Path)), responses(
    (status = 200, body = DeliveryView)))]
async fn one(State(app): State<App>, Path(id): Path<DeliveryId>) -> Answer<Json<DeliveryView>> {
    let (it, body) = read(&app, id).await?;
    Ok(Json(view(it, Some(&body))))
}

/// Applies all its events again. What was applied before is recognised by its id and not doubled.
#[utoipa::path(post, path = "/deliveries/{id}/retry", tag = "deliveries", params(("id" = String, Path)), responses(
    (status = 200, body = DeliveryView)))]
async fn retry(State(app): State<App>, who: Principal, Path(id): Path<DeliveryId>) -> Answer<Json<DeliveryView>> {
    let (it, body) = read(&app, id).await?;
    let directory = app.directory();
    let enabled = directory.gateways.get(&it.gateway).map(|known| known.row.enabled);
    let keys = worth_retrying(&app.channels, it.state, enabled, &body).map_err(Problem::conflict)?;
    let mut batch = Batch::new();
    inbox::reopen(&mut batch, id, body, keys);
    settle(&app, batch, &who, "delivery.retry", &it).await
}

/// Dismisses it: it is no longer listed among the failed ones.
#[utoipa::path(post, path = "/deliveries/{id}/dismiss", tag = "deliveries", params(("id" = String, Path)), responses(
    (status = 200, body = DeliveryView)))]
async fn dismiss(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<DeliveryId>,
) -> Answer<Json<DeliveryView>> {
    let (it, _) = read(&app, id).await?;
    match it.state {
        delivery::State::Pending => {
            return Err(Problem::conflict("It is being applied at the moment: wait for its outcome."));
        }
        delivery::State::Dismissed => return Err(Problem::conflict("It was dismissed already.")),
        _ => {}
    }
    let mut batch = Batch::new();
    delivery::dismiss(&mut batch, id);
    settle(&app, batch, &who, "delivery.dismiss", &it).await
}

async fn settle(
    app: &App,
    mut batch: Batch,
    who: &Principal,
    action: &str,
    it: &Listed,
) -> Answer<Json<DeliveryView>> {
    let at = app.clock.now();
    let object = format!("delivery {}", it.id);
    setting::audit(&mut batch, &mut app.id_source(), at, Some(who.user.id), action, &object, "");
    event::gateway_changed(&mut batch, it.gateway, at);
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
    fn words_are_found_as_they_came_and_behind_escapes() {
        let body = br#"{"text":"\u041f\u0440\u0438\u0432\u0456\u0442, Olena","url":"https:\/\/a.example\/b"}"#;
        for words in ["olena", "\u{43f}\u{440}\u{438}\u{432}\u{456}\u{442}", "a.example/b"] {
            assert!(holds(body, words), "{words}");
        }
        assert!(!holds(body, "nobody") && !holds(b"{\\", "x"));
    }
}
