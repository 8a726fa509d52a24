//! Deliveries from Meta that administrators read, retry or dismiss.

use domain::audit_detail::AuditDetail;
use domain::id::{DeliveryId, GatewayId, UserId};
use serde::Serialize;
use store::json::json;
use store::table::delivery::{self, State};
use store::table::inbox::{self, Listed};
use store::table::message::fold;
use store::table::{event, setting};
use store::{Batch, CommitError, Signal};
use utoipa::ToSchema;

use crate::clock::rfc3339;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::retention::body;
use crate::retention::retry::{self as retries, worth_retrying};
use crate::wording;

/// A search reads this many bodies before it returns its results, with a cursor to continue.
const LOOKED_AT: usize = 4_000;
/// The number of bodies that are read together.
const PIECE: i64 = 50;

/// A webhook delivery.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub struct DeliveryView {
    /// Its id: in order of arrival.
    pub id: String,
    /// When it arrived.
    pub received_at: String,
    /// Its state.
    pub state: delivery::State,
    /// The gateway that received it.
    pub gateway_id: String,
    /// The gateway's name.
    pub gateway_name: String,
    /// The channel's id of the account of its first event.
    pub account_id: Option<String>,
    /// The name of that account, if it is connected.
    pub account_name: Option<String>,
    /// The channel of that account, if it is connected.
    #[schema(value_type = Option<String>)]
    pub channel: Option<domain::channel::Channel>,
    /// The number of its events.
    pub events: i64,
    /// What is wrong with it.
    pub error: Option<String>,
    /// The body, with unreadable bytes replaced. Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub body: Option<String>,
}

fn view(app: &Engine, it: Listed, body: Option<&[u8]>) -> DeliveryView {
    let directory = app.directory();
    let account = it.page.as_ref().and_then(|id| directory.account(it.gateway, id));
    DeliveryView {
        account_name: account.map(|account| account.name.clone()),
        channel: account.map(|account| account.channel),
        id: it.id.to_string(),
        received_at: rfc3339(it.received_at),
        state: it.state,
        gateway_id: it.gateway.to_string(),
        gateway_name: it.gateway_name,
        account_id: it.page,
        events: it.events,
        error: it.error.as_ref().map(wording::not_applied),
        body: body.map(|body| String::from_utf8_lossy(body).into_owned()),
    }
}

/// The numbers of deliveries that need attention.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeliveryCounts)]
pub struct Counts {
    /// Those that failed and were not dismissed.
    pub failed: i64,
    /// Whether they are being tried again.
    pub retrying: bool,
}

/// Part of a list, and the id from which it continues.
#[derive(Debug)]
pub struct Part {
    pub items: Vec<DeliveryView>,
    pub next: Option<String>,
}

/// Deliveries, newest first.
pub async fn list(app: &Engine, filter: delivery::Filter, wanted: usize) -> Result<Part> {
    let limit = i64::try_from(wanted).unwrap_or(i64::MAX - 1);
    let rows = delivery::list(&app.store, filter, limit + 1).await?;
    let more = rows.len() > wanted;
    let items: Vec<_> = rows.into_iter().take(wanted).map(|it| view(app, it, None)).collect();
    let next = items.last().filter(|_| more).map(|last| last.id.clone());
    Ok(Part { items, next })
}

/// Searches bodies, newest first, until enough are found or enough have been read.
pub async fn search(app: &Engine, words: &str, mut filter: delivery::Filter, wanted: usize) -> Result<Part> {
    let words = fold(words);
    let (mut items, mut looked) = (Vec::new(), 0);
    loop {
        let rows = delivery::list_with_bodies(&app.store, filter, PIECE).await?;
        if rows.is_empty() {
            return Ok(Part { items, next: None });
        }
        let wants = words.clone();
        // Decompressing and searching bodies needs a separate thread.
        let read = tokio::task::spawn_blocking(move || {
            let found = |body| holds(&body::decoded(body), &wants);
            rows.into_iter().map(|(it, body)| (it, found(body))).collect::<Vec<_>>()
        });
        for (it, found) in read.await.unwrap_or_default() {
            looked += 1;
            filter.below = it.id;
            if found {
                items.push(view(app, it, None));
            }
            if items.len() == wanted || looked == LOOKED_AT {
                return Ok(Part { items, next: Some(filter.below.to_string()) });
            }
        }
    }
}

