//! Two clocks that the control API moves: a thread's, so that its window ages, and the one for Meta's retries of
//! failed webhooks.

use super::{Answer, bad, read};
use crate::shared::Shared;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockIn {
    #[serde(default)]
    page_id: Option<String>,
    #[serde(default)]
    customer_id: Option<String>,
    #[serde(default)]
    shift_seconds: i64,
    #[serde(default)]
    shift_hours: f64,
    #[serde(default)]
    speed: Option<f64>,
    #[serde(default)]
    advance_seconds: Option<u64>,
}

/// `GET /control/clock`.
pub async fn now(State(shared): State<Shared>) -> Json<Value> {
    Json(shared.world().clock.view())
}

/// `POST /control/clock`.
pub async fn wind(State(shared): State<Shared>, body: Bytes) -> Answer {
    let order: ClockIn = read(&body)?;
    let patience = order.speed.is_some() || order.advance_seconds.is_some();
    match (&order.page_id, &order.customer_id) {
        (Some(page), Some(customer)) if !patience => age(&shared, page, customer, &order),
        (None, None) if patience => {
            if order.speed.is_some_and(|speed| !speed.is_finite() || speed < 1.0) {
                return Err(bad("speed is 1 or more: this clock cannot be slowed down."));
            }
            let view = {
                let mut world = shared.world();
                if let Some(speed) = order.speed {
                    world.clock.run(speed);
                }
                world.clock.advance(order.advance_seconds.unwrap_or(0).min(400 * 86_400) * 1_000);
                world.clock.view()
            };
            shared.clock_moved.notify_waiters();
            Ok(Json(view))
        }
        _ => Err(bad(
            "Give either page_id, customer_id and a shift (the thread ages), or speed and advance_seconds (webhooks that fail).",
        )),
    }
}

/// The thread's clock runs ahead, so the window ages immediately (§3.5).
fn age(shared: &Shared, page: &str, customer: &str, order: &ClockIn) -> Answer {
    let mut world = shared.world();
    super::customer::check(&world, page, customer)?;
    let shift = order.shift_seconds.saturating_mul(1000).saturating_add((order.shift_hours * 3_600_000.0) as i64);
    let thread = world.thread(page, customer);
    thread.shift_ms = shift.clamp(0, 400 * 86_400_000);
    let closes = thread.window_closes_ms();
    Ok(Json(json!({"shift_ms": thread.shift_ms, "window_closes_ms": closes})))
}
