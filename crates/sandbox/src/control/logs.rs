//! Faults, logs, raw deliveries and load.

use super::{Answer, bad, missing, read};
use crate::phone::{self, Burst};
use crate::shared::Shared;
use crate::world::{Fault, Kind, Plan};
use crate::{ascii, callbacks, webhooks};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::VecDeque;

/// `POST /control/faults`.
pub async fn add_fault(State(shared): State<Shared>, body: Bytes) -> Answer {
    let fault: Fault = read(&body)?;
    if fault.kind == Kind::Cdn && fault.status.is_none() && fault.delay_ms == 0 {
        return Err(bad("A cdn fault needs a status or a delay_ms."));
    }
    if fault.status.is_some_and(|status| !(200..600).contains(&status)) {
        return Err(bad("A status must be between 200 and 599."));
    }
    Ok(Json(json!({"id": shared.world().add_fault(fault)})))
}

/// `GET /control/faults`.
pub async fn faults(State(shared): State<Shared>) -> Json<Value> {
    Json(json!({"items": shared.world().faults}))
}

/// `DELETE /control/faults`.
pub async fn clear_faults(State(shared): State<Shared>) -> Json<Value> {
    let mut world = shared.world();
    let removed = world.faults.len();
    world.faults.clear();
    Json(json!({"removed": removed}))
}

/// `DELETE /control/faults/{id}`.
pub async fn remove_fault(State(shared): State<Shared>, Path(id): Path<u64>) -> Answer {
    let mut world = shared.world();
    let before = world.faults.len();
    world.faults.retain(|fault| fault.id != id);
    if world.faults.len() == before {
        return Err(missing(format!("There is no fault {id}; it may be used up.")));
    }
    Ok(Json(json!({"removed": 1})))
}

/// `GET /control/waiting`: the one figure of `GET /control/state` that is polled.
pub async fn waiting(State(shared): State<Shared>) -> Json<Value> {
    Json(json!({"deliveries": shared.world().waiting_deliveries()}))
}

/// `GET /control/chaos`.
pub async fn chaos(State(shared): State<Shared>) -> Json<Value> {
    Json(shared.world().chaos.view())
}

/// `POST /control/chaos`: the plan replaces the one before.
pub async fn set_chaos(State(shared): State<Shared>, body: Bytes) -> Answer {
    let plan: Plan = read(&body)?;
    plan.check().map_err(bad)?;
    let mut world = shared.world();
    world.chaos.set(Some(plan));
    Ok(Json(world.chaos.view()))
}

/// `DELETE /control/chaos`: calm.
pub async fn calm(State(shared): State<Shared>) -> Json<Value> {
    let mut world = shared.world();
    world.chaos.set(None);
    Json(world.chaos.view())
}

/// How to cut a log.
#[derive(Deserialize)]
pub struct Cut {
    limit: Option<usize>,
    after_id: Option<u64>,
    path: Option<String>,
    kind: Option<String>,
    field: Option<String>,
    page_id: Option<String>,
}

fn cut(log: &VecDeque<Value>, cut: &Cut) -> Value {
    let same = |entry: &Value, name: &str, wanted: &Option<String>| {
        wanted.as_deref().is_none_or(|wanted| entry[name] == wanted)
    };
    let matching = log.iter().filter(|entry| {
        cut.after_id.is_none_or(|id| entry["id"].as_u64().is_some_and(|own| own > id))
            && cut.path.as_deref().is_none_or(|path| entry["path"].as_str().is_some_and(|own| own.contains(path)))
            && same(entry, "kind", &cut.kind)
            && same(entry, "field", &cut.field)
            && same(entry, "page_id", &cut.page_id)
    });
    let limit = cut.limit.unwrap_or(200).min(2_000);
    // Requests with an id continue after it; others get the newest entries.
    let items: Vec<&Value> = if cut.after_id.is_some() {
        matching.take(limit).collect()
    } else {
        let mut newest: Vec<&Value> = matching.rev().take(limit).collect();
        newest.reverse();
        newest
    };
    json!({ "items": items })
}

/// `GET /control/calls`.
pub async fn calls(State(shared): State<Shared>, Query(wanted): Query<Cut>) -> Json<Value> {
    Json(cut(&shared.world().calls, &wanted))
}

/// `DELETE /control/calls`.
pub async fn clear_calls(State(shared): State<Shared>) -> Json<Value> {
    shared.world().calls.clear();
    Json(json!({}))
}

/// `GET /control/deliveries`.
pub async fn deliveries(State(shared): State<Shared>, Query(wanted): Query<Cut>) -> Json<Value> {
    Json(cut(&shared.world().deliveries, &wanted))
}

/// `DELETE /control/deliveries`.
pub async fn clear_deliveries(State(shared): State<Shared>) -> Json<Value> {
    shared.world().deliveries.clear();
    Json(json!({}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deliver {
    app_id: String,
    /// `page` unless given; the callback of this object is called.
    #[serde(default)]
    object: Option<String>,
    /// Signed with the secret of Instagram Login.
    #[serde(default)]
    instagram_secret: bool,
    #[serde(default)]
    body: Option<Value>,
    #[serde(default)]
    raw: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    signature: Signature,
}

#[derive(Deserialize, Default, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Signature {
    #[default]
    Good,
    Bad,
    None,
}

/// `POST /control/deliver`: signs any body and posts it to the app's callback.
pub async fn deliver(State(shared): State<Shared>, body: Bytes) -> Answer {
    let order: Deliver = read(&body)?;
    let target = {
        let world = shared.world();
        let app =
            world.apps.get(&order.app_id).ok_or_else(|| missing(format!("There is no app {}.", order.app_id)))?;
        let object = order.object.as_deref().unwrap_or("page");
        let subscribed = app.subscriptions.get(object).map(|subscription| subscription.callback_url.clone());
        let secret = match &app.settings.instagram_app_secret {
            Some(secret) if order.instagram_secret => secret.clone(),
            _ => app.settings.secret.clone(),
        };
        (order.url.or(subscribed), secret)
    };
    let (Some(url), secret) = target else {
        return Err(bad("The app has no such subscription; give a url."));
    };
    let bytes = match (order.raw, &order.body) {
        (Some(raw), _) => raw.into_bytes(),
        (None, Some(body)) => ascii::to_bytes(body),
        (None, None) => return Err(bad("Give a body (JSON) or raw (text).")),
    };
    let outcome = if order.signature == Signature::None {
        callbacks::post_unsigned(&shared, &url, bytes).await
    } else {
        let key = if order.signature == Signature::Bad { "a wrong secret" } else { secret.as_str() };
        webhooks::post_signed(&shared, &url, key, bytes).await
    };
    let (status, error) = match outcome {
        Ok(status) => (Some(status), None),
        Err(error) => (None, Some(error)),
    };
    shared.world().log_delivery(json!({"kind": "raw", "app_id": order.app_id, "url": url, "status": status, "error": error, "body": order.body}));
    Ok(Json(json!({"status": status, "error": error})))
}

/// `POST /control/burst`.
pub async fn burst(State(shared): State<Shared>, body: Bytes) -> Answer {
    let order: Burst = read(&body)?;
    phone::burst(&shared, order).await.map(Json).map_err(bad)
}