/// Whether a body contains the folded text: as it arrived, or with its escapes decoded.
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

/// How many deliveries failed.
pub async fn counts(app: &Engine) -> Result<Counts> {
    let failed = delivery::count_failed(&app.store).await?;
    Ok(Counts { failed, retrying: setting::get(&app.store, retries::KEY).await?.is_some() })
}

/// Tries all failed deliveries again, of one gateway or of all, in the background. Those whose result cannot change
/// are left as they are.
pub async fn retry_all(app: &Engine, by: UserId, gateway: Option<GatewayId>) -> Result<Counts> {
    if let Some(gateway) = gateway
        && !app.directory().gateways.contains_key(&gateway)
    {
        return Err(Error::field("/gateway_id", "There is no such gateway."));
    }
    let order =
        retries::Order { gateway: gateway.map_or(0, |gateway| gateway.0), after: 0, up_to: app.ids.next() };
    let (mut batch, at) = (Batch::new(), app.clock.now());
    setting::put(&mut batch, retries::KEY, &json(&order));
    let object = gateway.map_or("all gateways".to_owned(), |gateway| format!("gateway {gateway}"));
    setting::audit(
        &mut batch,
        &mut app.id_source(),
        at,
        Some(by),
        "delivery.retry_all",
        &object,
        AuditDetail::Nothing {},
    );
    batch.notify(Signal::Retention);
    app.store.commit(batch).await?;
    counts(app).await
}

async fn read(app: &Engine, id: DeliveryId) -> Result<(Listed, Vec<u8>)> {
    let (it, body) = delivery::by_id(&app.store, id).await?.ok_or_else(|| Error::NotFound("delivery"))?;
    Ok((it, body::decoded(body)))
}

/// One delivery with its body.
pub async fn one(app: &Engine, id: DeliveryId) -> Result<DeliveryView> {
    let (it, body) = read(app, id).await?;
    Ok(view(app, it, Some(&body)))
}

/// Processes all its events again. Events that were already processed are recognised by their ids and are not
/// duplicated.
pub async fn retry(app: &Engine, by: UserId, id: DeliveryId) -> Result<DeliveryView> {
    let (it, body) = read(app, id).await?;
    let directory = app.directory();
    let enabled = directory.gateways.get(&it.gateway).map(|known| known.row.enabled);
    let keys = worth_retrying(&app.channels, it.state, enabled, &body).map_err(Error::conflict)?;
    let mut batch = Batch::new();
    inbox::reopen(&mut batch, id, body, keys);
    save(app, batch, by, "delivery.retry", &it).await
}

/// Removes it from the list of failed deliveries.
pub async fn dismiss(app: &Engine, by: UserId, id: DeliveryId) -> Result<DeliveryView> {
    let (it, _) = read(app, id).await?;
    match it.state {
        State::Pending => {
            return Err(Error::conflict("It is being applied at the moment: wait for its outcome."));
        }
        State::Dismissed => return Err(Error::conflict("It was dismissed already.")),
        _ => {}
    }
    let mut batch = Batch::new();
    delivery::dismiss(&mut batch, id);
    save(app, batch, by, "delivery.dismiss", &it).await
}

async fn save(app: &Engine, mut batch: Batch, by: UserId, action: &str, it: &Listed) -> Result<DeliveryView> {
    let at = app.clock.now();
    let object = format!("delivery {}", it.id);
    setting::audit(&mut batch, &mut app.id_source(), at, Some(by), action, &object, AuditDetail::Nothing {});
    event::gateway_changed(&mut batch, it.gateway, at);
    match app.store.commit(batch).await {
        // It began at the same moment: the inbox rows exist, or the state has changed.
        Err(CommitError::Conflict | CommitError::Duplicate) => {
            return Err(Error::conflict("Another user acted on this first. Reload to see the result."));
        }
        other => other?,
    };
    let (it, _) = read(app, it.id).await?;
    Ok(view(app, it, None))
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
