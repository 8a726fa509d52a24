//! Statuses of what a business sent over WhatsApp: sent, delivered, read, played, failed (§2.8, §6.4).

use super::value;
use crate::clock::now_ms;
use crate::shared::Shared;
use crate::thread::Sending;
use crate::world::{Change, World};
use serde_json::{Value, json};
use std::time::Duration;

/// How far a message has come; a status never goes back.
const LATTICE: [&str; 5] = ["accepted", "sent", "delivered", "read", "played"];

/// What becomes of an accepted message.
#[derive(Debug, Clone)]
pub enum Fate {
    Arrives,
    /// The error of its failed status.
    Fails(Value),
}

/// The error of a failed status.
pub fn fail(code: i64, title: &str, details: &str) -> Fate {
    Fate::Fails(json!({
        "code": code, "title": title, "message": title, "error_data": {"details": details},
        "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
    }))
}

/// An accepted message on its way.
pub struct Begun {
    pub phone_id: String,
    /// `None` if the phone number is not on WhatsApp.
    pub customer_id: Option<String>,
    pub id: String,
    pub sending: Sending,
    pub fate: Fate,
}

/// Lets an accepted message arrive or fail a moment later.
pub fn begin(shared: &Shared, begun: Begun) {
    let shared = shared.clone();
    let delay = Duration::from_millis(shared.world().settings.delivery_ms);
    tokio::spawn(async move {
        tokio::time::sleep(delay).await;
        let Begun { phone_id, customer_id, id, sending, fate } = begun;
        let customer = customer_id.unwrap_or_default();
        match fate {
            Fate::Fails(error) => {
                announce(&mut shared.world(), &phone_id, &customer, &id, &sending, "failed", error)
            }
            Fate::Arrives => {
                announce(&mut shared.world(), &phone_id, &customer, &id, &sending, "sent", Value::Null);
                tokio::time::sleep(delay).await;
                announce(&mut shared.world(), &phone_id, &customer, &id, &sending, "delivered", Value::Null);
            }
        }
    });
}

/// Moves a stored message to a status and reports it; `false` if it is there already or there is no such message.
pub fn status_of(world: &mut World, phone_id: &str, customer_id: &str, id: &str, status: &str) -> bool {
    let place = |status: &str| LATTICE.iter().position(|known| *known == status);
    let Some(message) = world.thread(phone_id, customer_id).find(id) else { return false };
    let (Some(sending), Some(now)) = (message.sending.clone(), message.status.as_deref().and_then(place)) else {
        return false;
    };
    if place(status).is_none_or(|next| next <= now) {
        return false;
    }
    announce(world, phone_id, customer_id, id, &sending, status, Value::Null);
    true
}

fn announce(
    world: &mut World,
    phone_id: &str,
    customer_id: &str,
    id: &str,
    sending: &Sending,
    status: &str,
    error: Value,
) {
    let place = |status: &str| LATTICE.iter().position(|known| *known == status);
    let known = world.customers.contains_key(customer_id);
    if known && let Some(message) = world.thread(phone_id, customer_id).find(id) {
        let before = message.status.as_deref().and_then(place);
        if status == "failed" || place(status) > before {
            message.status = Some(status.to_owned());
        }
        message.delivered = matches!(message.status.as_deref(), Some("delivered" | "read" | "played"));
        message.error = error.clone();
    }
    let failed = status == "failed";
    let mut value = value(world, phone_id);
    let mut entry = json!({"id": id, "status": status, "timestamp": (now_ms() / 1_000).to_string()});
    if known {
        let identity = world.identity(phone_id, customer_id);
        if identity.shows_phone || !sending.phone.is_empty() {
            entry["recipient_id"] = json!(identity.phone);
        }
        // A failed one has no `contacts`, and no user id if it was sent to a phone.
        if !failed || !sending.user_id.is_empty() {
            entry["recipient_user_id"] = json!(identity.user_id);
        }
        if !failed {
            value["contacts"] = json!([identity.contact()]);
        }
    } else {
        entry["recipient_id"] = json!(sending.phone);
    }
    if failed {
        entry["errors"] = json!([error]);
    } else {
        entry["pricing"] = json!({
            "billable": sending.billable, "pricing_model": "PMP", "category": sending.category,
            "type": if sending.billable { "regular" } else { "free_customer_service" },
        });
    }
    if let Some(opaque) = &sending.opaque {
        entry["biz_opaque_callback_data"] = json!(opaque);
    }
    value["statuses"] = json!([entry]);
    let change = Change {
        field: "messages",
        account_id: phone_id.to_owned(),
        customer_id: customer_id.to_owned(),
        mid: None,
        value,
    };
    world.emit_change(change, None);
    world.touch(phone_id, customer_id);
}
